"""The published command-line client (tabcmd), run as a program, against the server."""

import os
import pathlib
import subprocess
import sys
from unittest import mock

import books
from server import ADMINISTRATOR, HOME, HTTPS, PASSWORD, Case

TABCMD = pathlib.Path(sys.executable).with_name("tabcmd")


class TabcmdCase(Case):
    """Runs tabcmd. It has no tests of its own, so that others may build on it."""

    def setUp(self):
        super().setUp()
        # tabcmd keeps its session and its log in the home folder: each test has its own.
        self.home = HOME / self.fresh_name("tabcmd")
        self.home.mkdir(parents=True)

    def run_tabcmd(self, *arguments, exit_code=0):
        """Runs it and gives what it printed."""
        done = subprocess.run(
            [TABCMD, *arguments],
            cwd=self.home,
            env=os.environ | {"HOME": str(self.home), "USERPROFILE": str(self.home), "PYTHONIOENCODING": "utf-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=120,
            text=True,
            encoding="utf-8",
        )
        printed = done.stdout + done.stderr
        self.assertEqual(done.returncode, exit_code, printed)
        return printed

    def as_admin(self, site=""):
        return ["--server", HTTPS, "--site", site, "--username", ADMINISTRATOR, "--password", PASSWORD, "--no-certcheck"]


class Tabcmd(TabcmdCase):
    def sites(self):
        found = self.admin.expect(200, "GET", "sites?pageSize=1000")["sites"]["site"]
        return {site["name"]: site for site in found}

    def users(self, site):
        rest = self.on_site(site)
        found = rest.expect(200, "GET", f"sites/{rest.site}/users?pageSize=1000&fields=_all_")["users"]["user"]
        return {user["name"]: user for user in found}

    def csv(self, *lines):
        path = self.home / "users.csv"
        path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        return str(path)

    def test_login_and_logout(self):
        printed = self.run_tabcmd("login", *self.as_admin())
        self.assertIn("Succeeded", printed)
        self.assertTrue((self.home / "tableau_auth.json").exists())
        self.run_tabcmd("logout")
        self.assertFalse((self.home / "tableau_auth.json").exists())
        self.run_tabcmd("listsites", "--no-prompt", exit_code=1)

    def test_login_by_personal_access_token_is_kept_for_the_next_command(self):
        token = self.new_token(self.admin)
        arguments = ["--token-name", token["tokenName"], "--token-value", token["secret"], "--no-certcheck"]
        self.run_tabcmd("login", "--server", HTTPS, *arguments)
        self.assertIn(self.admin.site, self.run_tabcmd("listsites", "--no-certcheck"))

    def test_a_wrong_password_ends_with_an_error(self):
        user = self.new_user(self.admin, password="a good password")
        arguments = ["--username", user["name"], "--password", "wrong", "--no-certcheck"]
        printed = self.run_tabcmd("login", "--server", HTTPS, *arguments, exit_code=1)
        self.assertIn("401001", printed)

    def test_listsites(self):
        site = self.new_site(f"Köln {self.fresh_name('site')}")
        printed = self.run_tabcmd("listsites", *self.as_admin())
        for wanted in (site["name"], site["id"], "Default", self.admin.site):
            self.assertIn(wanted, printed)

    def test_createsite_and_deletesite(self):
        name, url = self.fresh_name("site"), self.fresh_name("url")
        self.run_tabcmd("createsite", name, "--url", url, "--user-quota", "12", "--site-mode", *self.as_admin())
        made = self.sites()[name]
        told = (made["contentUrl"], made["userQuota"], made["adminMode"])
        self.assertEqual(told, (url, "12", "ContentAndUsers"))

        printed = self.run_tabcmd("createsite", name, *self.as_admin(), exit_code=1)
        self.assertRegex(printed, "409")
        self.run_tabcmd("createsite", name, "--continue-if-exists", *self.as_admin())

        self.run_tabcmd("deletesite", name, *self.as_admin(url))
        self.assertNotIn(name, self.sites())

    def test_editsite(self):
        # tabcmd takes its --site for the site to edit, so it can only edit one whose name is its contentUrl.
        name = self.fresh_name("site")
        self.run_tabcmd("createsite", name, *self.as_admin())
        self.run_tabcmd("editsite", name, "--storage-quota", "56", *self.as_admin(name))
        self.assertEqual(self.sites()[name]["storageQuota"], "56")

    def projects(self, site):
        rest = self.on_site(site)
        found = rest.expect(200, "GET", f"sites/{rest.site}/projects?pageSize=1000")["projects"]["project"]
        paths = {project["id"]: project for project in found}

        def path(project):
            parent = paths.get(project.get("parentProjectId"))
            return (f"{path(parent)}/" if parent else "") + project["name"]

        return {path(project): project for project in found}

    def test_createproject_and_deleteproject(self):
        site = self.new_site()
        admin = self.as_admin(site["contentUrl"])
        self.run_tabcmd("createproject", "--name", "Köln & Bonn", "--description", "Both", *admin)
        self.run_tabcmd("createproject", "--name", "Inner", "--parent-project-path", "Köln & Bonn", *admin)
        self.run_tabcmd("createproject", "--name", "Inner", "--parent-project-path", "Köln & Bonn/Inner", *admin)
        made = self.projects(site)
        self.assertEqual(set(made), {"Default", "Köln & Bonn", "Köln & Bonn/Inner", "Köln & Bonn/Inner/Inner"})
        self.assertEqual(made["Köln & Bonn"]["description"], "Both")

        printed = self.run_tabcmd("createproject", "--name", "KÖLN & BONN", *admin, exit_code=1)
        self.assertIn("409006", printed)
        self.run_tabcmd("createproject", "--name", "Köln & Bonn", "--continue-if-exists", *admin)
        printed = self.run_tabcmd("list", "projects", "--name", *admin)
        for wanted in ("Default", "Köln & Bonn", "Inner"):
            self.assertIn(wanted, printed)

        self.run_tabcmd("publishsamples", "--name", "Köln & Bonn", *admin)
        self.assertEqual(self.workbooks(site)["Tavola Tea Shop"]["project"]["name"], "Köln & Bonn")
        self.run_tabcmd("deleteproject", "Inner", "--parent-project-path", "Köln & Bonn/Inner", *admin)
        self.assertEqual(set(self.projects(site)), {"Default", "Köln & Bonn", "Köln & Bonn/Inner"})
        self.run_tabcmd("deleteproject", "Köln & Bonn", *admin)
        self.assertEqual(set(self.projects(site)), {"Default"})
        self.assertIn("403003", self.run_tabcmd("deleteproject", "Default", *admin, exit_code=1))

    def test_createsiteusers_and_deletesiteusers(self):
        site = self.new_site()
        full = self.csv(
            "ann,a good password,Ann,creator,none,yes,ann@example.com",
            "ben,a good password,Ben,viewer,none,no,",
            "carl,a good password,Carl,explorer,site,yes,",
        )
        printed = self.run_tabcmd("createsiteusers", full, *self.as_admin(site["contentUrl"]))
        self.assertIn("3", printed)
        roles = {name: user["siteRole"] for name, user in self.users(site).items()}
        self.assertEqual(
            roles,
            {ADMINISTRATOR: "ServerAdministrator", "ann": "Creator", "ben": "Viewer", "carl": "SiteAdministratorExplorer"},
        )

        names = self.csv("dora", "emil")
        arguments = ["--role", "Explorer", *self.as_admin(site["contentUrl"])]
        self.run_tabcmd("createsiteusers", names, *arguments)
        self.run_tabcmd("createsiteusers", names, "--continue-if-exists", *arguments)
        roles = {name: user["siteRole"] for name, user in self.users(site).items()}
        self.assertEqual((roles["dora"], roles["emil"]), ("Explorer", "Explorer"))

        self.run_tabcmd("deletesiteusers", self.csv("ann", "dora"), *self.as_admin(site["contentUrl"]))
        self.assertEqual(set(self.users(site)), {ADMINISTRATOR, "ben", "carl", "emil"})

    def members(self, site):
        rest = self.on_site(site)
        groups = rest.expect(200, "GET", f"sites/{rest.site}/groups")["groups"]["group"]
        users = lambda group: rest.expect(200, "GET", f"sites/{rest.site}/groups/{group['id']}/users")["users"]
        return {group["name"]: {user["name"] for user in users(group).get("user", [])} for group in groups}

    def test_creategroup_addusers_removeusers_and_deletegroup(self):
        site = self.new_site()
        admin = self.as_admin(site["contentUrl"])
        self.run_tabcmd("creategroup", "Köln & Bonn", *admin)
        self.assertIn("409009", self.run_tabcmd("creategroup", "KÖLN & BONN", *admin, exit_code=1))
        self.run_tabcmd("creategroup", "Köln & Bonn", "--continue-if-exists", *admin)
        self.run_tabcmd("createsiteusers", self.csv("ann", "ben", "carl"), "--role", "Viewer", *admin)

        self.run_tabcmd("addusers", "Köln & Bonn", "--users", self.csv("ann", "ben"), *admin)
        everybody = {ADMINISTRATOR, "ann", "ben", "carl"}
        self.assertEqual(self.members(site), {"All Users": everybody, "Köln & Bonn": {"ann", "ben"}})
        self.run_tabcmd("removeusers", "Köln & Bonn", "--users", self.csv("ann"), *admin)
        self.assertEqual(self.members(site)["Köln & Bonn"], {"ben"})

        self.run_tabcmd("deletegroup", "Köln & Bonn", *admin)
        self.assertEqual(self.members(site), {"All Users": everybody})
        self.run_tabcmd("deletegroup", "Köln & Bonn", *admin, exit_code=1)
        self.assertIn("403004", self.run_tabcmd("deletegroup", "All Users", *admin, exit_code=1))

    def workbooks(self, site):
        rest = self.on_site(site)
        found = rest.expect(200, "GET", f"sites/{rest.site}/workbooks?pageSize=1000")["workbooks"].get("workbook", [])
        return {book["name"]: book for book in found}

    def test_publish_get_and_delete_of_workbooks(self):
        site = self.new_site()
        admin = self.as_admin(site["contentUrl"])
        content = books.twbx(books.twb("Sheet 1", "Sheet 2"))
        (self.home / "Q1 Sales.twbx").write_bytes(content)
        self.run_tabcmd("createproject", "--name", "Köln & Bonn", *admin)
        self.run_tabcmd("publish", "Q1 Sales.twbx", "--project", "Köln & Bonn", "--tabbed", *admin)
        made = self.workbooks(site)["Q1 Sales"]
        self.assertEqual((made["project"]["name"], made["showTabs"]), ("Köln & Bonn", "true"))
        self.run_tabcmd("publish", "Q1 Sales.twbx", "--name", "Other", *admin)
        self.assertEqual(self.workbooks(site)["Other"]["project"]["name"], "Default")

        printed = self.run_tabcmd("publish", "Q1 Sales.twbx", "--name", "Other", *admin, exit_code=1)
        self.assertIn("403130", printed)
        self.run_tabcmd("publish", "Q1 Sales.twbx", "--name", "Other", "--overwrite", *admin)
        printed = self.run_tabcmd("list", "workbooks", "--name", "--details", *admin)
        for wanted in ("Q1 Sales", "Other", "Sheet 2"):
            self.assertIn(wanted, printed)

        self.run_tabcmd("get", "/workbooks/Q1Sales.twbx", "--filename", "back.twbx", *admin)
        self.assertEqual((self.home / "back.twbx").read_bytes(), content)
        self.run_tabcmd("get", "/workbooks/Unknown.twbx", *admin, exit_code=1)

        self.run_tabcmd("delete", "Q1 Sales", "--project", "Köln & Bonn", *admin)
        self.run_tabcmd("delete", "--workbook", "Other", *admin)
        self.assertEqual(self.workbooks(site), {})
        self.run_tabcmd("delete", "--workbook", "Other", *admin, exit_code=1)

    def test_publish_in_blocks(self):
        site = self.new_site()
        content = books.twbx(books.twb("A"), noise=os.urandom(2_500_000))
        (self.home / "Large.twbx").write_bytes(content)
        with mock.patch.dict(os.environ, {"TSC_FILESIZE_LIMIT_MB": "1", "TSC_CHUNK_SIZE_MB": "1"}):
            self.run_tabcmd("publish", "Large.twbx", *self.as_admin(site["contentUrl"]))
        self.run_tabcmd("get", "/workbooks/Large.twbx", *self.as_admin(site["contentUrl"]))
        self.assertEqual((self.home / "Large.twbx").read_bytes(), content)
