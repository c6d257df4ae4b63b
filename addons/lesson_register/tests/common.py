"""Helpers for the tests of a school's papers."""

import io
import zipfile
from xml.etree import ElementTree

XL = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def cells(content):
    """Return {address: text or number} of an XLSX; it must contain no formula."""
    archive = zipfile.ZipFile(io.BytesIO(content))
    root = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    shared = ElementTree.fromstring(archive.read("xl/sharedStrings.xml"))
    strings = ["".join(one.itertext()) for one in shared]
    assert root.find(".//%sf" % XL) is None
    values = {}
    for cell in root.iter(XL + "c"):
        value = cell.find(XL + "v")
        if value is not None:
            text = value.text
            values[cell.get("r")] = strings[int(text)] if cell.get("t") == "s" else float(text)
    return values
