"""Workbooks of the tests' own making, and the corpus where it lies beside the checkout."""

import base64
import io
import pathlib
import zipfile
from xml.sax.saxutils import quoteattr

# Real files, not ours to copy: they are published where they are at hand.
CORPUS = pathlib.Path(__file__).resolve().parents[3] / "shared/corpus"

# A picture of one pixel.
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def twb(*sheets, dashboards=(), hidden=(), pictures=()):
    """A workbook with a connection to a database."""

    def elements(kind, names):
        return "".join(f"<{kind} name={quoteattr(name)}/>" for name in names)

    flag = {name: " hidden='true'" for name in hidden}
    windows = "".join(
        f"<window class='{kind}' name={quoteattr(name)}{flag.get(name, '')}/>"
        for kind, names in (("worksheet", sheets), ("dashboard", dashboards))
        for name in names
    )
    thumbnails = "".join(
        f"<thumbnail height='1' width='1' name={quoteattr(name)}>{base64.b64encode(PNG).decode()}</thumbnail>"
        for name in pictures
    )
    return (
        "<?xml version='1.0' encoding='utf-8' ?><workbook version='18.1'><datasources>"
        "<datasource caption='Sales' name='federated.1'><connection class='federated'><named-connections>"
        "<named-connection caption='db' name='postgres.1'><connection class='postgres' server='db.example' port='5432' "
        "dbname='sales' username='ann'/></named-connection></named-connections></connection></datasource></datasources>"
        f"<worksheets>{elements('worksheet', sheets)}</worksheets>"
        f"<dashboards>{elements('dashboard', dashboards)}</dashboards>"
        f"<windows>{windows}</windows><thumbnails>{thumbnails}</thumbnails></workbook>"
    ).encode()


def twbx(workbook, **files):
    """The same as a package, with further files in it, as they are."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("Book.twb", workbook)
        for name, content in files.items():
            package.writestr(f"Data/{name}", content, zipfile.ZIP_STORED)
    return packed.getvalue()


def corpus():
    """The real workbooks, if they are at hand."""
    return sorted(path for path in CORPUS.glob("*.twb*") if path.is_file()) if CORPUS.is_dir() else []
