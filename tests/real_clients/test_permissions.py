"""The published Python client (tableauserverclient), unchanged, with permissions on every kind of content."""

import tableauserverclient as TSC
from tableauserverclient import Permission, PermissionsRule
from tableauserverclient.server.endpoint.exceptions import ServerResponseError

from books import twb
from server import Rest, by_password
from test_tsc_content import TDS, Content, flow_file

ALLOW, DENY = Permission.Mode.Allow, Permission.Mode.Deny
READ, WRITE, LEADER = Permission.Capability.Read, Permission.Capability.Write, Permission.Capability.ProjectLeader


class Permissions(Content):
    def setUp(self):
        super().setUp()
        self.project = self.there.projects.create(TSC.ProjectItem("P"))
        self.viewer = TSC.UserItem(self.fresh_name("viewer"), "Viewer")
        self.viewer = self.there.users.add(self.viewer)
        me = self.there.users.get_by_id(self.there.user_id)
        self.there.users.populate_groups(me)
        self.everybody = next(group for group in me.groups if group.name == "All Users")

    def rule(self, grantee, **capabilities):
        return PermissionsRule(grantee, capabilities)

    def rules_of(self, item):
        return {(rule.grantee.tag_name, rule.grantee.id): rule.capabilities for rule in item.permissions}

    def things(self):
        """One thing of each kind, with the room that has its permissions."""
        workbook = TSC.WorkbookItem(self.project.id, name="W", show_tabs=False)
        workbook = self.there.workbooks.publish(workbook, str(self.file("w.twb", twb("A"))), "CreateNew")
        self.there.workbooks.populate_views(workbook)
        source = TSC.DatasourceItem(self.project.id, name="D")
        source = self.there.datasources.publish(source, str(self.file("d.tds", TDS)), "CreateNew")
        flow = self.there.flows.publish(
            TSC.FlowItem(self.project.id, "F"), str(self.file("f.tfl", flow_file())), "CreateNew"
        )
        connection = self.there.virtual_connections
        site = self.there.site_id
        body = {"virtualConnection": {"name": "C", "project": {"id": self.project.id}, "content": "{}"}}
        rest = Rest().sign_in(by_password(), self.site["contentUrl"])
        made = rest.expect(201, "POST", f"sites/{site}/virtualConnections", body)["virtualConnection"]
        virtual = next(item for item in TSC.Pager(connection) if item.id == made["id"])
        return [
            (self.there.projects, self.project),
            (self.there.workbooks, workbook),
            (self.there.views, workbook.views[0]),
            (self.there.datasources, source),
            (self.there.flows, flow),
            (connection, virtual),
        ]

    def test_rules_are_read_added_and_deleted_on_every_kind(self):
        for room, item in self.things():
            with self.subTest(type(item).__name__):
                room.populate_permissions(item)
                before = self.rules_of(item)
                self.assertEqual(before["group", self.everybody.id][READ], ALLOW)
                add = getattr(room, "update_permissions", None) or room.add_permissions
                delete = getattr(room, "delete_permission")
                denial = self.rule(self.viewer, **{READ: DENY})
                # The rooms of data sources and flows give nothing back.
                answer = add(item, [denial])
                if answer is not None:
                    self.assertIn(denial.capabilities, [rule.capabilities for rule in answer])
                room.populate_permissions(item)
                self.assertEqual(self.rules_of(item), before | {("user", self.viewer.id): {READ: DENY}})
                with self.assertRaises(ServerResponseError) as opposite:
                    add(item, [self.rule(self.viewer, **{READ: ALLOW})])
                self.assertEqual(opposite.exception.code, "400000")
                delete(item, denial)
                room.populate_permissions(item)
                self.assertEqual(self.rules_of(item), before)
                with self.assertRaises(ServerResponseError) as gone:
                    delete(item, denial)
                self.assertIn(gone.exception.code, ["404013", "404014"])
                with self.assertRaises(ServerResponseError) as unknown:
                    add(item, [self.rule(self.viewer, **{"WebAuthoringForViews": ALLOW})])
                self.assertEqual(unknown.exception.code, "404013")

    def test_default_rules_are_read_added_and_deleted_for_every_kind(self):
        projects = self.there.projects
        kinds = [
            "workbook", "datasource", "flow", "datarole", "lens", "metric", "virtualconnection", "database", "table",
        ]  # fmt: skip
        for kind in kinds:
            with self.subTest(kind):
                populate = getattr(projects, f"populate_{kind}_default_permissions")
                update = getattr(projects, f"update_{kind}_default_permissions")
                delete = getattr(projects, f"delete_{kind}_default_permissions")

                def found():
                    populate(self.project)
                    rules = getattr(self.project, f"default_{kind}_permissions")
                    return {(rule.grantee.tag_name, rule.grantee.id): rule.capabilities for rule in rules}

                before = found()
                self.assertEqual(before["group", self.everybody.id][READ], ALLOW)
                rule = self.rule(self.viewer, **{READ: DENY, WRITE: ALLOW})
                update(self.project, [rule])
                self.assertEqual(found(), before | {("user", self.viewer.id): {READ: DENY, WRITE: ALLOW}})
                delete(self.project, rule)
                self.assertEqual(found(), before)

    def test_what_is_published_begins_with_the_default_rules(self):
        rule = self.rule(self.viewer, **{READ: DENY})
        self.there.projects.update_workbook_default_permissions(self.project, [rule])
        _, workbook = self.things()[1]
        self.there.workbooks.populate_permissions(workbook)
        self.assertEqual(self.rules_of(workbook)["user", self.viewer.id], {READ: DENY})

    def test_leading_a_project_is_seen_in_those_within(self):
        within = self.there.projects.create(TSC.ProjectItem("Within", parent_id=self.project.id))
        self.there.projects.update_permissions(self.project, [self.rule(self.everybody, **{LEADER: ALLOW})])
        # The schema has no word for what comes back: it is read as scripts read it.
        answer = self.admin_there().expect(
            200, "GET", f"sites/{self.there.site_id}/projects/{within.id}/permissions"
        )["permissions"]
        capabilities = answer["granteeCapabilities"][0]["capabilities"]["capability"]
        self.assertIn({"name": "InheritedProjectLeader", "mode": "Allow"}, capabilities)

    def test_a_locked_project_names_itself_as_the_parent(self):
        _, workbook = self.things()[1]
        self.project.content_permissions = "LockedToProject"
        self.there.projects.update(self.project)
        rest = self.admin_there()
        path = f"sites/{self.there.site_id}/workbooks/{workbook.id}/permissions"
        permissions = rest.expect(200, "GET", path)["permissions"]
        self.assertEqual(permissions["parent"], {"type": "Project", "id": self.project.id})
        self.assertEqual(permissions["workbook"]["id"], workbook.id)
        self.assertEqual(rest.call("GET", path, accept="application/xml").status_code, 200)
        with self.assertRaises(ServerResponseError) as locked:
            self.there.workbooks.update_permissions(workbook, [self.rule(self.viewer, **{READ: DENY})])
        self.assertEqual(locked.exception.code, "403004")

    def test_rules_are_replaced_as_the_migration_sdk_does(self):
        rest = self.admin_there()
        path = f"sites/{self.there.site_id}/projects/{self.project.id}/default-permissions/workbooks"
        body = (
            '<tsRequest><permissions><granteeCapabilities><user id="%s"/><capabilities>'
            '<capability name="Read" mode="Allow"/></capabilities></granteeCapabilities></permissions></tsRequest>'
        )
        answer = rest.call("POST", path, body % self.viewer.id, accept="application/xml")
        self.assertEqual(answer.status_code, 200)
        rules = rest.expect(200, "GET", path)["permissions"]["granteeCapabilities"]
        self.assertEqual([rule["user"]["id"] for rule in rules], [self.viewer.id])
        rest.expect(200, "POST", path, "<tsRequest><permissions/></tsRequest>")
        self.assertNotIn("granteeCapabilities", rest.expect(200, "GET", path)["permissions"])

    def admin_there(self):
        return Rest().sign_in(by_password(), self.site["contentUrl"])
