"""Workbooks made part by part, for spellings that no well-behaved writer makes."""

import io
import zipfile

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def relation(key: str, kind: str, target: str, more: str = "") -> str:
    """Return one relationship."""
    return f'<Relationship Id="{key}" Type="{LINKS}/{kind}" Target="{target}" {more}/>'


def relations(*rows: str) -> str:
    """Return a list of relationships."""
    return f'<Relationships xmlns="{PACKAGE}">{"".join(rows)}</Relationships>'


def sheet_xml(rows: str, prefix: str = "", after: str = "", before: str = "") -> str:
    """Return a worksheet whose rows are written out; `prefix` is that of their namespace, with its colon."""
    space = f"xmlns:{prefix[:-1]}" if prefix else "xmlns"
    p = prefix
    body = f"{before}<{p}sheetData>{rows}</{p}sheetData>{after}"
    return f'<{p}worksheet {space}="{MAIN}">{body}</{p}worksheet>'


def inline(address: str, text: str, prefix: str = "") -> str:
    """Return a cell whose text stands in it."""
    p = prefix
    return f'<{p}c r="{address}" t="inlineStr"><{p}is><{p}t>{text}</{p}t></{p}is></{p}c>'


def package(
    sheets: dict[str, str | bytes],
    *,
    shared: str = "",
    styles: str = "",
    properties: str = "",
    states: dict[str, str] | None = None,
    more: dict[str, str | bytes] | None = None,
    links: bytes | None = None,
) -> bytes:
    """Return a workbook of these sheets (name → XML); `more` adds or replaces parts."""
    entries, rows = "", []
    parts: dict[str, str | bytes] = {}
    for at, (name, xml) in enumerate(sheets.items(), 1):
        state = (states or {}).get(name, "visible")
        entries += f'<sheet name="{name}" sheetId="{at}" state="{state}" r:id="rId{at}"/>'
        rows.append(relation(f"rId{at}", "worksheet", f"worksheets/sheet{at}.xml"))
        parts[f"xl/worksheets/sheet{at}.xml"] = xml
    for kind, xml in (("sharedStrings", shared), ("styles", styles)):
        if xml:
            rows.append(relation(f"r-{kind}", kind, f"{kind}.xml"))
            parts[f"xl/{kind}.xml"] = xml
    book = f'<workbook xmlns="{MAIN}" xmlns:r="{LINKS}">{properties}<sheets>{entries}</sheets></workbook>'
    parts["_rels/.rels"] = relations(relation("rId1", "officeDocument", "xl/workbook.xml"))
    parts["xl/workbook.xml"] = book
    parts["xl/_rels/workbook.xml.rels"] = links or relations(*rows)
    return zipped(parts | (more or {}))


def zipped(parts: dict[str, str | bytes]) -> bytes:
    """Return a zip of parts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def one_sheet(rows: str, **more: str) -> bytes:
    """Return a workbook of one sheet."""
    prefix = more.pop("prefix", "")
    return package({"表": sheet_xml(rows, prefix)}, **more)  # type: ignore[arg-type]
