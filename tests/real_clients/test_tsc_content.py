"""The published Python client (tableauserverclient), unchanged, with data sources, flows and virtual connections."""

import io
import json
import pathlib
import tempfile
import zipfile

import tableauserverclient as TSC
from tableauserverclient.server.endpoint.exceptions import ServerResponseError

from server import Case

CORPUS = pathlib.Path(__file__).parents[3] / "shared" / "corpus"

TDS = b"""<?xml version='1.0' encoding='utf-8' ?>
<datasource formatted-name='federated.1' version='18.1'><connection class='federated'><named-connections>
<named-connection caption='db' name='postgres.1'><connection class='postgres' server='db.example' port='5432'
dbname='sales' username='ann'/></named-connection></named-connections></connection></datasource>
"""


def flow_file():
    nodes = {"n1": {"name": "Output", "baseType": "output"}, "n2": {"name": "Input", "baseType": "input"}}
    attributes = {"class": "postgres", "server": "db.example", "port": "5432"}
    connections = {"c1": {"name": "db", "connectionAttributes": attributes}}
    bytes_ = io.BytesIO()
    with zipfile.ZipFile(bytes_, "w") as archive:
        archive.writestr("flow", json.dumps({"nodes": nodes, "connections": connections}))
    return bytes_.getvalue()


class Content(Case):
    def setUp(self):
        super().setUp()
        self.site = self.new_site()
        self.there = self.tsc_admin(self.site["contentUrl"])
        self.project = next(project for project in TSC.Pager(self.there.projects) if project.name == "Default")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def file(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return path

    def assert_bytes(self, path, content):
        self.assertEqual(pathlib.Path(path).read_bytes(), content)

    def downloaded(self, download, *arguments):
        return download(*arguments, filepath=str(self.folder / self.fresh_name("download")))

    def publish(self, name, path, mode="CreateNew", **options):
        item = TSC.DatasourceItem(self.project.id, name=name)
        return self.there.datasources.publish(item, str(path), mode, **options)


class DataSources(Content):
    def test_a_data_source_is_published_found_and_handed_back(self):
        made = self.publish("Sales data", self.file("x.tds", TDS))
        found = self.there.datasources.get_by_id(made.id)
        self.assertEqual((found.name, found.content_url, found.datasource_type), ("Sales data", "Salesdata", "postgres"))
        self.assertEqual((found.project_id, found.owner_id), (self.project.id, self.there.user_id))
        self.publish("Other", self.file("x.hyper", b"Hyper\x01\x00\x00"))
        names = [source.name for source in self.there.datasources.filter(connection_type="postgres")]
        self.assertEqual(names, ["Sales data"])
        names = [source.name for source in self.there.datasources.all().order_by("name")]
        self.assertEqual(names, ["Other", "Sales data"])
        self.assert_bytes(self.downloaded(self.there.datasources.download, made.id), TDS)
        self.there.datasources.delete(made.id)
        with self.assertRaises(ServerResponseError) as gone:
            self.there.datasources.get_by_id(made.id)
        self.assertEqual(gone.exception.code, "404004")

    def test_a_data_source_is_overwritten_and_keeps_its_revisions(self):
        made = self.publish("Data", self.file("x.tds", TDS))
        with self.assertRaises(ServerResponseError) as taken:
            self.publish("Data", self.file("x.tds", TDS))
        self.assertEqual(taken.exception.code, "403007")
        newer = TDS.replace(b"ann", b"bob")
        again = self.publish("Data", self.file("x.tds", newer), "Overwrite")
        self.assertEqual(again.id, made.id)
        self.there.datasources.populate_revisions(again)
        self.assertEqual([revision.revision_number for revision in again.revisions], ["1", "2"])
        download = self.there.datasources.download_revision
        self.assert_bytes(self.downloaded(download, made.id, "1"), TDS)
        self.there.datasources.delete_revision(made.id, "1")
        with self.assertRaises(ServerResponseError) as gone:
            self.downloaded(download, made.id, "1")
        self.assertEqual(gone.exception.code, "404024")

    def test_a_data_source_is_certified_renamed_tagged_and_moved(self):
        made = self.publish("Data", self.file("x.tds", TDS))
        project = self.there.projects.create(TSC.ProjectItem("Other"))
        made.name, made.certified, made.certification_note = "New", True, "checked"
        made.project_id, made.description, made.tags = project.id, "what", {"red hot", "b"}
        self.there.datasources.update(made)
        found = self.there.datasources.get_by_id(made.id)
        self.assertEqual((found.name, found.project_name, found.description), ("New", "Other", "what"))
        self.assertEqual((found.certified, found.certification_note), (True, "checked"))
        self.assertEqual(found.tags, {"red hot", "b"})
        self.there.datasources.delete_tags(found, "b")
        self.assertEqual(self.there.datasources.get_by_id(made.id).tags, {"red hot"})

    def test_its_connection_is_changed(self):
        made = self.publish("Data", self.file("x.tds", TDS))
        self.there.datasources.populate_connections(made)
        [connection] = made.connections
        self.assertEqual((connection.connection_type, connection.server_address), ("postgres", "db.example"))
        connection.server_address, connection.username = "new.example", "bob"
        changed = self.there.datasources.update_connection(made, connection)
        self.assertEqual((changed.server_address, changed.username), ("new.example", "bob"))

    def test_a_real_package_comes_back_byte_by_byte(self):
        path = CORPUS / "World Indicators.tdsx"
        if not path.exists():
            self.skipTest("the corpus is not at hand")
        made = self.publish("World", path)
        self.assertTrue(self.there.datasources.get_by_id(made.id).has_extracts)
        self.assert_bytes(self.downloaded(self.there.datasources.download, made.id), path.read_bytes())


class Flows(Content):
    def test_a_flow_is_published_found_changed_and_handed_back(self):
        content = flow_file()
        item = TSC.FlowItem(self.project.id, "Clean")
        made = self.there.flows.publish(item, str(self.file("x.tfl", content)), "CreateNew")
        found = self.there.flows.get_by_id(made.id)
        self.assertEqual((found.name, found.project_id), ("Clean", self.project.id))
        self.assertEqual([flow.name for flow in self.there.flows.filter(name="Clean")], ["Clean"])
        self.assert_bytes(self.downloaded(self.there.flows.download, made.id), content)
        self.there.flows.populate_connections(found)
        self.assertEqual([connection.server_address for connection in found.connections], ["db.example"])
        found.tags.add("nightly")
        found.project_id = self.there.projects.create(TSC.ProjectItem("Other")).id
        self.there.flows.update(found)
        again = self.there.flows.get_by_id(made.id)
        self.assertEqual((again.project_name, again.tags), ("Other", {"nightly"}))
        with self.assertRaises(ServerResponseError) as wrong:
            self.there.flows.publish(TSC.FlowItem(self.project.id, "x"), str(self.file("y.tfl", TDS)), "CreateNew")
        self.assertEqual(wrong.exception.code, "400087")
        self.there.flows.delete(made.id)
        self.assertEqual(list(TSC.Pager(self.there.flows)), [])


class VirtualConnections(Content):
    def test_a_virtual_connection_is_published_and_read(self):
        text = json.dumps({"policyCollection": {"policies": []}, "connections": [{"dbClass": "postgres"}]})
        item = TSC.VirtualConnectionItem("Tables")
        item.project_id, item.owner_id = self.project.id, self.there.user_id
        made = self.there.virtual_connections.publish(item, text, mode="CreateNew")
        self.assertEqual(json.loads(self.there.virtual_connections.download(made.id)), json.loads(text))
        found = self.there.virtual_connections.get_by_id(made.id)
        self.there.virtual_connections.populate_connections(found)
        self.assertEqual(len(list(found.connections)), 1)
        revisions, _ = self.there.virtual_connections.get_revisions(made)
        self.assertEqual(len(revisions), 1)
        self.there.virtual_connections.delete(made.id)


class Tags(Content):
    def test_many_things_are_tagged_at_once(self):
        source = self.publish("Data", self.file("x.tds", TDS))
        flow = TSC.FlowItem(self.project.id, "Clean")
        flow = self.there.flows.publish(flow, str(self.file("x.tfl", flow_file())), "CreateNew")
        self.there.tags.batch_add({"a", "b"}, [source, flow])
        self.assertEqual(self.there.datasources.get_by_id(source.id).tags, {"a", "b"})
        self.there.tags.batch_delete({"a"}, [source, flow])
        self.assertEqual(self.there.flows.get_by_id(flow.id).tags, {"b"})
