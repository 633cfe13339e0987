"""What users keep of content: favorites and custom views, by the published Python client."""

import json
import os
import tempfile

import tableauserverclient as TSC
from tableauserverclient.server.endpoint.exceptions import ServerResponseError

from server import ADMINISTRATOR, Case

WORKBOOK = """<?xml version='1.0' encoding='utf-8' ?><workbook version='18.1'><worksheets><worksheet name='Overview'/>
<worksheet name='Details'/></worksheets><windows><window class='worksheet' name='Overview'/>
<window class='worksheet' name='Details'/></windows></workbook>"""


class Kept(Case):
    def setUp(self):
        super().setUp()
        self.there = self.tsc_admin(self.new_site()["contentUrl"])
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        path = os.path.join(self.folder, "book.twb")
        with open(path, "w", encoding="utf-8") as file:
            file.write(WORKBOOK)
        self.project = self.there.projects.create(TSC.ProjectItem("Place"))
        new = TSC.WorkbookItem(self.project.id, name="Sales")
        self.workbook = self.there.workbooks.publish(new, path, TSC.Server.PublishMode.CreateNew)
        self.there.workbooks.populate_views(self.workbook)
        self.view = self.workbook.views[0]

    def test_favorites(self):
        server = self.there
        user = server.users.get_by_id(server.user_id)
        server.favorites.add_favorite_workbook(user, self.workbook)
        server.favorites.add_favorite_view(user, self.view)
        server.favorites.add_favorite_project(user, self.project)
        server.favorites.get(user)
        kept = user.favorites
        self.assertEqual([item.id for item in kept["workbooks"]], [self.workbook.id])
        self.assertEqual([item.id for item in kept["views"]], [self.view.id])
        self.assertEqual([item.id for item in kept["projects"]], [self.project.id])
        server.favorites.delete_favorite_view(user, self.view)
        server.favorites.delete_favorite(user, TSC.Resource.Workbook, self.workbook)
        server.favorites.delete_favorite_project(user, self.project)
        server.favorites.get(user)
        self.assertFalse(any(user.favorites.values()))
        with self.assertRaises(ServerResponseError) as refused:
            server.favorites.delete_favorite_project(user, self.project)
        self.assertEqual(refused.exception.code, "404010")

    def test_custom_views(self):
        server = self.there
        definition = [{"isSourceView": True, "viewName": "Details", "tcv": "<é/>"}]
        path = os.path.join(self.folder, "custom.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(definition, file)
        new = TSC.CustomViewItem(name="Mine & ours")
        new.shared = True
        new._owner = TSC.UserItem()
        new._owner._id = server.user_id
        new.workbook = self.workbook
        made = server.custom_views.publish(new, path)
        self.assert_luid(made.id)
        found = server.custom_views.get_by_id(made.id)
        self.assertEqual((found.name, found.shared, found.view.id), ("Mine & ours", True, self.workbook.views[1].id))
        self.assertEqual((found.workbook.id, found.owner.id), (self.workbook.id, server.user_id))
        self.assertEqual([item.id for item in TSC.Pager(server.custom_views)], [made.id])
        copy = server.custom_views.download(found, os.path.join(self.folder, "copy.json"))
        with open(copy, "rb") as file, open(path, "rb") as original:
            self.assertEqual(file.read(), original.read())
        found.name = "Renamed"
        self.assertEqual(server.custom_views.update(found).name, "Renamed")
        server.custom_views.delete(made.id)
        self.assertEqual(list(TSC.Pager(server.custom_views)), [])
