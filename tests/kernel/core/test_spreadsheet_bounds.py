"""A hostile table ends its own reading with a sentence, and nothing else."""

from dataclasses import replace
from pathlib import Path

import pytest

from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.spreadsheets import Limits, read_spreadsheet, reading
from tests.factories.xlsx_parts import MAIN, inline, one_sheet, package, relation, relations, sheet_xml, zipped

SMALL = replace(Limits(), rows=50, columns=20, cells=1000, text=20_000, strings=100)


def refusal(data: bytes, limits: Limits = SMALL, **more: bool) -> Refused:
    with pytest.raises(Refused) as refused:
        read_spreadsheet(data, limits=limits, **more)
    assert refused.value.todo
    return refused.value


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>', "XFD1048576"),
        ('<row r="1048576"><c r="A1048576"><v>1</v></c></row>', "1048576"),
        ('<row r="1"><c r="A99999999999999999999"><v>1</v></c></row>', "单元格地址"),
        ('<row r="99999999999999999999"><c><v>1</v></c></row>', "行号"),
        ('<row r="²"><c><v>1</v></c></row>', "行号"),
        ('<row r="1"><c r="AAAA1"><v>1</v></c></row>', "单元格地址"),
        ('<row r="1"><c r="XFE1"><v>1</v></c></row>', "单元格地址"),
        ('<row r="1"><c r="a1"><v>1</v></c></row>', "单元格地址"),
        ('<row r="1"><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c></row>', "单元格地址"),
        ('<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>', "单元格地址"),
        ('<row r="2"><c r="A3"><v>1</v></c></row>', "单元格地址"),
        ('<row r="2"/><row r="1"/>', "行号"),
        ('<row r="1"><c t="s"><v>7</v></c></row>', "引用的文字"),
        ('<row r="1"><c t="s"><v>9999999999999999999999</v></c></row>', "引用的文字"),
        ('<row r="1"><c t="s"><v>-1</v></c></row>', "引用的文字"),
        ('<row r="1"><c t="odd"><v>1</v></c></row>', "类型"),
        ("<row>" + "<c/>" * 1001 + "</row>", "单元格太多"),
        ("".join(f'<row r="{n}"><c><v>1</v></c></row>' for n in range(1, 60)), "50 行"),
        (f'<row><c t="inlineStr"><is><t>{"长" * 32_768}</t></is></c></row>', "32767 个字"),
        ("<row><row/></row>", "行号"),
        ("<row><c><c/></c></row>", "单元格不在行里"),
    ],
)
def test_a_sheet_past_a_bound_or_at_odds_with_itself_is_refused(rows, words):
    assert words in refusal(one_sheet(rows)).message


def test_formatted_but_empty_cells_far_out_hurt_nobody():
    rows = f'<row r="1">{inline("A1", "姓名")}<c r="XFD1" s="3"/></row><row r="1048576"><c r="XFD1048576" s="3"/></row>'
    xml = sheet_xml(rows, before='<dimension ref="A1:XFD1048576"/>')
    assert read_spreadsheet(package({"表": xml}), limits=SMALL).first.lines == [(1, ["姓名"])]


def test_one_long_text_used_many_times_counts_each_time():
    shared = f'<sst xmlns="{MAIN}"><si><t>{"长" * 5000}</t></si></sst>'
    rows = "".join(f'<row r="{n}"><c t="s"><v>0</v></c></row>' for n in range(1, 6))
    assert "文字太多" in refusal(one_sheet(rows, shared=shared)).message
    longest = f'<sst xmlns="{MAIN}"><si><t>{"长" * 2**20}</t></si></sst>'
    assert "个字" in refusal(one_sheet("", shared=longest)).message


def test_many_texts_are_bounded_before_any_is_used():
    shared = f'<sst xmlns="{MAIN}">{"<si><t>a</t></si>" * 101}</sst>'
    assert "文字太多" in refusal(one_sheet("", shared=shared)).message


def test_what_unfolds_too_far_is_refused_by_its_list_of_members():
    bomb = one_sheet("<row/>" + " " * 30 * 2**20)
    assert "展开后太大" in refusal(bomb).message
    parts = {f"xl/{n}.xml": "" for n in range(2001)}
    assert "部件太多" in refusal(zipped(parts)).message
    assert "MB" in refusal(b"PK" + b"0" * 200, replace(SMALL, file=100)).message


ENTITY = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE x SYSTEM "file:///etc/passwd">'


@pytest.mark.parametrize("head", [ENTITY, OUTSIDE])
def test_a_document_type_is_refused_in_every_part(head):
    sheet = head + sheet_xml("<row><c><v>1</v></c></row>")
    assert "文档类型" in refusal(package({"表": sheet})).message
    shared = f'{head}<sst xmlns="{MAIN}"><si><t>a</t></si></sst>'
    assert "文档类型" in refusal(one_sheet("<row><c><v>1</v></c></row>", shared=shared)).message


LINK = '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"'


@pytest.mark.parametrize(
    "target",
    [
        b'Target="worksheets/\xff\xfe.xml"',
        b'Target="worksheets/%FF.xml"',
        b'Target="../../../etc/passwd"',
        b'Target="file:///etc/passwd"',
        b'Target="http://example.test/a.xml" TargetMode="External"',
        b'Target="worksheets/none.xml"',
        b'Target=""',
    ],
)
def test_a_relationship_leads_nowhere_else(target):
    links = relations("@").encode().replace(b"@", LINK.encode() + b" " + target + b"/>")
    refusal(package({"表": sheet_xml("")}, links=links))


def test_members_of_one_name_are_refused():
    again = {"xl/WORKBOOK.xml": "<other/>"}
    assert "重名" in refusal(package({"表": sheet_xml("")}, more=again)).message


def test_another_place_of_the_workbook_is_found_by_its_relationship():
    book = f'<workbook xmlns="{MAIN}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    book += '<sheets><sheet name="表" sheetId="1" r:id="q"/></sheets></workbook>'
    parts = {
        "_rels/.rels": relations(relation("a", "officeDocument", "/data/book.xml")),
        "data/book.xml": book,
        "data/_rels/book.xml.rels": relations(relation("q", "worksheet", "one.xml")),
        "data/one.xml": sheet_xml("<row><c><v>5</v></c></row>"),
    }
    assert read_spreadsheet(zipped(parts)).first.lines == [(1, ["5"])]


@pytest.mark.parametrize("cut", [30, 200, 700])
def test_a_cut_or_scrambled_workbook_is_refused(cut):
    whole = one_sheet("<row><c><v>1</v></c></row>")
    refusal(whole[:cut])
    refusal(whole[:cut] + bytes(50) + whole[cut + 50 :])


@pytest.mark.parametrize("how", ["os.abort()", "os.kill(os.getpid(), 9)", "[0] * 10**10", "sys.exit(0)", "print('x')"])
def test_a_reading_process_that_dies_is_a_refusal(how, monkeypatch):
    monkeypatch.setattr(reading, "START", f"import os, sys; {how}")
    assert "读不出来" in refusal(b"PK").message


def test_a_reading_process_that_never_ends_is_ended(monkeypatch):
    monkeypatch.setattr(reading, "START", "import time; time.sleep(600)")
    assert "读不出来" in refusal(b"PK", replace(SMALL, wall_seconds=1)).message


@pytest.mark.skipif(not Path("/proc/self/limits").exists(), reason="limits are read from /proc")
def test_the_reading_process_limits_itself_and_knows_nothing_of_the_house(monkeypatch):
    start = (
        "import json, os, sys; sys.path.insert(0, sys.argv.pop()); from nuanxin.kernel.core.spreadsheets import child; "
    )
    start += "child._limit_self(child.Limits()); lines = open('/proc/self/limits').read(); print(json.dumps(['names', "
    start += "[lines, ' '.join(os.environ), ' '.join(sys.modules)]])); print('[\"end\"]')"
    monkeypatch.setattr(reading, "START", start)
    lines, environment, modules = read_spreadsheet(b"PK").names
    assert str(Limits().memory) in lines
    assert not {"NUANXIN_HOME", "DATABASE_URL", "PATH"} & set(environment.split())
    assert "django" not in modules
