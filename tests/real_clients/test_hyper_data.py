"""The published Python client appends and changes rows of extracts; Tableau's own interface to Hyper makes them and looks."""

import datetime
import io
import uuid
import zipfile

import requests
import tableauserverclient as TSC
from tableauhyperapi import Connection, CreateMode, HyperProcess, Inserter, SqlType, TableDefinition, TableName, Telemetry
from tableauserverclient.server.endpoint.exceptions import ServerResponseError
from tableauserverclient.server.endpoint.jobs_endpoint import JobFailedException

from test_tsc_content import Content as ContentCase

TABLE = TableName("Extract", "Extract")
TDS = b"""<?xml version='1.0' encoding='utf-8' ?>
<datasource formatted-name='federated.1' version='18.1'><connection class='federated'><named-connections>
<named-connection caption='s' name='hyper.1'><connection class='hyper' dbname='Data/sales.hyper' schema='Extract'/>
</named-connection></named-connections></connection></datasource>
"""


def day(number):
    return datetime.date(2026, 1, number)


class HyperData(ContentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.engine = HyperProcess(Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, parameters={"log_config": ""})
        cls.addClassCleanup(cls.engine.close)

    def extract(self, *rows):
        """A file with these rows of a region, a day and an amount."""
        path = self.folder / f"{self.fresh_name('extract')}.hyper"
        columns = [("Region", SqlType.text()), ("Day", SqlType.date()), ("Amount", SqlType.numeric(18, 2))]
        table = TableDefinition(TABLE, [TableDefinition.Column(name, kind) for name, kind in columns])
        with Connection(self.engine.endpoint, path, CreateMode.CREATE) as connection:
            connection.catalog.create_schema("Extract")
            connection.catalog.create_table(table)
            with Inserter(connection, table) as inserter:
                inserter.add_rows(rows)
                inserter.execute()
        return path

    def rows(self, made):
        """What the data source holds now."""
        path = self.downloaded(self.there.datasources.download, made.id)
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as package:
                path = self.file("inside.hyper", package.read("Data/sales.hyper"))
        with Connection(self.engine.endpoint, path) as connection:
            found = connection.execute_list_query(f'SELECT "Region", "Day", "Amount" FROM {TABLE} ORDER BY 1, 2')
        return [(region, date.to_date(), int(amount)) for region, date, amount in found]

    def change(self, made, actions, payload=None, request_id=None):
        job = self.there.datasources.update_hyper_data(
            made, request_id=request_id or str(uuid.uuid4()), actions=actions, payload=payload and str(payload)
        )
        return self.there.jobs.wait_for_job(job, timeout=60)

    def action(self, action, **more):
        tables = {f"{whose}-{what}": "Extract" for whose in ("source", "target") for what in ("schema", "table")}
        return {"action": action} | tables | more

    def test_rows_are_appended(self):
        made = self.publish("Sales", self.extract(("East", day(1), 1)))
        again = self.publish("Sales", self.extract(("West", day(2), 2)), "Append")
        self.assertEqual(again.id, made.id)
        job = self.publish("Sales", self.extract(("North", day(3), 3)), "Append", as_job=True)
        self.there.jobs.wait_for_job(job, timeout=60)
        self.assertEqual(self.rows(made), [("East", day(1), 1), ("North", day(3), 3), ("West", day(2), 2)])
        self.there.datasources.populate_revisions(made)
        self.assertEqual(len(made.revisions), 3)
        with self.assertRaises(ServerResponseError) as missing:
            self.publish("Nothing", self.extract(), "Append")
        self.assertEqual(missing.exception.code, "404004")

    def test_rows_of_a_package_are_changed_by_its_connection(self):
        package = io.BytesIO()
        with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("sales.tds", TDS)
            archive.write(self.extract(("East", day(1), 1)), "Data/sales.hyper")
        made = self.publish("Sales", self.file("sales.tdsx", package.getvalue()))
        self.there.datasources.populate_connections(made)
        [connection] = made.connections
        connection._datasource_id = made.id
        self.change(connection, [self.action("insert")], self.extract(("West", day(2), 2)))
        self.publish("Sales", self.extract(("North", day(3), 3)), "Append")
        self.assertEqual(self.rows(made), [("East", day(1), 1), ("North", day(3), 3), ("West", day(2), 2)])

    def test_rows_are_changed_by_each_action(self):
        before = [("East", day(1), 1), ("West", day(2), 2)]
        rows = self.extract(("West", day(5), 20), ("North", day(6), 30))
        east, west, new_west, north = *before, ("West", day(5), 20), ("North", day(6), 30)
        same = {"condition": {"op": "eq", "target-col": "Region", "source-col": "Region"}}
        for action, wanted in [
            (self.action("insert"), [east, north, west, new_west]),
            (self.action("update", **same), [east, new_west]),
            (self.action("upsert", **same), [east, north, new_west]),
            (self.action("delete", **same), [east]),
            (self.action("replace"), [north, new_west]),
        ]:
            with self.subTest(action["action"]):
                made = self.publish(action["action"], self.extract(*before))
                self.change(made, [action], rows)
                self.assertEqual(self.rows(made), wanted)

    def test_rows_are_deleted_as_the_published_sample_does(self):
        made = self.publish("World", self.extract(("Europe", day(1), 1), ("Asia", day(2), 2), ("Europe", day(3), 3)))
        condition = {"op": "eq", "target-col": "Region", "const": {"type": "string", "v": "Europe"}}
        delete = {"action": "delete", "target-table": "Extract", "target-schema": "Extract", "condition": condition}
        self.change(made, [delete])
        self.assertEqual(self.rows(made), [("Asia", day(2), 2)])
        late = {"op": "gte", "target-col": "Day", "const": {"type": "date", "v": "2026-01-02"}}
        self.change(made, [delete | {"condition": late}])
        self.assertEqual(self.rows(made), [])

    def test_the_same_request_is_done_once(self):
        made = self.publish("Sales", self.extract(("East", day(1), 1)))
        rows = self.extract(("West", day(2), 2))
        jobs = [self.change(made, [self.action("insert")], rows, request_id="the same") for _ in range(2)]
        self.assertEqual(jobs[0].id, jobs[1].id)
        self.assertEqual(self.rows(made), [("East", day(1), 1), ("West", day(2), 2)])

    def test_what_fails_changes_nothing_and_says_why(self):
        made = self.publish("Sales", self.extract(("East", day(1), 1)))
        insert = self.action("insert")
        nothing = insert | {"target-table": "Nothing"}
        with self.assertRaises(JobFailedException) as failed:
            self.change(made, [insert, nothing], self.extract(("West", day(2), 2)))
        job = self.there.server_address + f"/api/3.29/sites/{self.there.site_id}/jobs/{failed.exception.job.id}"
        told = requests.get(job, headers={"X-Tableau-Auth": self.there.auth_token}, verify=False, timeout=60)
        self.assertIn("Nothing", told.text)
        garbage = self.file("garbage.hyper", b"no extract at all")
        with self.assertRaises(JobFailedException):
            self.change(made, [insert], garbage)
        self.assertEqual(self.rows(made), [("East", day(1), 1)])
