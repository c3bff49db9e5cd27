import datetime as dt
import io

import openpyxl
import pytest
import xlsxwriter

from nuanxin.domains.civil.models import Cremation
from nuanxin.kernel.core.crypto import decrypt
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.identifiers import make_citizen_id
from nuanxin.kernel.registry.models import Person, PersonIdentifier
from nuanxin.kernel.registry.register import register_by_code
from nuanxin.kernel.registry.selectors.workbooks import export_register, import_template
from nuanxin.kernel.registry.services.workbooks import import_register

pytestmark = [pytest.mark.db, pytest.mark.django_db]

HEADER = ["逝者身份号码", "死亡日期", "火化日期", "遗体接运费（元）", "骨灰盒费（元）"]
GOOD = ["2024-03-05", "2024-03-07", 400, 260.5]


@pytest.fixture
def spec():
    return register_by_code("cremation")


@pytest.fixture
def clerk(county):
    return county.account()


def number_of(person) -> str:
    row = PersonIdentifier.objects.get(person=person)
    return decrypt(row.cipher, row.key_id)


def workbook(*rows, header=HEADER, formula=None) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet()
        for line, cells in enumerate([header, *rows]):
            sheet.write_row(line, 0, cells)
        if formula:
            sheet.write_formula(*formula)
    return buffer.getvalue()


def bring_in(spec, clerk, *rows, **more):
    return import_register(spec=spec, account=clerk, file=workbook(*rows, **more), name="火化.xlsx")


def test_a_good_workbook_comes_in_whole(county, spec, clerk):
    people = [county.person(f"人{n}") for n in range(3)]
    rows = [[number_of(person), *GOOD] for person in people]
    rows[1][1:3] = [dt.date(2024, 3, 5), "2024年3月7日"]
    report = bring_in(spec, clerk, *rows)
    assert (report.accepted, report.rows, report.created) == (True, 3, 3)
    assert Person.objects.filter(death=dt.date(2024, 3, 5)).count() == 3
    assert Cremation.objects.first().urn_fen == 26050
    assert not bring_in(spec, clerk, *rows).accepted
    assert Cremation.objects.count() == 3


def test_every_fault_is_told_by_row_and_column_and_nothing_comes_in(county, spec, clerk):
    good, twice, dead = county.person("甲"), county.person("乙"), county.person("丙")
    rows = [
        [number_of(good), *GOOD],
        ["340223195003071021", *GOOD],
        [make_citizen_id("340223", dt.date(1960, 1, 1), 999), *GOOD],
        [number_of(twice), *GOOD],
        [number_of(twice), *GOOD],
        [number_of(dead), "2024-02-30", "2024-03-07", 400, 0],
        [number_of(dead), "2024-03-05", "2025-01-01", "四百", -5],
        ["", "", "2024-03-07", "", ""],
        [number_of(dead), "2024-03-10", "2024-03-07", 1, 1],
    ]
    report = bring_in(spec, clerk, *rows)
    told = [(fault.row, fault.column) for fault in report.faults]
    assert report.rows == 9
    assert told == [
        (3, "逝者"),
        (4, "逝者"),
        (6, "逝者"),
        (7, "死亡日期"),
        (8, "火化日期"),
        (8, "遗体接运费"),
        (8, "骨灰盒费"),
        (9, "逝者"),
        (9, "死亡日期"),
        (10, "火化日期"),
    ]
    words = [fault.message for fault in report.faults]
    assert "校验位" in words[0]
    assert "不在居民档案里" in words[1]
    assert "第 5 行" in words[2]
    assert "不是日期" in words[3]
    assert all(fault.todo for fault in report.faults)
    assert not Cremation.objects.exists()
    assert not Person.objects.filter(death__isnull=False).exists()


@pytest.mark.parametrize(
    ("header", "told"),
    [
        (["逝者身份号码", "死亡日期"], [("火化日期", "缺少")]),
        ([*HEADER, "颜色"], [("颜色", "不认识")]),
        ([*HEADER[:4], "死亡日期"], [("死亡日期", "有两列")]),
        (HEADER, [("", "没有数据")]),
        ([], [("逝者身份号码", "缺少"), ("死亡日期", "缺少"), ("火化日期", "缺少")]),
    ],
)
def test_wrong_columns_are_told_before_any_row(spec, clerk, header, told):
    report = bring_in(spec, clerk, header=header)
    assert [(fault.row, fault.column) for fault in report.faults] == [(1, column) for column, _ in told]
    assert all(word in fault.message for fault, (_, word) in zip(report.faults, told, strict=True))


def test_formulas_and_numbers_that_lost_digits_are_refused_cells(county, spec, clerk):
    man, woman = county.person("甲"), county.person("乙")
    rows = [[number_of(man), *GOOD], [int(number_of(woman).replace("X", "0")), *GOOD]]
    report = bring_in(spec, clerk, *rows, formula=(1, 3, "=200+200", None, 400))
    assert [(fault.row, fault.column) for fault in report.faults] == [(2, "遗体接运费"), (3, "逝者")]
    assert "公式" in report.faults[0].message
    assert "末几位已失真" in report.faults[1].message


def test_empty_rows_are_passed_over_and_rows_keep_their_numbers(county, spec, clerk):
    man = county.person()
    report = bring_in(spec, clerk, [], [number_of(man), *GOOD], [], ["bad", *GOOD])
    assert [fault.row for fault in report.faults] == [5]


@pytest.mark.parametrize("file", [b"", b"not a zip", b"PK\x03\x04broken"])
def test_what_is_no_workbook_is_refused(spec, clerk, file):
    with pytest.raises(Refused, match="xlsx"):
        import_register(spec=spec, account=clerk, file=file)


def test_a_csv_of_the_same_columns_comes_in_too(county, spec, clerk):
    text = "\n".join([",".join(HEADER), f"{number_of(county.person())},2024-03-05,2024-03-07,400,260.5"])
    report = import_register(spec=spec, account=clerk, file=text.encode("gb18030"), name="火化.CSV")
    assert (report.faults, report.created) == ([], 1)


def test_what_the_file_holds_besides_is_told(county, spec, clerk):
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet, other = book.add_worksheet("火化"), book.add_worksheet("上年")
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, [number_of(county.person()), *GOOD, "备注在表头之外"])
        other.hide()
    report = import_register(spec=spec, account=clerk, file=buffer.getvalue())
    assert (report.created, len(report.unread)) == (1, 2)
    assert "上年" in report.unread[0]
    assert "F 列没有表头" in report.unread[1]


def test_people_outside_the_area_are_faults(county, spec):
    man = county.person()
    stranger = county.account("township_clerk", "34.3402.340223.340223101")
    report = bring_in(spec, stranger, [number_of(man), *GOOD])
    assert "不在您的数据范围" in report.faults[0].message


def test_who_may_not_write_may_not_import(county, spec):
    with pytest.raises(Refused, match="权限"):
        bring_in(spec, county.account("leader"), [])


def test_the_template_fits_the_import_and_the_export_shows_masked_numbers(county, spec, clerk):
    template = openpyxl.load_workbook(io.BytesIO(import_template(spec))).active
    assert [cell.value for cell in template[1]][:4] == [HEADER[0], "逝者姓名", *HEADER[1:3]]
    man = county.person("=HYPERLINK(1)")
    number = number_of(man)
    assert bring_in(spec, clerk, [number, *GOOD]).accepted
    content = export_register(spec, clerk, {})
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    head, row = ([cell.value for cell in line] for line in sheet.iter_rows())
    cells = dict(zip(head, row, strict=True))
    assert cells["逝者"] == "=HYPERLINK(1)"
    assert sheet["A2"].data_type == "s"
    assert cells["逝者证件号"].endswith(number[-4:])
    assert number not in str(row)
    assert (cells["骨灰盒费（元）"], cells["状态"]) == (260.5, "已登记")


def test_a_role_that_sees_masked_people_gets_masked_names(county, spec, clerk):
    man = county.person("王小明")
    assert bring_in(spec, clerk, [number_of(man), *GOOD]).accepted
    sheets = [export_register(spec, account, {}) for account in (clerk, county.account("leader"))]
    shown = [openpyxl.load_workbook(io.BytesIO(content)).active["A2"].value for content in sheets]
    assert shown == ["王小明", "王*明"]
