"""Workbooks and views as the published Python client and scripts publish, describe, change and fetch them."""

import io
import os
import pathlib
import tempfile
import zipfile
from unittest import mock

import tableauserverclient as TSC
from tableauserverclient.server.endpoint.exceptions import ServerResponseError
from urllib3.fields import RequestField
from urllib3.filepost import encode_multipart_formdata

import books
from server import Case, Rest, by_password

Mode = TSC.Server.PublishMode
Role = TSC.UserItem.Roles
# Small limits, so that a small file comes in blocks.
IN_BLOCKS = {"TSC_FILESIZE_LIMIT_MB": "1", "TSC_CHUNK_SIZE_MB": "1"}


class WorkbookCase(Case):
    def setUp(self):
        super().setUp()
        self.site = self.new_site()
        self.there = self.tsc_admin(self.site["contentUrl"])
        (self.default,) = self.there.projects.get()[0]
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def file(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return path

    def publish(self, name, content=None, mode=Mode.CreateNew, server=None, ending="twb", item=None, **options):
        content = books.twb("Sheet 1", "Sheet 2", pictures=["Sheet 1"]) if content is None else content
        item = item or TSC.WorkbookItem(self.default.id, name=name)
        return (server or self.there).workbooks.publish(item, self.file(f"file.{ending}", content), mode, **options)

    def refused(self, code, call):
        with self.assertRaises(ServerResponseError) as refused:
            call()
        self.assertEqual(refused.exception.code, code)


class Publishing(WorkbookCase):
    def test_a_workbook_is_published_described_and_downloaded(self):
        content = books.twb("Über & <Sales>", "Map", dashboards=["All"], hidden=["Map"], pictures=["Über & <Sales>"])
        made = self.publish("Q1: Köln & <Bonn>", content)
        self.assert_luid(made.id)
        self.assertEqual((made.name, made.content_url), ("Q1: Köln & <Bonn>", "Q1KölnBonn"))
        self.assertEqual((made.project_id, made.owner_id), (self.default.id, self.there.user_id))

        found = self.there.workbooks.get_by_id(made.id)
        self.assertEqual((found.name, found.project_name, found.size), (made.name, "Default", 1))
        self.assertEqual([view.name for view in found.views], ["Über & <Sales>", "All"])
        self.there.workbooks.populate_views(found)
        self.assertEqual([view.content_url for view in found.views], ["Q1KölnBonn/sheets/ÜberSales", "Q1KölnBonn/sheets/All"])
        self.assertEqual({view.workbook_id for view in found.views}, {made.id})
        self.there.workbooks.populate_preview_image(found)
        self.assertEqual(found.preview_image, books.PNG)

        path = self.there.workbooks.download(made.id, filepath=str(self.folder))
        self.assertEqual(pathlib.Path(path).read_bytes(), content)
        self.assertEqual(pathlib.Path(path).suffix, ".twb")
        buffer = io.BytesIO()
        self.there.workbooks.download(made.id, filepath=buffer, include_extract=False)
        self.assertEqual(buffer.getvalue(), content)

        self.there.workbooks.delete(made.id)
        self.refused("404006", lambda: self.there.workbooks.get_by_id(made.id))
        self.refused("404006", lambda: self.there.workbooks.download(made.id, filepath=io.BytesIO()))

    def test_a_download_without_its_extract_goes_back_to_the_live_connection(self):
        extract = b"<extract enabled='true'><connection class='hyper' dbname='Data/a.hyper'/></extract>"
        live = books.twb("Sheet 1")
        with_extract = live.replace(b"</datasource>", extract + b"</datasource>")
        hyper = b"Hyper\x01 and pages" * 1000
        for files, ending in (({"a.hyper": hyper}, ".twb"), ({"a.hyper": hyper, "b.csv": b"a,b\n1,2\n"}, ".twbx")):
            made = self.publish(f"Book for {ending}", books.twbx(with_extract, **files), ending="twbx")
            whole = self.there.workbooks.download(made.id, filepath=str(self.folder))
            self.assertEqual(pathlib.Path(whole).suffix, ".twbx")
            for path in (
                self.there.workbooks.download(made.id, filepath=str(self.folder), include_extract=False),
                self.there.workbooks.download_revision(made.id, "1", filepath=str(self.folder), include_extract=False),
            ):
                path = pathlib.Path(path)
                self.assertEqual(path.suffix, ending)
                if ending == ".twb":
                    self.assertEqual(path.read_bytes(), live)
                    continue
                with zipfile.ZipFile(path) as package:
                    self.assertIsNone(package.testzip())
                    self.assertEqual(package.namelist(), ["Book.twb", "Data/b.csv"])
                    self.assertEqual(package.read("Book.twb"), live)
                # What was left is a workbook that can be published.
                again = self.there.workbooks.publish(TSC.WorkbookItem(self.default.id, name="Again"), path, Mode.Overwrite)
                self.assertEqual([view.name for view in again.views], ["Sheet 1"])

    def test_overwriting_makes_revisions(self):
        contents = [books.twb("A", "B"), books.twb("B", "C"), books.twb("D")]
        made = self.publish("Book", contents[0])
        self.refused("403130", lambda: self.publish("BOOK", contents[1]))
        for content in contents[1:]:
            self.assertEqual(self.publish("Book", content, Mode.Overwrite).id, made.id)
        self.there.workbooks.populate_revisions(made)
        told = [(revision.revision_number, revision.current, revision.user_id) for revision in made.revisions]
        user = self.there.user_id
        self.assertEqual(sorted(told), [("1", False, user), ("2", False, user), ("3", True, user)])
        for number, content in zip(("1", "2", None), contents):
            path = self.there.workbooks.download_revision(made.id, number, filepath=str(self.folder))
            self.assertEqual(pathlib.Path(path).read_bytes(), content)
        self.there.workbooks.delete_revision(made.id, "1")
        self.there.workbooks.populate_revisions(made)
        kept = sorted(revision.revision_number for revision in made.revisions if not revision.deleted)
        self.assertEqual(kept, ["2", "3"])
        self.refused("404024", lambda: self.there.workbooks.download_revision(made.id, "1", filepath=io.BytesIO()))
        self.refused("403055", lambda: self.there.workbooks.delete_revision(made.id, "3"))

    def test_as_a_job(self):
        job = self.publish("Book", as_job=True)
        self.assertEqual(self.there.jobs.wait_for_job(job, timeout=60).finish_code, 0)
        (found,) = self.there.workbooks.filter(name="Book")
        self.assertEqual(found.content_url, "Book")
        job = self.publish("Book", books.twb("Other"), Mode.Overwrite, as_job=True)
        self.assertEqual(self.there.jobs.wait_for_job(job.id, timeout=60).finish_code, 0)
        self.assertEqual([view.name for view in self.there.workbooks.get_by_id(found.id).views], ["Other"])

    def test_in_blocks(self):
        for as_job in (False, True):
            name = f"Book {as_job}"
            content = books.twbx(books.twb("A"), noise=os.urandom(2_500_000))
            with mock.patch.dict(os.environ, IN_BLOCKS):
                made = self.publish(name, content, ending="twbx", as_job=as_job)
            if as_job:
                self.there.jobs.wait_for_job(made, timeout=60)
            (found,) = self.there.workbooks.filter(name=name)
            buffer = io.BytesIO()
            self.there.workbooks.download(found.id, filepath=buffer)
            self.assertEqual(buffer.getvalue(), content)
            self.assertEqual(found.size, 3)

    def test_what_a_publisher_asks_for(self):
        item = TSC.WorkbookItem(self.default.id, name="Book", show_tabs=True)
        item.hidden_views, item.description = ["Sheet 2"], 'Two\nlines & "more"'
        connection = TSC.ConnectionItem()
        connection.server_address, connection.server_port = "db.example", "5432"
        connection.connection_credentials = TSC.ConnectionCredentials("ben", "secret & <x>", embed=True)
        made = self.publish("Book", item=item, connections=[connection], skip_connection_check=True)
        self.assertTrue(made.show_tabs)
        self.assertEqual([view.name for view in made.views], ["Sheet 1"])
        found = self.there.workbooks.get_by_id(made.id)
        self.assertEqual((found.description, found.show_tabs), ('Two\nlines & "more"', True))
        self.there.workbooks.populate_connections(found)
        (there,) = found.connections
        told = (there.connection_type, there.server_address, there.server_port, there.username, there.embed_password)
        self.assertEqual(told, ("postgres", "db.example", "5432", "ben", True))

    def test_what_is_no_workbook_is_refused(self):
        for content, ending in ((b"no XML", "twb"), (b"<datasource/>", "twb"), (b"PK\3\4", "twbx")):
            with self.subTest(content=content):
                self.refused("400011", lambda: self.publish("Bad", content, ending=ending))
        self.assertEqual(len(self.there.workbooks.all()), 0)

    def test_who_may_not_publish_is_refused(self):
        user = self.new_user(self.on_site(self.site), "Explorer", "a good password")
        server = self.tsc(TSC.TableauAuth(user["name"], "a good password", self.site["contentUrl"]), use_server_version=True)
        self.refused("403007", lambda: self.publish("Mine", server=server))
        made = self.publish("Ours")
        self.assertEqual([book.id for book in TSC.Pager(server.workbooks)], [made.id])

    def test_each_workbook_of_the_corpus(self):
        files = books.corpus()
        if not files:
            self.skipTest(f"no real workbook was published: there is none in {books.CORPUS}")
        for path in files:
            with self.subTest(file=path.name):
                item = TSC.WorkbookItem(self.default.id, name=path.stem)
                made = self.there.workbooks.publish(item, path, Mode.CreateNew)
                found = self.there.workbooks.get_by_id(made.id)
                self.assertEqual(found.name, path.stem)
                self.assertNotEqual(found.views, [])
                self.there.workbooks.populate_views(found)
                self.there.workbooks.populate_connections(found)
                self.assertNotEqual(found.connections, [])
                for view in found.views:
                    self.there.views.get_by_id(view.id)
                back = pathlib.Path(self.there.workbooks.download(made.id, filepath=str(self.folder)))
                self.assertEqual(back.read_bytes(), path.read_bytes())
                self.assertEqual(back.suffix, path.suffix)
                left = pathlib.Path(self.there.workbooks.download(made.id, str(self.folder), include_extract=False))
                if zipfile.is_zipfile(left):
                    with zipfile.ZipFile(left) as package:
                        self.assertIsNone(package.testzip())
                self.assertNotIn(b"</extract>", left.read_bytes())
                again = self.there.workbooks.publish(item, path, Mode.Overwrite)
                self.assertEqual((again.id, {view.id for view in again.views}), (made.id, {view.id for view in made.views}))


class Lists(WorkbookCase):
    def test_filters_sorts_pages_and_fields(self):
        names = ["plain", "a,b", "a:b", "50%", "R&D", "a+b", "a/b?c#d", "quo\"te's", "Zoë 漢字", "[a]"]
        for name in names:
            self.publish(name)
            with self.subTest(name=name):
                found = self.there.workbooks.filter(name=name, project_name="Default")
                self.assertEqual([book.name for book in found], [name])
        for options in (None, TSC.RequestOptions(pagesize=3), TSC.RequestOptions(pagesize=1000)):
            found = [book.name for book in TSC.Pager(self.there.workbooks, options)]
            self.assertEqual(sorted(found), sorted(names))
        found = [book.name for book in self.there.workbooks.all().order_by("-name")]
        self.assertEqual(found, sorted(names, key=str.lower, reverse=True))
        found = self.there.workbooks.filter(name__in=["plain", "R&D"]).order_by("name")
        self.assertEqual([book.name for book in found], ["plain", "R&D"])
        self.assertEqual(len(self.there.workbooks.filter(created_at__gt="2020-01-01T00:00:00Z")), 10)
        self.assertEqual(len(self.there.workbooks.filter(owner_name="nobody")), 0)

        options = TSC.RequestOptions()
        options.all_fields = True
        for book in self.there.workbooks.get(options)[0]:
            self.assertEqual((book.has_extracts, book.owner.name), (False, "admin"))
        self.assertEqual(len(self.there.workbooks.fields("name").only_fields("name")), 10)
        user = self.there.users.get_by_id(self.there.user_id)
        self.there.users.populate_workbooks(user)
        self.assertEqual({book.name for book in user.workbooks}, set(names))

    def test_views_are_listed_found_and_have_pictures(self):
        made = self.publish("Book", books.twb("A b", "C", dashboards=["All"], pictures=["A b"]))
        self.publish("Other")
        self.assertEqual(len(self.there.views.all()), 5)
        views = list(self.there.views.filter(workbook_name="Book").order_by("name"))
        self.assertEqual([view.name for view in views], ["A b", "All", "C"])
        (found,) = self.there.views.filter(content_url="Book/sheets/Ab")
        self.assertEqual((found.id, found.workbook_id, found.owner_id), (views[0].id, made.id, self.there.user_id))
        found = self.there.views.get_by_id(found.id)
        self.assertEqual((found.name, found.project_id), ("A b", self.default.id))
        self.there.views.populate_preview_image(found)
        self.assertEqual(found.preview_image, books.PNG)


class Changes(WorkbookCase):
    def test_renamed_moved_given_away_and_with_tabs(self):
        project = self.there.projects.create(TSC.ProjectItem("Elsewhere"))
        user = self.there.users.add(TSC.UserItem(self.fresh_name("user"), Role.Creator))
        book = self.publish("Book")
        book.name, book.show_tabs, book.description = "Größe & <more>", True, "What it is for"
        book.project_id, book.owner_id = project.id, user.id
        self.there.workbooks.update(book)
        found = self.there.workbooks.get_by_id(book.id)
        told = (found.name, found.show_tabs, found.description, found.project_id, found.project_name, found.owner_id)
        self.assertEqual(told, ("Größe & <more>", True, "What it is for", project.id, "Elsewhere", user.id))
        self.assertEqual(found.content_url, "Book")

    def test_connections(self):
        book = self.publish("Book")
        self.there.workbooks.populate_connections(book)
        (connection,) = book.connections
        connection.server_address, connection.server_port = "new.example", "5433"
        connection.username, connection.password, connection.embed_password = "carl", "secret", True
        changed = self.there.workbooks.update_connection(book, connection)
        self.assertEqual((changed.id, changed.server_address), (connection.id, "new.example"))
        ids = self.there.workbooks.update_connections(
            book, [connection.id], authentication_type="auth-user-pass", username="dora", password="x", embed_password=True
        )
        self.assertEqual([getattr(changed, "id", changed) for changed in ids], [connection.id])
        self.there.workbooks.populate_connections(book)
        (connection,) = book.connections
        told = (connection.server_address, connection.server_port, connection.username, connection.embed_password)
        self.assertEqual(told, ("new.example", "5433", "dora", True))

    def test_tags(self):
        book = self.publish("Book")
        for endpoint, item in ((self.there.workbooks, book), (self.there.views, book.views[0])):
            self.assertEqual(set(endpoint.add_tags(item, ["a b", "Größe", 'q"uo,te'])), {"a b", "Größe", 'q"uo,te'})
            endpoint.delete_tags(item, "a b")
            self.assertEqual(endpoint.get_by_id(item.id).tags, {"Größe", 'q"uo,te'})
            item = endpoint.get_by_id(item.id)
            item.tags = {"Größe", "new/one?"}
            endpoint.update_tags(item)
            self.assertEqual(endpoint.get_by_id(item.id).tags, {"Größe", "new/one?"})
            self.assertEqual([found.id for found in endpoint.filter(tags="Größe")], [item.id])


class Scripts(WorkbookCase):
    """As the published samples put their requests together with `requests`, and check exact codes."""

    def body(self, message, **files):
        parts = {"request_payload": ("", message, "text/xml")}
        parts |= {name: (file, content, "application/octet-stream") for name, (file, content) in files.items()}
        fields = []
        for name, (file, content, kind) in parts.items():
            field = RequestField(name=name, data=content, filename=file)
            field.make_multipart(content_disposition="form-data", content_type=kind)
            fields.append(field)
        body, kind = encode_multipart_formdata(fields)
        return body, kind.replace("form-data", "mixed", 1)

    def send(self, rest, method, path, body, kind, accept="*/*"):
        headers = {"X-Tableau-Auth": rest.token, "Content-Type": kind, "Accept": accept}
        url = rest.url(f"sites/{rest.site}/{path}")
        return rest.session.request(method, url, data=body, headers=headers, verify=False, timeout=60)

    def test_the_codes_that_the_samples_insist_on(self):
        rest = self.on_site(self.site)
        message = f'<tsRequest><workbook name="Book"><project id="{self.default.id}"/></workbook></tsRequest>'
        content = books.twb("A")
        whole = self.body(message, tableau_workbook=("book.twb", content))
        made = self.send(rest, "POST", "workbooks?overwrite=true", *whole)
        self.assertEqual((made.status_code, b"<workbook " in made.content), (201, True), made.text)

        upload = rest.expect(201, "POST", f"sites/{rest.site}/fileUploads")["fileUpload"]["uploadSessionId"]
        for piece in (content[:100], content[100:]):
            answer = self.send(rest, "PUT", f"fileUploads/{upload}", *self.body("", tableau_file=("file", piece)))
            self.assertEqual(answer.status_code, 200, answer.text)
        path = f"workbooks?uploadSessionId={upload}&workbookType=twb&overwrite=true"
        made = self.send(rest, "POST", path, *self.body(message), accept="application/json")
        self.assertEqual(made.status_code, 201, made.text)
        book = made.json()["workbook"]["id"]

        moved = rest.expect(200, "PUT", f"sites/{rest.site}/workbooks/{book}", {"workbook": {"name": "Moved"}})
        self.assertEqual(moved["workbook"]["name"], "Moved")
        tags = rest.expect(200, "PUT", f"sites/{rest.site}/workbooks/{book}/tags", {"tags": {"tag": [{"label": "x"}]}})
        self.assertEqual(tags, {"tags": {"tag": [{"label": "x"}]}})
        rest.expect(204, "DELETE", f"sites/{rest.site}/workbooks/{book}/tags/x")
        revisions = rest.expect(200, "GET", f"sites/{rest.site}/workbooks/{book}/revisions")
        self.assertEqual(len(revisions["revisions"]["revision"]), 2)
        rest.expect(204, "DELETE", f"sites/{rest.site}/workbooks/{book}")
        self.assert_refused(rest.call("GET", f"sites/{rest.site}/workbooks/{book}"), 404, "404006")

    def test_what_a_client_deletes_is_restored_byte_by_byte_beside_what_it_published_since(self):
        content = books.twbx(books.twb("A", "B"), noise=os.urandom(200_000))
        made = self.publish("Book", content, ending="twbx")
        self.there.workbooks.add_tags(made, "kept")
        self.there.workbooks.delete(made.id)
        again = self.publish("Book", books.twb("C"))
        self.assertEqual((again.content_url, again.id == made.id), ("Book", False))

        rest = self.on_site(self.site)
        path = f"sites/{rest.site}/recyclebin"
        listed = rest.expect(200, "GET", f"{path}?filter=type:eq:Workbook&sort=deletedAt:desc&pageSize=10")
        (item,) = listed["recycleBinItems"]["recycleBinItem"]
        self.assertEqual((item["id"], item["name"], item["project"]["name"]), (made.id, "Book", "Default"))
        self.assert_refused(rest.call("POST", f"{path}/{made.id}/restore"), 409, "409055")
        body = "<tsRequest><recycleBinItem name='Book of old'/></tsRequest>"
        restored = rest.call("POST", f"{path}/{made.id}/restore", body, accept="application/xml")
        self.assertEqual((restored.status_code, b'contentUrl="Book_0"' in restored.content), (200, True), restored.text)
        found = self.there.workbooks.get_by_id(made.id)
        self.assertEqual((found.name, found.tags, found.project_name), ("Book of old", {"kept"}, "Default"))
        self.assertEqual([view.id for view in found.views], [view.id for view in made.views])
        buffer = io.BytesIO()
        self.there.workbooks.download(made.id, filepath=buffer)
        self.assertEqual(buffer.getvalue(), content)

        # With its last view a workbook is deleted.
        for view in made.views:
            self.there.views.delete(view)
        self.refused("404006", lambda: self.there.workbooks.get_by_id(made.id))
        job = rest.expect(202, "DELETE", f"{path}?asJob=true")["job"]
        self.assertEqual((job["type"], self.there.jobs.wait_for_job(job["id"], timeout=60).finish_code), ("EmptyRecycleBin", 0))
        self.assertEqual(rest.expect(200, "GET", path)["recycleBinItems"], {})
        rest.expect(204, "DELETE", path)

    def test_json_has_the_types_that_programs_look_at(self):
        made = self.publish("Book", books.twb("A", pictures=["A"]))
        rest = self.on_site(self.site)
        site = f"sites/{rest.site}"
        listed = rest.expect(200, "GET", f"{site}/workbooks?filter=name:eq:Book&pageSize=10&pageNumber=1")
        self.assertEqual(listed["pagination"], {"pageNumber": "1", "pageSize": "10", "totalAvailable": "1"})
        (book,) = listed["workbooks"]["workbook"]
        self.assertEqual((book["id"], book["project"]["name"], book["tags"]), (made.id, "Default", {}))
        self.assertEqual((book["showTabs"], book["size"]), ("false", "1"))
        book = rest.expect(200, "GET", f"{site}/workbooks/{made.id}")["workbook"]
        (view,) = book["views"]["view"]
        self.assertEqual((view["name"], view["contentUrl"], view["tags"]), ("A", "Book/sheets/A", {}))
        self.assertEqual(book["defaultViewId"], view["id"])
        views = rest.expect(200, "GET", f"{site}/views")["views"]["view"]
        self.assertEqual([found["workbook"]["id"] for found in views], [made.id])
        empty = rest.expect(200, "GET", f"{site}/workbooks?filter=name:eq:none")
        self.assertEqual(empty["workbooks"], {})
        picture = rest.call("GET", f"{site}/workbooks/{made.id}/views/{view['id']}/previewImage")
        self.assertEqual((picture.headers["Content-Type"], picture.content), ("image/png", books.PNG))

    def test_a_stranger_is_told_nothing(self):
        made = self.publish("Book")
        other = self.new_site()
        stranger = self.new_user(self.on_site(other), "Creator", "a good password")
        rest = Rest().sign_in(by_password(stranger["name"], "a good password"), other["contentUrl"])
        for path in ("", "/content", "/connections", "/revisions", "/previewImage"):
            answer = rest.call("GET", f"sites/{rest.site}/workbooks/{made.id}{path}")
            self.assert_refused(answer, 404, "404006")
        self.assert_refused(rest.call("GET", f"sites/{rest.site}/views/{made.views[0].id}"), 404, "404011")

