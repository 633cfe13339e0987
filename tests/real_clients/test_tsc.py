"""The published Python client (tableauserverclient), unchanged, against the server."""

import datetime
import time

import tableauserverclient as TSC
from tableauserverclient.server.endpoint.exceptions import FailedSignInError, ServerResponseError

from server import ADMINISTRATOR, CERTIFICATE, HTTP, NEWEST, PASSWORD, Case, by_password, Rest

Role = TSC.UserItem.Roles


class SignIn(Case):
    def test_by_password(self):
        server = self.tsc()
        with server.auth.sign_in(TSC.TableauAuth(ADMINISTRATOR, PASSWORD)):
            self.assertTrue(server.is_signed_in())
            self.assertEqual((server.site_id, server.user_id), (self.admin.site, self.admin.user))
            self.assertEqual(server.users.get_by_id(server.user_id).name, ADMINISTRATOR)
        self.assertFalse(server.is_signed_in())

    def test_by_password_to_a_named_site(self):
        site = self.new_site()
        server = self.tsc(TSC.TableauAuth(ADMINISTRATOR, PASSWORD, site_id=site["contentUrl"]))
        self.assertEqual((server.site_id, server.site_url), (site["id"], site["contentUrl"]))

    def test_by_personal_access_token(self):
        site = self.new_site()
        rest = self.on_site(site)
        token = self.new_token(rest)
        credentials = TSC.PersonalAccessTokenAuth(token["tokenName"], token["secret"], site_id=site["contentUrl"])
        server = self.tsc(credentials, use_server_version=True)
        self.assertEqual((server.site_id, server.user_id), (site["id"], rest.user))
        self.assertEqual(server.users.get_by_id(server.user_id).name, ADMINISTRATOR)

    def test_two_programs_share_a_personal_access_token(self):
        token = self.new_token(self.admin)
        credentials = TSC.PersonalAccessTokenAuth(token["tokenName"], token["secret"])
        first, second = self.tsc(credentials), self.tsc(credentials)
        for server in (first, second):
            self.assertEqual(server.users.get_by_id(server.user_id).name, ADMINISTRATOR)

    def test_by_json_web_token(self):
        site = self.new_site()
        rest = self.on_site(site)
        app = self.new_connected_app(rest)
        user = self.new_user(rest, role="SiteAdministratorExplorer")
        jwt = app.sign(user["name"], ["tableau:users:read", "tableau:sites:read"])
        server = self.tsc(TSC.JWTAuth(jwt, site_id=site["contentUrl"]), use_server_version=True)
        self.assertEqual((server.site_id, server.user_id), (site["id"], user["id"]))
        names = {found.name for found in TSC.Pager(server.users)}
        self.assertEqual(names, {ADMINISTRATOR, user["name"]})
        with self.assertRaises(ServerResponseError) as refused:
            server.users.add(TSC.UserItem(self.fresh_name("user"), Role.Viewer))
        self.assertIn(refused.exception.code[:3], ("401", "403"))

    def test_a_json_web_token_is_good_once_and_not_long(self):
        app = self.new_connected_app(self.admin)
        jwt = app.sign(ADMINISTRATOR, ["tableau:users:read"])
        self.tsc(TSC.JWTAuth(jwt))
        now = int(datetime.datetime.now().timestamp())
        for wrong in (
            jwt,
            app.sign(ADMINISTRATOR, ["tableau:users:read"], exp=now - 60),
            app.sign(ADMINISTRATOR, ["tableau:users:read"], exp=now + 3600),
            app.sign(ADMINISTRATOR, ["tableau:users:read"], aud="another"),
            app.sign(ADMINISTRATOR, ["tableau:users:read"], header={"alg": "none"}),
            app.sign("nobody at all", ["tableau:users:read"]),
        ):
            with self.assertRaises(FailedSignInError) as refused:
                self.tsc().auth.sign_in(TSC.JWTAuth(wrong))
            self.assertEqual(refused.exception.code, "401001")

    def test_a_wrong_password_is_a_failed_sign_in(self):
        user = self.new_user(self.admin, password="a good password")
        with self.assertRaises(FailedSignInError) as refused:
            self.tsc().auth.sign_in(TSC.TableauAuth(user["name"], "wrong"))
        self.assertEqual(refused.exception.code, "401001")
        self.assertEqual(refused.exception.summary, "Signin Error")

    def test_over_plain_http_and_with_the_certificate_trusted(self):
        credentials = TSC.TableauAuth(ADMINISTRATOR, PASSWORD)
        for options in ({"address": HTTP, "http_options": {}}, {"http_options": {"verify": CERTIFICATE}}):
            server = self.tsc(credentials, **options)
            self.assertEqual(server.users.get_by_id(server.user_id).name, ADMINISTRATOR)

    def test_an_administrator_signs_in_as_a_user(self):
        user = self.new_user(self.admin)
        credentials = TSC.TableauAuth(ADMINISTRATOR, PASSWORD, user_id_to_impersonate=user["id"])
        server = self.tsc(credentials, use_server_version=True)
        self.assertEqual(server.user_id, user["id"])
        with self.assertRaises(ServerResponseError) as refused:
            server.users.add(TSC.UserItem(self.fresh_name("user"), Role.Viewer))
        self.assertEqual(refused.exception.code[:3], "403")

    def test_a_user_signs_in_as_nobody_else(self):
        site = self.new_site()
        rest = self.on_site(site)
        user, other = self.new_user(rest, "SiteAdministratorCreator", "a good password"), self.new_user(rest)
        credentials = TSC.TableauAuth(user["name"], "a good password", site["contentUrl"], other["id"])
        with self.assertRaises(ServerResponseError):
            self.tsc().auth.sign_in(credentials)

    def test_sign_out_ends_the_session_on_the_server(self):
        server = self.tsc()
        server.auth.sign_in(TSC.TableauAuth(ADMINISTRATOR, PASSWORD))
        rest = Rest()
        rest.token = server.auth_token
        rest.expect(200, "GET", "sessions/current")
        server.auth.sign_out()
        self.assert_refused(rest.call("GET", "sessions/current"), 401, "401002")


class ServerInfo(Case):
    def test_the_server_tells_its_version(self):
        server = self.tsc()
        info = server.server_info.get()
        self.assertEqual(info.rest_api_version, NEWEST)
        self.assertRegex(info.product_version, r"^\d{4}\.\d+\.\d+$")
        self.assertRegex(info.build_number, r"^\d{5}\.\d{2}\.\d{4}\.\d{4}$")

    def test_a_client_learns_the_version_by_itself(self):
        server = self.tsc()
        self.assertEqual(server.version, "2.4")
        server.use_server_version()
        self.assertEqual(server.version, NEWEST)


class Sites(Case):
    def test_a_site_is_made_found_changed_and_deleted(self):
        server = self.tsc_admin()
        name, url = f"Köln & <{self.fresh_name('site')}>", self.fresh_name("url")
        made = server.sites.create(
            TSC.SiteItem(name=name, content_url=url, admin_mode=TSC.SiteItem.AdminMode.ContentAndUsers, user_quota=15)
        )
        self.assert_luid(made.id)
        self.assertEqual((made.name, made.content_url, made.state), (name, url, "Active"))
        self.assertEqual((made.admin_mode, made.user_quota), ("ContentAndUsers", 15))

        there = self.tsc_admin(url)
        self.assertEqual(there.site_id, made.id)
        found = there.sites.get_by_id(made.id)
        self.assertEqual((found.name, found.content_url), (name, url))

        plain = self.fresh_name("renamed")
        found.name, found.user_quota, found.run_now_enabled = plain, 7, False
        changed = there.sites.update(found)
        self.assertEqual((changed.name, changed.user_quota, changed.run_now_enabled), (plain, 7, False))
        again = there.sites.get_by_name(plain)
        self.assertEqual((again.id, again.user_quota, again.run_now_enabled), (made.id, 7, False))

        there.sites.delete(made.id)
        self.assertNotIn(made.id, {site.id for site in TSC.Pager(server.sites)})
        with self.assertRaises(FailedSignInError):
            self.tsc().auth.sign_in(TSC.TableauAuth(ADMINISTRATOR, PASSWORD, site_id=url))

    def test_a_site_without_user_management_can_be_changed(self):
        made = self.tsc_admin().sites.create(
            TSC.SiteItem(self.fresh_name("site"), self.fresh_name("url"), TSC.SiteItem.AdminMode.ContentOnly)
        )
        there = self.tsc_admin(made.content_url)
        found = there.sites.get_by_id(made.id)
        self.assertEqual(found.admin_mode, "ContentOnly")
        # The client itself refuses to send a quota of users for such a site, even the one that means none.
        found.name = self.fresh_name("renamed")
        self.assertEqual(there.sites.update(found).name, found.name)

    def test_a_server_administrator_sees_all_sites_and_a_user_their_own(self):
        mine, other = self.new_site(), self.new_site()
        user = self.new_user(self.on_site(mine), password="a good password")
        seen = {site.id: site for site in TSC.Pager(self.tsc_admin().sites)}
        self.assertLessEqual({self.admin.site, mine["id"], other["id"]}, set(seen))
        self.assertEqual((seen[self.admin.site].name, seen[self.admin.site].content_url), ("Default", ""))
        server = self.tsc(TSC.TableauAuth(user["name"], "a good password", site_id=mine["contentUrl"]))
        self.assertEqual([site.id for site in server.sites.get()[0]], [mine["id"]])

    def test_a_name_or_url_is_taken_once(self):
        site = self.new_site()
        for name, url in ((site["name"], self.fresh_name("url")), (self.fresh_name("site"), site["contentUrl"])):
            with self.assertRaises(ServerResponseError) as refused:
                self.tsc_admin().sites.create(TSC.SiteItem(name=name, content_url=url))
            self.assertEqual(refused.exception.code[:3], "409")

    def test_only_server_administrators_make_sites(self):
        site = self.new_site()
        user = self.new_user(self.on_site(site), "SiteAdministratorCreator", "a good password")
        server = self.tsc(TSC.TableauAuth(user["name"], "a good password", site_id=site["contentUrl"]))
        with self.assertRaises(ServerResponseError) as refused:
            server.sites.create(TSC.SiteItem(name=self.fresh_name("site"), content_url=self.fresh_name("url")))
        self.assertEqual(refused.exception.code[:3], "403")

    def test_switching_the_site(self):
        site = self.new_site()
        server = self.tsc_admin()
        before = server.auth_token
        server.auth.switch_site(TSC.SiteItem(site["name"], site["contentUrl"]))
        self.assertEqual(server.site_id, site["id"])
        self.assertNotEqual(server.auth_token, before)
        self.assertEqual(server.sites.get_by_id(site["id"]).name, site["name"])
        # Already there: the client takes the server's refusal for success and keeps its token.
        server.auth.switch_site(TSC.SiteItem(site["name"], site["contentUrl"]))
        self.assertEqual(server.sites.get_by_id(site["id"]).name, site["name"])

    def test_the_ways_to_sign_in_of_a_site(self):
        found = self.tsc_admin().sites.list_auth_configurations()
        self.assertIsInstance(found, list)

    def test_openid_connect_of_a_site_is_configured(self):
        site = self.new_site()
        server = self.tsc_admin(site["contentUrl"])
        new = TSC.SiteOIDCConfiguration()
        new.idp_configuration_name, new.enabled = "Company", True
        new.client_id, new.client_secret = "tavola", "a secret"
        new.authorization_endpoint = "https://idp.example.com/authorize"
        new.token_endpoint = "https://idp.example.com/token"
        new.userinfo_endpoint = "https://idp.example.com/userinfo"
        new.jwks_uri = "https://idp.example.com/keys"
        new.email_mapping = "upn"
        made = server.oidc.create(new)
        self.assertEqual((made.idp_configuration_name, made.enabled, made.email_mapping), ("Company", True, "upn"))
        self.assertNotIn("secret", made.client_secret)
        found = server.oidc.get_by_id(made.idp_configuration_id)
        self.assertEqual(found.userinfo_endpoint, new.userinfo_endpoint)
        # The client sends back what it was told, stars for the secret among it.
        found.enabled = False
        self.assertFalse(server.oidc.update(found).enabled)
        ways = server.sites.list_auth_configurations()
        names = [way.idp_configuration_name for way in ways]
        self.assertIn("Company", names)
        server.oidc.delete_configuration(made.idp_configuration_id)
        with self.assertRaises(ServerResponseError):
            server.oidc.get_by_id(made.idp_configuration_id)


class Users(Case):
    def test_a_user_is_added_found_changed_and_removed(self):
        site = self.new_site()
        server = self.tsc_admin(site["contentUrl"])
        name = self.fresh_name("ann")
        added = server.users.add(TSC.UserItem(name, Role.Viewer))
        self.assert_luid(added.id)
        self.assertEqual((added.name, added.site_role), (name, "Viewer"))

        added.fullname, added.email, added.site_role = "Ann O'Neill & Söhne", "ann@example.com", Role.Creator
        changed = server.users.update(added, password="a good password")
        self.assertEqual((changed.fullname, changed.email), ("Ann O'Neill & Söhne", "ann@example.com"))
        found = server.users.get_by_id(added.id)
        self.assertEqual((found.name, found.fullname, found.email), (name, "Ann O'Neill & Söhne", "ann@example.com"))
        self.assertEqual((found.site_role, found.domain_name), ("Creator", "local"))
        self.assertIsNone(found.last_login)

        before = datetime.datetime.now(datetime.timezone.utc)
        own = self.tsc()
        with own.auth.sign_in(TSC.TableauAuth(name, "a good password", site_id=site["contentUrl"])):
            self.assertEqual(own.user_id, added.id)
        seen = server.users.get_by_id(added.id).last_login
        self.assertLess(abs((seen - before).total_seconds()), 60)

        server.users.remove(added.id)
        with self.assertRaises(ServerResponseError) as refused:
            server.users.get_by_id(added.id)
        self.assertEqual(refused.exception.code, "404002")
        self.assertNotIn(added.id, {user.id for user in TSC.Pager(server.users)})

    def test_every_site_role_that_can_be_given(self):
        server = self.tsc_admin(self.new_site()["contentUrl"])
        for role in (
            Role.Creator,
            Role.Explorer,
            Role.ExplorerCanPublish,
            Role.SiteAdministratorCreator,
            Role.SiteAdministratorExplorer,
            Role.Unlicensed,
            Role.Viewer,
        ):
            with self.subTest(role=role):
                added = server.users.add(TSC.UserItem(self.fresh_name("user"), role))
                self.assertEqual(added.site_role, role)
                self.assertEqual(server.users.get_by_id(added.id).site_role, role)

    def test_a_server_administrator_is_on_every_site_until_the_role_is_taken_away(self):
        first, second = self.tsc_admin(self.new_site()["contentUrl"]), self.tsc_admin(self.new_site()["contentUrl"])
        name = self.fresh_name("user")
        added = first.users.add(TSC.UserItem(name, Role.ServerAdministrator))
        try:
            self.assertEqual(first.users.get_by_id(added.id).site_role, "ServerAdministrator")
            self.assertEqual([user.site_role for user in second.users.filter(name=name)], ["ServerAdministrator"])
        finally:
            added.site_role = Role.Viewer
            first.users.update(added)
        self.assertEqual(first.users.get_by_id(added.id).site_role, "Viewer")

    def test_users_are_added_and_removed_in_bulk(self):
        site = self.new_site()
        server = self.tsc_admin(site["contentUrl"])
        users = []
        for role in (
            Role.Creator,
            Role.Explorer,
            Role.ExplorerCanPublish,
            Role.ServerAdministrator,
            Role.SiteAdministratorCreator,
            Role.SiteAdministratorExplorer,
            Role.Unlicensed,
            Role.Viewer,
        ):
            user = TSC.UserItem(self.fresh_name("bulk"), role, TSC.UserItem.Auth.SAML)
            user.fullname, user.email = f'{role}, "the first"', "bulk@example.com"
            users.append(user)
        users[0].password = "a good password"
        users[0].auth_setting = TSC.UserItem.Auth.ServerDefault

        job = server.jobs.wait_for_job(server.users.bulk_add(users), timeout=60)
        self.assertEqual((job.finish_code, job.progress, job.type), (0, "100", "CreateSiteUsersCsv"))
        found = {user.name: user for user in TSC.Pager(server.users)}
        for user in users:
            there = found[user.name]
            self.assertEqual((there.site_role, there.auth_setting), (user.site_role, user.auth_setting))
            self.assertEqual((there.fullname, there.email), (user.fullname, user.email))
        with self.tsc().auth.sign_in(TSC.TableauAuth(users[0].name, "a good password", site_id=site["contentUrl"])):
            pass

        # TSC does not give the job of a removal.
        server.users.bulk_remove(users[1:])
        names, until = None, time.monotonic() + 60
        while names != {ADMINISTRATOR, users[0].name} and time.monotonic() < until:
            names = {user.name for user in TSC.Pager(server.users)}
        self.assertEqual(names, {ADMINISTRATOR, users[0].name})

    def test_a_user_is_on_a_site_once(self):
        server = self.tsc_admin(self.new_site()["contentUrl"])
        user = TSC.UserItem(self.fresh_name("user"), Role.Viewer)
        server.users.add(user)
        with self.assertRaises(ServerResponseError) as refused:
            server.users.add(user)
        self.assertEqual(refused.exception.code, "409000")

    def test_the_pager_brings_each_of_250_users_once(self):
        site = self.new_site()
        rest = self.on_site(site)
        names = [f"user-{number:03}" for number in range(250)]
        for name in names:
            self.new_user(rest, name=f"{name}@{site['contentUrl']}")
        server = self.tsc_admin(site["contentUrl"])
        for options in (None, TSC.RequestOptions(pagesize=7), TSC.RequestOptions(pagesize=1000)):
            found = [user.name.split("@")[0] for user in TSC.Pager(server.users, options)]
            self.assertEqual(sorted(found), sorted(names + [ADMINISTRATOR]))
        page, pagination = server.users.get(TSC.RequestOptions(pagenumber=3))
        self.assertEqual(len(page), 51)
        told = (pagination.page_number, pagination.page_size, pagination.total_available)
        self.assertEqual(told, (3, 100, 251))
        with self.assertRaises(ServerResponseError) as refused:
            server.users.get(TSC.RequestOptions(pagenumber=4))
        self.assertEqual(refused.exception.code, "400006")
        ordered = server.users.all().order_by("-name")
        self.assertEqual([user.name.split("@")[0] for user in ordered], sorted(names + [ADMINISTRATOR], reverse=True))

    def test_filters_take_any_character_in_a_value(self):
        site = self.new_site()
        rest = self.on_site(site)
        names = ["plain", "a,b", "a:b", "50%", "R&D", "a+b", "a/b?c#d", "quo\"te's", "Zoë 漢字", "[a]", "a=b;c"]
        for name in names:
            self.new_user(rest, name=name)
        for version in (None, "3.6"):
            server = self.tsc_admin(site["contentUrl"])
            server.version = version or server.version
            for name in names:
                # Before 3.7 TSC puts values into the URL as they are: these cannot be sent at all.
                if version and any(c in name for c in "&#+%"):
                    continue
                with self.subTest(name=name, version=version):
                    options = TSC.RequestOptions()
                    options.filter.add(TSC.Filter("name", TSC.RequestOptions.Operator.Equals, name))
                    found, pagination = server.users.get(options)
                    self.assertEqual([user.name for user in found], [name])
                    self.assertEqual(pagination.total_available, 1)

    def test_filters_and_sorts(self):
        site = self.new_site()
        rest = self.on_site(site)
        for name, role in (("carl", "Viewer"), ("ann", "Creator"), ("ben", "Viewer"), ("dora", "Explorer")):
            user = self.new_user(rest, role, "a good password", name=f"{name}-{site['contentUrl']}")
            if name == "ben":
                Rest().sign_in(by_password(user["name"], "a good password"), site["contentUrl"])
        server = self.tsc_admin(site["contentUrl"])

        def names(found):
            return [user.name.split("-")[0] for user in found]

        Field, Operator = TSC.RequestOptions.Field, TSC.RequestOptions.Operator

        def filtered(*filters, sort=None):
            options = TSC.RequestOptions()
            for wanted in filters:
                options.filter.add(TSC.Filter(*wanted))
            options.sort.add(sort or TSC.Sort(Field.Name, TSC.RequestOptions.Direction.Asc))
            return names(server.users.get(options)[0])

        self.assertEqual(filtered((Field.SiteRole, Operator.Equals, "Viewer")), ["ben", "carl"])
        roles = (Field.SiteRole, Operator.In, ["Creator", "Explorer"])
        self.assertEqual(filtered(roles), ["ann", "dora"])
        both = [roles, (Field.Name, Operator.Equals, f"dora-{site['contentUrl']}")]
        self.assertEqual(filtered(*both), ["dora"])
        self.assertEqual(filtered((Field.LastLogin, Operator.GreaterThan, "2020-01-01T00:00:00Z")), ["admin", "ben"])
        self.assertEqual(filtered((Field.LastLogin, Operator.LessThan, "2020-01-01T00:00:00Z")), [])
        down = TSC.Sort(Field.Name, TSC.RequestOptions.Direction.Desc)
        self.assertEqual(filtered(sort=down), ["dora", "carl", "ben", "ann", "admin"])
        self.assertEqual(names(server.users.filter(site_role="Viewer").order_by("name")), ["ben", "carl"])
        self.assertEqual(names(server.users.filter(name__in=[f"ann-{site['contentUrl']}", "nobody"])), ["ann"])
        self.assertEqual(len(server.users.all()), 5)

        for wrong in (("shoeSize", "eq", "43"), (Field.Name, "gt", "a"), (Field.Name, "eq", "")):
            with self.subTest(filter=wrong), self.assertRaises(ServerResponseError) as refused:
                filtered(wrong)
            self.assertEqual(refused.exception.code, "400065")

    def test_a_user_sees_their_groups(self):
        server = self.tsc_admin(self.new_site()["contentUrl"])
        user = server.users.add(TSC.UserItem(self.fresh_name("user"), Role.Viewer))
        server.users.populate_groups(user)
        self.assertEqual([group.name for group in user.groups], ["All Users"])

    def test_a_viewer_manages_no_users(self):
        site = self.new_site()
        user = self.new_user(self.on_site(site), "Viewer", "a good password")
        server = self.tsc(TSC.TableauAuth(user["name"], "a good password", site["contentUrl"]), use_server_version=True)
        for refused_call in (
            lambda: server.users.add(TSC.UserItem(self.fresh_name("user"), Role.Viewer)),
            lambda: server.users.remove(server.user_id),
        ):
            with self.assertRaises(ServerResponseError) as refused:
                refused_call()
            self.assertEqual(refused.exception.code[:3], "403")


class Projects(Case):
    def setUp(self):
        super().setUp()
        self.site = self.new_site()
        self.there = self.tsc_admin(self.site["contentUrl"])

    def new_project(self, name, server=None, **options):
        return (server or self.there).projects.create(TSC.ProjectItem(name, **options))

    def test_a_project_is_made_found_changed_and_deleted(self):
        server = self.there
        made = self.new_project("Köln & <Bonn>", description="Both\nof them")
        self.assert_luid(made.id)
        self.assertEqual((made.name, made.description), ("Köln & <Bonn>", "Both\nof them"))
        self.assertEqual((made.content_permissions, made.parent_id), ("ManagedByOwner", None))
        self.assertEqual(made.owner_id, server.user_id)

        inner = self.new_project("Inner", parent_id=made.id, content_permissions="LockedToProjectWithoutNested")
        found = server.projects.get_by_id(inner.id)
        told = (found.name, found.parent_id, found.content_permissions)
        self.assertEqual(told, ("Inner", made.id, "LockedToProjectWithoutNested"))

        user = server.users.add(TSC.UserItem(self.fresh_name("user"), Role.Creator))
        made.name, made.description, made.content_permissions = "Renamed", "Ours", "LockedToProject"
        made.owner_id = user.id
        changed = server.projects.update(made)
        self.assertEqual((changed.name, changed.description, changed.owner_id), ("Renamed", "Ours", user.id))
        self.assertEqual(server.projects.get_by_id(inner.id).content_permissions, "LockedToProject")

        inner.parent_id = ""
        inner.content_permissions = None
        self.assertIsNone(server.projects.update(inner).parent_id)
        server.projects.delete(inner.id)
        server.projects.delete(made.id)
        self.assertEqual([project.name for project in TSC.Pager(server.projects)], ["Default"])
        with self.assertRaises(ServerResponseError) as refused:
            server.projects.get_by_id(made.id)
        self.assertEqual(refused.exception.code, "404005")

    def test_the_project_that_a_site_begins_with(self):
        (default,) = TSC.Pager(self.there.projects)
        self.assertTrue(default.is_default())
        self.assertIsNone(default.owner_id)
        with self.assertRaises(ServerResponseError) as refused:
            self.there.projects.delete(default.id)
        self.assertEqual(refused.exception.code, "403003")
        default.name = "Mine"
        with self.assertRaises(ServerResponseError) as refused:
            self.there.projects.update(default)
        self.assertEqual(refused.exception.code, "403005")

    def test_all_fields(self):
        outer = self.new_project("Outer")
        self.new_project("Inner", parent_id=outer.id)
        options = TSC.RequestOptions()
        options.all_fields = True
        found = {project.name: project for project in self.there.projects.get(options)[0]}
        outer, inner = found["Outer"], found["Inner"]
        self.assertEqual((outer.top_level_project, outer.writeable, outer.project_count), (True, True, 1))
        self.assertEqual((inner.top_level_project, inner.project_count), (False, 0))
        self.assertEqual((outer.owner.name, outer.owner.site_role), (ADMINISTRATOR, "ServerAdministrator"))

    def test_the_pager_brings_each_of_250_projects_once(self):
        names = [f"project {number:03}" for number in range(250)]
        for name in names:
            self.new_project(name)
        for options in (None, TSC.RequestOptions(pagesize=7), TSC.RequestOptions(pagesize=1000)):
            found = [project.name for project in TSC.Pager(self.there.projects, options)]
            self.assertEqual(sorted(found), sorted(names + ["Default"]))
        ordered = [project.name for project in self.there.projects.all().order_by("-name")]
        self.assertEqual(ordered, sorted(names + ["Default"], key=str.lower, reverse=True))

    def test_filters_take_any_character_in_a_value(self):
        outer = self.new_project("outer")
        for name in ["plain", "a,b", "a:b", "50%", "R&D", "a+b", "a/b?c#d", "quo\"te's", "Zoë 漢字", "[a]"]:
            self.new_project(name, parent_id=outer.id)
            with self.subTest(name=name):
                found = list(self.there.projects.filter(name=name, parent_project_id=outer.id))
                self.assertEqual([project.name for project in found], [name])
        found = self.there.projects.filter(name__in=["plain", "R&D"]).order_by("name")
        self.assertEqual([project.name for project in found], ["plain", "R&D"])
        self.assertEqual(len(self.there.projects.filter(top_level_project=True)), 2)
        self.assertEqual(len(self.there.projects.filter(owner_name=ADMINISTRATOR)), 11)

    def test_users_see_what_they_may_and_make_projects_where_they_have_the_say(self):
        user = self.there.users.add(TSC.UserItem(self.fresh_name("user"), Role.Creator))
        self.there.users.update(user, password="a good password")
        credentials = TSC.TableauAuth(user.name, "a good password", site_id=self.site["contentUrl"])
        server = self.tsc(credentials, use_server_version=True)
        outer = self.new_project("Outer")
        self.assertEqual({project.name for project in TSC.Pager(server.projects)}, {"Default", "Outer"})
        self.assertEqual(server.projects.get_by_id(outer.id).name, "Outer")
        for refused_call in (
            lambda: self.new_project("Mine", server),
            lambda: self.new_project("Mine", server, parent_id=outer.id),
            lambda: server.projects.delete(outer.id),
        ):
            with self.assertRaises(ServerResponseError) as refused:
                refused_call()
            self.assertEqual(refused.exception.code, "403004")
        outer.owner_id = user.id
        self.there.projects.update(outer)
        inner = self.new_project("Mine", server, parent_id=outer.id)
        self.assertEqual(inner.owner_id, user.id)
        server.projects.delete(outer.id)

    def test_a_json_web_token_needs_the_scopes_of_projects(self):
        app = self.new_connected_app(self.on_site(self.site))
        jwt = app.sign(ADMINISTRATOR, ["tableau:content:read", "tableau:projects:create"])
        server = self.tsc(TSC.JWTAuth(jwt, site_id=self.site["contentUrl"]), use_server_version=True)
        made = self.new_project("Made", server)
        self.assertIn(made.id, {project.id for project in TSC.Pager(server.projects)})
        with self.assertRaises(ServerResponseError) as refused:
            server.projects.delete(made.id)
        self.assertEqual(refused.exception.code, "403004")
