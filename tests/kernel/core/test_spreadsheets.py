"""A table from outside: what is in it is read by its meaning, whoever wrote it."""

import datetime as dt
import io
from dataclasses import replace

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.spreadsheets import CellKind, Limits, read_spreadsheet
from nuanxin.kernel.core.spreadsheets.styles import meaning_of, number_text
from tests.factories.xlsx_parts import MAIN, inline, one_sheet, package, relation, relations, sheet_xml

HEAD = f'<row r="1">{inline("A1", "姓名")}{inline("B1", "账号")}</row>'
X_HEAD = f'<x:row r="1">{inline("A1", "姓名", "x:")}{inline("B1", "账号", "x:")}</x:row>'


def row(cell: str, prefix: str = "") -> str:
    return f'<{prefix}row r="2">{cell}</{prefix}row>'


LONG = [
    HEAD + row('<c r="B2"><v>6.2284804025648896E+18</v></c>'),
    HEAD + row('<c r="B2"><v>6.22848040256489E18</v></c>'),
    HEAD + row('<c r="B2"><v>6.2284804025648896e+18</v></c>'),
    HEAD + row('<c r="B2"><v>6.22848040256489e18</v></c>'),
    HEAD + row('<c r="B2" t="n"><v>6228480402564890018</v></c>'),
    HEAD + row('<c t="n" r="B2"><v>6228480402564890018</v></c>'),
    HEAD + row('<c s="0" t="n" r="B2" ><v xml:space="preserve"> 6228480402564890018 </v></c>'),
    HEAD + row('<c r="A2"/><c><v>6228480402564890018.0</v></c>'),
    "<row><c/><c/></row><row><c/><c><v>-6228480402564890018</v></c></row>",
    HEAD + row('<c r="B2"><v>1E15</v></c>'),
    HEAD + row('<c r="B2"><v>123456789012345.67</v></c>'),
]
FORMULAS = [
    HEAD + row('<c r="B2"><f>1+1</f><v>2</v></c>'),
    HEAD + row('<c s="0" r="B2"><v>2</v><f>1+1</f></c>'),
    HEAD + row('<c/><c><f t="shared" si="0"/><v>2</v></c>'),
    HEAD + row('<c r="B2" t="str"><f>"a"</f><v>a</v></c>'),
    HEAD + row('<c r="B2"><f>1+1</f></c>'),
]


@pytest.mark.parametrize("rows", LONG)
def test_a_long_number_kept_as_a_number_is_told_in_any_spelling(rows):
    sheet = read_spreadsheet(one_sheet(rows)).first
    assert sheet.kind(2, 1) == CellKind.LOST_DIGITS
    with pytest.raises(Refused, match="请把该列设为文本后重新填写"):
        sheet.refuse_bad_cell(2, 1)


@pytest.mark.parametrize("rows", FORMULAS)
def test_a_formula_is_told_however_it_is_written(rows):
    assert read_spreadsheet(one_sheet(rows)).first.kind(2, 1) == CellKind.FORMULA


@pytest.mark.parametrize("cell", ["<x:v>6.22E18</x:v>", "<x:f>1+1</x:f><x:v>2</x:v>"])
def test_a_prefix_hides_nothing(cell):
    rows = X_HEAD + row(f'<x:c t="n" r="B2">{cell}</x:c>', "x:")
    sheet = read_spreadsheet(one_sheet(rows, prefix="x:")).first
    assert sheet.header == ["姓名", "账号"]
    assert sheet.kind(2, 1) in (CellKind.LOST_DIGITS, CellKind.FORMULA)


def test_elements_of_other_namespaces_are_no_cells():
    rows = HEAD + '<row r="2" xmlns:o="urn:other"><o:c r="A2"><o:v>9</o:v></o:c><c r="B2"><o:f/><v>7</v></c></row>'
    assert read_spreadsheet(one_sheet(rows)).first.lines[1] == (2, ["", "7"])


def test_the_strict_form_reads_like_the_usual_one():
    data = one_sheet(HEAD + row('<c r="B2"><v>7</v></c>'))
    strict = sheet_xml(HEAD + row('<c r="B2"><v>7</v></c>')).replace(
        MAIN, "http://purl.oclc.org/ooxml/spreadsheetml/main"
    )
    assert read_spreadsheet(package({"表": strict})).first.lines == read_spreadsheet(data).first.lines


def test_numbers_come_out_as_a_person_wrote_them():
    told = {"1.1000000000000001": "1.1", "0.30000000000000004": "0.3", "1.02100099996E11": "102100099996", "-0": "0"}
    told |= {"500": "500", "12.50": "12.5", "1e-7": "0.0000001", "999999999999999": "999999999999999", "007": "7"}
    assert {raw: number_text(raw, None, False) for raw in told} == {
        raw: (CellKind.NUMBER, text) for raw, text in told.items()
    }


@pytest.mark.parametrize("raw", ["abc", "NaN", "INF", "1_000", "１２", "0x10", "6.2d18", "1e9999999"])
def test_what_is_no_number_is_an_error(raw):
    assert number_text(raw, None, False)[0] == CellKind.ERROR


@given(st.integers(min_value=10**15, max_value=10**19), st.sampled_from(["d", "E", "e+", "point"]))
def test_no_spelling_of_sixteen_digits_passes(number, how):
    digits = str(number)
    spelled = {
        "d": digits,
        "point": f"{digits}.00",
        "E": f"{digits[0]}.{digits[1:]}E{len(digits) - 1}",
        "e+": f"{digits[0]}.{digits[1:]}e+{len(digits) - 1}",
    }
    assert number_text(spelled[how], None, False)[0] == CellKind.LOST_DIGITS


@given(st.integers(min_value=-(10**13), max_value=10**13))
def test_every_amount_comes_out_to_the_fen(fen):
    kind, text = number_text(repr(fen / 100), None, False)
    assert kind == CellKind.NUMBER
    assert round(float(text) * 100) == fen


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ('yyyy"年"m"月"d"日"', "date"), ("[$-804]yyyy/m/d;@", "date"), ("[h]:mm", "date"), ("General", None),
        ('0.00"元/day"', None), ("000000", 6), ("0", None), ("#,##0.00_);[Red](#,##0.00)", None), ("@", None),
    ],
)  # fmt: skip
def test_a_format_is_understood_by_what_it_shows(code, meaning):
    assert meaning_of(code) == meaning


def styled(*numbers: int, own: str = "") -> str:
    uses = "".join(f'<xf numFmtId="{number}"/>' for number in numbers)
    fonts = f"<numFmts>{own}</numFmts>" if own else ""
    return f'<styleSheet xmlns="{MAIN}">{fonts}<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>{uses}</cellXfs></styleSheet>'


def test_dates_are_dates_by_format_in_either_system():
    cells = '<c r="A2" s="1"><v>45356</v></c><c r="B2" s="1"><v>45356.5</v></c><c r="C2" s="2"><v>59</v></c>'
    cells += '<c r="D2" s="1"><v>60</v></c><c r="E2" s="1"><v>0.5</v></c><c r="F2" t="d"><v>2024-03-05T00:00:00</v></c>'
    cells += '<c r="G2" s="3"><v>1234</v></c><c r="H2" s="1"><v>-1</v></c>'
    own = '<numFmt numFmtId="170" formatCode="000000"/>'
    styles = styled(0, 14, 31, 170, own=own)
    sheet = read_spreadsheet(one_sheet(HEAD + row(cells), styles=styles)).first
    assert sheet.lines[1][1][:3] == ["2024-03-05", "2024-03-05 12:00:00", "1900-02-28"]
    assert [sheet.kind(2, at) for at in (3, 7)] == [CellKind.ERROR] * 2
    assert sheet.lines[1][1][4:7] == ["12:00:00", "2024-03-05", "001234"]
    later = one_sheet(HEAD + row(cells), styles=styles, properties='<workbookPr date1904="1"/>')
    assert read_spreadsheet(later).first.lines[1][1][0] == "2028-03-06"


def test_texts_are_what_is_shown():
    shared = (
        f'<sst xmlns="{MAIN}"><si><r><t>张</t></r><r><t xml:space="preserve">三 </t></r><rPh><t>zhang</t></rPh></si>'
    )
    shared += "<si><t>_x5F20_四_x0000_</t></si></sst>"
    cells = '<c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>1</v></c><c r="C2" t="b"><v>1</v></c><c r="D2" t="e"><v>#N/A</v></c>'
    sheet = read_spreadsheet(one_sheet(HEAD + row(cells), shared=shared)).first
    assert sheet.lines[1] == (2, ["张三", "张四", "是", "#N/A"])
    assert [sheet.kind(2, at) for at in (2, 3)] == [CellKind.BOOLEAN, CellKind.ERROR]


def test_rows_keep_their_numbers_and_columns_their_letters():
    rows = f'<row r="3">{inline("C3", "姓名")}</row><row r="7"><c r="A7"><v>1</v></c><c r="C7"><v>2</v></c></row>'
    sheet = read_spreadsheet(one_sheet(rows)).first
    assert sheet.lines == [(3, ["", "", "姓名"]), (7, ["1", "", "2"])]


def test_what_does_not_become_a_cell_is_told():
    rows = HEAD + '<row r="2" hidden="1"><c r="A2"><v>1</v></c><c r="D2"><v>5</v></c></row>'
    before = '<cols><col min="2" max="3" hidden="1"/></cols>'
    after = '<mergeCells><mergeCell ref="A5:B6"/></mergeCells>'
    notes = relations(relation("r1", "comments", "../comments1.xml"), relation("r2", "drawing", "../drawings/d.xml"))
    data = package(
        {"藏": sheet_xml(""), "表": sheet_xml(rows, after=after, before=before), "另": sheet_xml("")},
        states={"藏": "hidden"},
        more={"xl/worksheets/_rels/sheet2.xml.rels": notes},
    )
    book = read_spreadsheet(data)
    told = {(item.what, item.sheet, item.where) for item in book.unread + book.first.unread_columns()}
    assert told == {
        ("hidden_sheet", "藏", ""), ("other_sheet", "另", ""), ("hidden_rows", "表", "2"),
        ("hidden_columns", "表", "B–C"), ("merged_cells", "表", "A5:B6"), ("comments", "表", ""),
        ("drawings", "表", ""), ("no_heading", "表", "D"),
    }  # fmt: skip
    assert all(item.sentence for item in book.unread)
    assert book.first.name == "表"


def workbook_by(writer: str, values: list[list[object]]) -> bytes:
    buffer = io.BytesIO()
    if writer == "openpyxl":
        book = openpyxl.Workbook()
        for line in values:
            book.active.append(line)
        book.save(buffer)
    else:
        with xlsxwriter.Workbook(buffer, {"default_date_format": "yyyy-mm-dd"}) as other:
            sheet = other.add_worksheet()
            for at, line in enumerate(values):
                sheet.write_row(at, 0, line)
    return buffer.getvalue()


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=20)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(TEXTS, st.dates(dt.date(1900, 3, 1)), st.integers(-(10**14), 10**14)), min_size=1, max_size=5)
)
def test_two_writers_say_the_same(rows):
    values = [[f"甲{text}", day, number] for text, day, number in rows]
    said = [read_spreadsheet(workbook_by(writer, values)).first.lines for writer in ("openpyxl", "xlsxwriter")]
    assert said[0] == said[1]
    assert said[0] == [(at, [text, day.isoformat(), str(number)]) for at, (text, day, number) in enumerate(values, 1)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_text_table_is_read_in_the_encodings_offices_use(encoding):
    data = '姓名,账号,备注\r\n张㛃,"6228,48",=1+1\r\n\r\n李四,6.22848E+18,="0012"\r\n'.encode(encoding)
    sheet = read_spreadsheet(data, text=True).first
    assert sheet.lines[1] == (2, ["张㛃", "6228,48", "=1+1"])
    assert sheet.lines[2] == (4, ["李四", "6.22848E+18", "0012"])
    assert (sheet.kind(2, 2), sheet.kind(4, 1)) == (CellKind.FORMULA, CellKind.LOST_DIGITS)


@pytest.mark.parametrize("data", [b"", b"   ", b"a,b\x00c", b"\xff\xff\xff\x81", b'"open\n'])
def test_what_is_no_text_table_is_refused(data):
    with pytest.raises(Refused):
        read_spreadsheet(data, text=True)


def test_an_old_or_encrypted_file_is_named_so():
    with pytest.raises(Refused, match="xls"):
        read_spreadsheet(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)


def test_sheets_are_read_by_name_and_a_missing_one_is_just_not_there():
    data = package({"甲": sheet_xml(HEAD), "乙": sheet_xml(HEAD)})
    book = read_spreadsheet(data, sheets=("乙", "丙"), limits=replace(Limits(), rows=5))
    assert (book.names, list(book.sheets)) == (["甲", "乙"], ["乙"])
