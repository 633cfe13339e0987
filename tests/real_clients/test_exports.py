"""The published Python client and tabcmd export views as pictures, papers and tables."""

import csv
import io
import struct
import zipfile

import books
import requests
import tableauserverclient as TSC
from server import HTTPS
from test_tabcmd import TabcmdCase
from test_tsc_content import Content as ContentCase

SALES = b"""Region,Category,Day,Amount
East,Paper,2026-01-05,10.5
East,Ink,2026-02-06,20
West,Paper,2026-01-07,5
"North, far",Ink,2026-02-08,7
"""

TWB = b"""<?xml version='1.0' encoding='utf-8' ?>
<workbook version='18.1'>
<datasources><datasource caption='Sales' name='federated.1'><connection class='federated'>
<named-connections><named-connection caption='sales' name='textscan.1'>
<connection class='textscan' directory='Data' filename='sales.csv'/></named-connection></named-connections>
<relation connection='textscan.1' name='sales.csv' table='[sales#csv]' type='table'>
<columns character-set='UTF-8' header='yes' locale='en_US' separator=','>
<column datatype='string' name='Region' ordinal='0'/><column datatype='string' name='Category' ordinal='1'/>
<column datatype='date' name='Day' ordinal='2'/><column datatype='real' name='Amount' ordinal='3'/>
</columns></relation></connection>
<column datatype='string' name='[Region]' role='dimension' type='nominal'/>
<column datatype='string' name='[Category]' role='dimension' type='nominal'/>
<column datatype='date' name='[Day]' role='dimension' type='ordinal'/>
<column datatype='real' name='[Amount]' role='measure' type='quantitative'/>
</datasource></datasources>
<worksheets>SHEETS</worksheets>
<dashboards><dashboard name='Board'><size maxheight='400' maxwidth='600' minheight='400' minwidth='600'/>
<zones><zone h='100000' id='1' type-v2='layout-basic' w='100000' x='0' y='0'>
<zone h='100000' id='2' name='By region' w='100000' x='0' y='0'/></zone></zones></dashboard></dashboards>
<windows><window class='worksheet' name='By region'/><window class='worksheet' name='Table'/>
<window class='dashboard' name='Board'/></windows>
</workbook>"""

SHEET = """<worksheet name='{name}'><table><view>
<datasources><datasource caption='Sales' name='federated.1'/></datasources>
<datasource-dependencies datasource='federated.1'>
<column datatype='string' name='[Region]' role='dimension' type='nominal'/>
<column datatype='string' name='[Category]' role='dimension' type='nominal'/>
<column datatype='real' name='[Amount]' role='measure' type='quantitative'/>
<column-instance column='[Region]' derivation='None' name='[none:Region:nk]' pivot='key' type='nominal'/>
<column-instance column='[Category]' derivation='None' name='[none:Category:nk]' pivot='key' type='nominal'/>
<column-instance column='[Amount]' derivation='Sum' name='[sum:Amount:qk]' pivot='key' type='quantitative'/>
</datasource-dependencies><aggregation value='true'/></view><style/>
<panes><pane><view><breakdown value='auto'/></view><mark class='Automatic'/><encodings>{encodings}</encodings></pane></panes>
<rows>{rows}</rows><cols>{columns}</cols></table></worksheet>"""

REGION, CATEGORY, AMOUNT = (f"[federated.1].[{name}]" for name in ("none:Region:nk", "none:Category:nk", "sum:Amount:qk"))
SHEETS = SHEET.format(name="By region", rows=REGION, columns=AMOUNT, encodings="") + SHEET.format(
    name="Table", rows=REGION, columns=CATEGORY, encodings=f"<text column='{AMOUNT}'/>"
)
BOOK = books.twbx(TWB.replace(b"SHEETS", SHEETS.encode()), **{"sales.csv": SALES})


def size_of(png):
    """Width and height of a PNG."""
    return struct.unpack(">II", png[16:24])


class Exports(ContentCase):
    def setUp(self):
        super().setUp()
        path = self.file(f"{self.fresh_name('exported')}.twbx", BOOK)
        item = TSC.WorkbookItem(self.project.id, show_tabs=True)
        self.book = self.there.workbooks.publish(item, path, TSC.Server.PublishMode.CreateNew)
        self.there.workbooks.populate_views(self.book)
        self.views = {view.name: view for view in self.book.views}

    def test_the_python_client_gets_pictures(self):
        view = self.views["By region"]
        self.there.views.populate_image(view)
        usual = size_of(view.image)
        self.there.views.populate_image(view, TSC.ImageRequestOptions(imageresolution=TSC.ImageRequestOptions.Resolution.High))
        self.assertEqual(size_of(view.image), (usual[0] * 2, usual[1] * 2))
        self.there.views.populate_image(view, TSC.ImageRequestOptions(viz_width=500, viz_height=300))
        self.assertEqual(size_of(view.image), (500, 300))
        self.there.views.populate_image(self.views["Board"])
        self.assertEqual(size_of(self.views["Board"].image), (600, 400))

    def test_the_python_client_gets_what_a_view_shows(self):
        def rows(options=None):
            self.there.views.populate_csv(self.views["By region"], options)
            return list(csv.reader(io.StringIO(b"".join(self.views["By region"].csv).decode())))

        self.assertEqual(
            rows(), [["Region", "Amount"], ["East", "30.5"], ["North, far", "7"], ["West", "5"]]
        )
        options = TSC.CSVRequestOptions()
        options.vf("Region", "East")
        self.assertEqual(rows(options), [["Region", "Amount"], ["East", "30.5"]])
        options = TSC.CSVRequestOptions()
        options.vf("Region", "North\\, far")
        self.assertEqual(rows(options), [["Region", "Amount"], ["North, far", "7"]])
        options = TSC.CSVRequestOptions()
        options.vf("Region", "Nowhere")
        self.assertEqual(rows(options), [["Region", "Amount"]])

    def test_the_python_client_gets_papers(self):
        view = self.views["Table"]
        self.there.views.populate_pdf(view, TSC.PDFRequestOptions(TSC.PDFRequestOptions.PageType.A4))
        self.assertTrue(view.pdf.startswith(b"%PDF-"))
        self.there.workbooks.populate_pdf(self.book, TSC.PDFRequestOptions())
        self.assertTrue(self.book.pdf.startswith(b"%PDF-"))
        self.assertEqual(self.book.pdf.count(b"/Type /Page\n") + self.book.pdf.count(b"/Type /Page "), 3)

    def test_the_python_client_gets_office_documents(self):
        view = self.views["Table"]
        self.there.views.populate_excel(view)
        with zipfile.ZipFile(io.BytesIO(b"".join(view.excel))) as package:
            sheet = package.read("xl/worksheets/sheet1.xml").decode()
            texts = package.read("xl/sharedStrings.xml").decode() if "xl/sharedStrings.xml" in package.namelist() else ""
        for shown in ("North, far", "Paper", "Ink", "10.5"):
            self.assertIn(shown, sheet + texts)
        self.there.workbooks.populate_powerpoint(self.book)
        with zipfile.ZipFile(io.BytesIO(self.book.powerpoint)) as package:
            slides = [name for name in package.namelist() if name.startswith("ppt/slides/slide")]
        self.assertEqual(len(slides), 3)

    def test_what_may_not_be_exported_is_refused(self):
        view = self.views["By region"]
        for path, problem in (
            ("image?resolution=huge", "400008"),
            ("image?vizWidth=500", "400008"),
            ("pdf?type=Napkin", "400008"),
            ("data?maxAge=soon", "400008"),
        ):
            answer = self.as_tsc(f"views/{view.id}/{path}")
            self.assertEqual((answer.status_code, answer.json()["error"]["code"]), (400, problem), path)

    def as_tsc(self, path):
        url = f"{HTTPS}/api/3.20/sites/{self.there.site_id}/{path}"
        headers = {"X-Tableau-Auth": self.there.auth_token, "Accept": "application/json"}
        return requests.get(url, headers=headers, verify=False)


class TabcmdExports(TabcmdCase):
    def test_tabcmd_exports_views_and_workbooks(self):
        site = self.new_site()
        admin = self.as_admin(site["contentUrl"])
        (self.home / "Exported.twbx").write_bytes(BOOK)
        self.run_tabcmd("publish", "Exported.twbx", "--name", "Exported", *admin)
        wanted = (
            (("export", "Exported/Byregion", "--png", "-f", "a.png"), b"\x89PNG"),
            (("export", "Exported/Byregion", "--csv", "-f", "a.csv"), b"Region,Amount\nEast,30.5"),
            (("export", "Exported/Table", "--pdf", "-f", "a.pdf"), b"%PDF-"),
            (("export", "Exported/Table", "--fullpdf", "-f", "all.pdf"), b"%PDF-"),
            (("get", "/views/Exported/Byregion.png", "-f", "b.png"), b"\x89PNG"),
            (("get", "/views/Exported/Byregion.csv", "-f", "b.csv"), b"Region,Amount\nEast,30.5"),
            (("get", "/views/Exported/Table.pdf", "-f", "b.pdf"), b"%PDF-"),
        )
        for arguments, beginning in wanted:
            self.run_tabcmd(*arguments, *admin)
            content = (self.home / arguments[-1]).read_bytes().replace(b"\r\n", b"\n")
            self.assertTrue(content.startswith(beginning), (arguments, content[:60]))
        self.run_tabcmd("export", "Exported/Byregion?Region=West", "--csv", "-f", "west.csv", *admin)
        self.assertIn(b"West,5", (self.home / "west.csv").read_bytes())
        self.assertNotIn(b"East", (self.home / "west.csv").read_bytes())
