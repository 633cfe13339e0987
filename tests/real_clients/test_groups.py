"""Groups and group sets by the published Python client (tableauserverclient), unchanged."""

import tableauserverclient as TSC
from tableauserverclient.server.endpoint.exceptions import ServerResponseError

from server import ADMINISTRATOR, Case

Role = TSC.UserItem.Roles
Field = TSC.RequestOptions.Field
Operator = TSC.RequestOptions.Operator


class Groups(Case):
    def setUp(self):
        super().setUp()
        self.site = self.new_site()
        self.there = self.tsc_admin(self.site["contentUrl"])

    def new_group(self, name, role=None):
        group = TSC.GroupItem(name)
        group.minimum_site_role = role
        return self.there.groups.create(group)

    def new_member(self, name, role=Role.Viewer):
        return self.there.users.add(TSC.UserItem(f"{name}-{self.site['contentUrl']}", role))

    def members(self, group):
        self.there.groups.populate_users(group)
        return [user.name.split("-")[0] for user in group.users]

    def refused(self, code):
        test = self

        class Refused:
            def __enter__(self):
                self.context = test.assertRaises(ServerResponseError)
                self.raised = self.context.__enter__()

            def __exit__(self, *why):
                caught = self.context.__exit__(*why)
                test.assertEqual(self.raised.exception.code, code)
                return caught

        return Refused()

    def test_a_group_is_made_filled_changed_emptied_and_deleted(self):
        name = "Finance & “Père”, <50%>"
        group = self.new_group(name, Role.Viewer)
        self.assertEqual((group.name, group.domain_name), (name, "local"))
        self.assertEqual((group.minimum_site_role, group.license_mode), (Role.Viewer, "onLogin"))
        ann, ben, carl = (self.new_member(name) for name in ("ann", "ben", "carl"))
        self.assertEqual(self.there.groups.add_user(group, ann.id).name, ann.name)
        with self.refused("409011"):
            self.there.groups.add_user(group, ann.id)
        added = self.there.groups.add_users(group, [ann, ben.id, carl])
        self.assertEqual([user.id for user in added], [ann.id, ben.id, carl.id])
        self.assertEqual(self.members(group), ["ann", "ben", "carl"])
        self.there.users.populate_groups(ben)
        self.assertEqual([group.name for group in ben.groups], ["All Users", name])

        self.there.groups.remove_user(group, ann.id)
        with self.refused("404002"):
            self.there.groups.remove_user(group, ann.id)
        self.there.groups.remove_users(group, [ann, ben])
        self.assertEqual(self.members(group), ["carl"])

        group.name = "Money"
        group.minimum_site_role = Role.ExplorerCanPublish
        changed = self.there.groups.update(group)
        self.assertEqual((changed.id, changed.name), (group.id, "Money"))
        self.assertEqual(changed.minimum_site_role, Role.ExplorerCanPublish)
        with self.refused("409009"):
            self.new_group("MONEY")
        self.there.groups.delete(group.id)
        with self.refused("404012"):
            self.there.groups.delete(group.id)
        self.assertEqual([group.name for group in self.there.groups.all()], ["All Users"])

    def test_lists_are_filtered_sorted_paged_and_told_in_full(self):
        finance = self.new_group("Finance", Role.Explorer)
        self.new_group("sales")
        self.there.groups.add_user(finance, self.new_member("ann").id)
        groups = self.there.groups

        def names(found):
            return [group.name for group in found]

        def filtered(*filters, sort=None):
            options = TSC.RequestOptions()
            for field, operator, value in filters:
                options.filter.add(TSC.Filter(field, operator, value))
            if sort is not None:
                options.sort.add(sort)
            return names(groups.get(options)[0])

        self.assertEqual(names(TSC.Pager(groups, TSC.RequestOptions(pagesize=1))), ["All Users", "Finance", "sales"])
        self.assertEqual(filtered((Field.Name, Operator.Equals, "Finance")), ["Finance"])
        self.assertEqual(filtered((Field.Name, Operator.In, ["sales", "Finance"])), ["Finance", "sales"])
        self.assertEqual(filtered((Field.Name, Operator.CaseInsensitiveEquals, "SALES")), ["sales"])
        self.assertEqual(filtered((Field.MinimumSiteRole, Operator.Equals, Role.Explorer)), ["Finance"])
        self.assertEqual(filtered((Field.DomainName, Operator.Equals, "local")), ["All Users", "Finance", "sales"])
        self.assertEqual(filtered((Field.IsLocal, Operator.Equals, "true")), ["All Users", "Finance", "sales"])
        self.assertEqual(filtered((Field.UserCount, Operator.GreaterThan, 1)), ["All Users"])
        down = TSC.Sort(Field.Name, TSC.RequestOptions.Direction.Desc)
        self.assertEqual(filtered(sort=down), ["sales", "Finance", "All Users"])
        self.assertEqual(names(groups.filter(name="sales")), ["sales"])
        self.assertEqual(names(groups.filter(user_count__lt=1).order_by("-name")), ["sales"])
        with self.refused("400065"):
            filtered(("shoeSize", "eq", "43"))
        counts = {group.name: group.user_count for group in groups.fields("_all_")}
        self.assertEqual(counts, {"All Users": 2, "Finance": 1, "sales": 0})
        self.assertIsNone(groups.get()[0][0].user_count)
        self.assertEqual(groups.get()[0][1].minimum_site_role, Role.Explorer)

    def test_all_users_stays_as_it_is_and_nothing_is_imported(self):
        everybody = next(group for group in TSC.Pager(self.there.groups) if group.name == "All Users")
        ann = self.new_member("ann")
        self.assertEqual(self.members(everybody), [ADMINISTRATOR, "ann"])
        with self.refused("403004"):
            self.there.groups.delete(everybody.id)
        with self.refused("400032"):
            self.there.groups.remove_user(everybody, ann.id)
        everybody.name = "Everybody"
        with self.refused("403004"):
            self.there.groups.update(everybody)
        for as_job in (True, False):
            imported = TSC.GroupItem("Finance", "corp.example")
            imported.minimum_site_role, imported.license_mode = Role.Viewer, "onSync"
            with self.refused("403011"):
                self.there.groups.create_AD_group(imported, as_job)

    def test_a_group_gives_its_users_a_role_when_they_sign_in(self):
        rest = self.on_site(self.site)
        user = self.new_user(rest, "Unlicensed", "a good password")
        group = self.new_group("Explorers", Role.Explorer)
        self.there.groups.add_user(group, user["id"])
        credentials = TSC.TableauAuth(user["name"], "a good password", site_id=self.site["contentUrl"])
        theirs = self.tsc(credentials, use_server_version=True)
        self.assertEqual(theirs.users.get_by_id(user["id"]).site_role, Role.Explorer)
        self.assertEqual([group.name for group in TSC.Pager(theirs.groups)], ["All Users", "Explorers"])
        for forbidden in (
            lambda: theirs.groups.create(TSC.GroupItem("mine")),
            lambda: theirs.groups.delete(group.id),
            lambda: theirs.groups.add_user(group, user["id"]),
            lambda: theirs.group_sets.create(TSC.GroupSetItem("mine")),
        ):
            with self.refused("403004"):
                forbidden()

    def test_a_group_set_is_made_filled_renamed_emptied_and_deleted(self):
        sets = self.there.group_sets
        finance, sales = self.new_group("Finance"), self.new_group("Sales")
        both = sets.create(TSC.GroupSetItem("Both & all"))
        self.assertEqual((both.name, both.group_count, both.groups), ("Both & all", 0, []))
        with self.refused("409120"):
            sets.create(TSC.GroupSetItem("BOTH & ALL"))
        sets.add_group(both, sales)
        sets.add_group(both, finance.id)
        full = sets.get_by_id(both.id)
        self.assertEqual((full.group_count, [group.name for group in full.groups]), (2, ["Finance", "Sales"]))
        other = sets.create(TSC.GroupSetItem("Other"))

        self.assertEqual([found.name for found in TSC.Pager(sets)], ["Both & all", "Other"])
        self.assertEqual([found.name for found in sets.filter(name="Other")], ["Other"])
        self.assertEqual([found.name for found in sets.filter(name__in=["Other", "None"]).order_by("-name")], ["Other"])
        listed, pagination = sets.get(result_level="members")
        self.assertEqual((pagination.total_available, len(listed[0].groups)), (2, 2))
        listed, _ = sets.get(result_level="local")
        self.assertEqual([(found.group_count, found.groups) for found in listed], [(2, []), (0, [])])

        full.name = "Those of both"
        renamed = sets.update(full)
        self.assertEqual((renamed.id, renamed.name, renamed.group_count), (both.id, "Those of both", 2))
        sets.remove_group(both, finance)
        with self.refused("404012"):
            sets.remove_group(both, finance)
        self.there.groups.delete(sales.id)
        self.assertEqual(sets.get_by_id(both.id).group_count, 0)
        sets.delete(both)
        sets.delete(other.id)
        self.assertEqual(sets.all().__len__(), 0)
