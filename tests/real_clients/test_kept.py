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
