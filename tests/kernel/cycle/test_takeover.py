"""A bureau's own list: faults by row, two signatures, loaded once, differences listed."""

import datetime as dt

import openpyxl
import pytest

AS_OF, DECEMBER, JANUARY = dt.date(2023, 12, 31), dt.date(2023, 12, 1), dt.date(2024, 1, 1)


def number(seq, birth=dt.date(1950, 3, 7)):
    from nuanxin.kernel.core.identifiers import make_citizen_id

    return make_citizen_id("340223", birth, seq)


def sheets():
    """A household of three on dibao (one not counted), an old man, accounts, one debt."""
    village = "340223100001"
    return {
        "家庭": [["D1", village, "一组1号"]],
        "成员": [
            ["D1", number(901), "王户主", "户主", "是", ""],
            ["D1", number(902), "王配偶", "配偶", "是", ""],
            ["D1", number(903), "王小", "子女", "否", "特困"],
        ],
        "待遇": [
            ["最低生活保障", "D1", "", "", "", "basic", 800.01, "2021-07-01", ""],
            ["dibao", "D1", "", "", "", "extra", "100", "2021-07-01", ""],
            ["高龄津贴", "", number(904, dt.date(1940, 1, 1)), "赵老", village, "", 50, "2020-02-01", "62170000000904"],
        ],
        "账户": [
            [number(901), "102", "62170000000901"],
            [number(904, dt.date(1940, 1, 1)), "102", "62170000000904"],
        ],
        "欠款": [[number(901), "dibao", "欠发", "2023-11", 30.5, "退票"]],
    }


def take(county, tmp_path, content, name="list.xlsx", **more):
    from nuanxin.kernel.cycle.services import takeover_list
    from tests.factories.workbook import write_workbook

    path = write_workbook(tmp_path / name, content, **more)
    return takeover_list(path=path, as_of=AS_OF, county="340223", author=county.author)


def sign(county, taken):
    from nuanxin.kernel.cycle.services import sign_takeover

    sign_takeover(list_id=taken.pk, account=county.maker)
    return sign_takeover(list_id=taken.pk, account=county.checker)


@pytest.mark.db
def test_loaded_when_two_have_signed(county, tmp_path):
    from nuanxin.kernel.core.errors import Refused
    from nuanxin.kernel.cycle.services import run_month, sign_takeover
    from nuanxin.kernel.grants.models import Coverage, Grant, Share
    from nuanxin.kernel.payments.models import Due
    from nuanxin.kernel.registry.models import BankAccount, Household, Person

    taken = take(county, tmp_path, sheets())
    assert (taken.state, taken.households, taken.persons, taken.grants, taken.total_fen) == ("checked", 1, 3, 2, 95001)
    assert not Grant.objects.exists()
    assert not Person.objects.exists()
    sign_takeover(list_id=taken.pk, account=county.maker)
    with pytest.raises(Refused, match="同一人不能签认两次"):
        sign_takeover(list_id=taken.pk, account=county.maker)
    with pytest.raises(Refused, match="尚未生效"):
        run_month(county="340223", month=JANUARY, author=county.author)
    taken = sign_takeover(list_id=taken.pk, account=county.checker)
    assert taken.state == "in_force"
    assert (Person.objects.count(), Household.objects.count(), BankAccount.objects.count()) == (4, 1, 2)
    dibao = Grant.objects.get(benefit="dibao")
    assert (dibao.booked_from, dibao.from_date, dibao.basis) == (DECEMBER, dt.date(2021, 7, 1), "takeover")
    assert (dibao.takeover_list_id, dibao.takeover_row) == (taken.pk, 2)
    shares = Share.objects.filter(coverage__grant=dibao).order_by("component", "coverage__person_id")
    assert list(shares.values_list("component", "amount_fen")) == [
        ("basic", 40001), ("basic", 40000), ("extra", 5000), ("extra", 5000),
    ]  # fmt: skip
    assert Coverage.objects.count() == 3
    assert all(share.payee_id for share in Share.objects.all())
    due = Due.objects.get()
    assert (due.kind, due.amount_fen, due.booked_month, due.cause) == ("arrears", 3050, JANUARY, "takeover")


@pytest.mark.db
def test_the_same_file_is_the_same_list(county, tmp_path):
    from nuanxin.kernel.cycle.models import TakeoverList
    from nuanxin.kernel.cycle.services import takeover_list
    from nuanxin.kernel.grants.models import Grant

    taken = take(county, tmp_path, sheets())
    again = takeover_list(path=tmp_path / "list.xlsx", as_of=AS_OF, county="340223", author=county.author)
    assert again.pk == taken.pk
    sign(county, taken)
    again = takeover_list(path=tmp_path / "list.xlsx", as_of=AS_OF, county="340223", author=county.author)
    assert (again.pk, again.state) == (taken.pk, "in_force")
    assert (TakeoverList.objects.count(), Grant.objects.count()) == (1, 2)
    assert sign(county, taken).state == "in_force"
    assert Grant.objects.count() == 2


def test_people_and_households_already_registered_are_found(county, tmp_path):
    from nuanxin.kernel.grants.models import Grant
    from nuanxin.kernel.registry import services as registry
    from nuanxin.kernel.registry.models import Household, Person

    named = {number(901): "王户主", number(902): "王配偶", number(903): "王小"}
    people = [
        registry.register_person(
            change=county.change,
            division="340223100001",
            name=name,
            sex=1,
            birth=dt.date(1950, 3, 7),
            citizen_id=text,
        )
        for text, name in named.items()
    ]
    home = county.household(*people)
    sign(county, take(county, tmp_path, sheets()))
    assert (Person.objects.count(), Household.objects.count()) == (4, 1)
    assert Grant.objects.get(benefit="dibao").household_id == home.pk


FAULTS = [
    ("待遇", 0, 6, ("=40+10", None, 50), "月金额", "公式"),
    ("待遇", 0, 6, "12.345", "月金额", "写法不对"),
    ("待遇", 0, 6, 0, "月金额", "大于零"),
    ("待遇", 0, 0, "没有的待遇", "待遇", "没有待遇"),
    ("待遇", 0, 1, "D9", "家庭编号", "没有编号"),
    ("待遇", 0, 5, "nothing", "构成", "没有构成"),
    ("待遇", 0, 7, "2021-02-30", "开始日期", "不存在"),
    ("待遇", 0, 7, "2024-01-01", "开始日期", "晚于接管日"),
    ("待遇", 2, 8, "999999", "收款账号", "没有这个账号"),
    ("成员", 1, 1, "340223195003079999", "身份证号", "校验位"),
    ("成员", 1, 1, 340223195003079025, "身份证号", "存成了数字"),
    ("成员", 1, 3, "户主", "家庭编号", "2 个户主"),
    ("成员", 1, 4, "也许", "是否计入", "不能是"),
    ("家庭", 0, 1, "340223999999", "村(社区)代码", "没有代码为"),
    ("欠款", 0, 3, "2023-13", "所属月份", "不存在"),
    ("账户", 0, 2, "12", "账号", "8至30位"),
]


@pytest.mark.parametrize(("sheet", "row", "column", "value", "where", "words"), FAULTS)
def test_a_faulty_cell_is_named_and_nothing_imported(county, tmp_path, sheet, row, column, value, where, words):
    from nuanxin.kernel.core.errors import Refused
    from nuanxin.kernel.cycle.models import TakeoverFault
    from nuanxin.kernel.cycle.services import sign_takeover
    from nuanxin.kernel.registry.models import Person

    content = sheets()
    content[sheet][row][column] = value
    taken = take(county, tmp_path, content)
    faults = TakeoverFault.objects.filter(list=taken, column=where, message__contains=words)
    assert taken.state == "faulty"
    assert faults.exists(), list(TakeoverFault.objects.values_list("sheet", "row", "column", "message"))
    with pytest.raises(Refused, match="有错误"):
        sign_takeover(list_id=taken.pk, account=county.maker)
    assert not Person.objects.exists()


@pytest.mark.parametrize(
    "value", ["6.2284804025648896E+18", "6.22848040256489E18", "6.22848040256489e+18", "6.22848040256489e18"]
)
@pytest.mark.parametrize("cell", ['<c r="{at}"><v>{v}</v></c>', '<c t="n" r="{at}"><v>{v}</v></c>', "formula"])
def test_an_account_that_lost_its_last_digits_is_a_fault_in_any_spelling(county, tmp_path, value, cell):
    import re
    import zipfile

    from nuanxin.kernel.cycle.models import TakeoverFault
    from tests.factories.workbook import write_workbook
    from tests.factories.xlsx_parts import zipped

    made = zipfile.ZipFile(write_workbook(tmp_path / "made.xlsx", sheets()))
    parts = {name: made.read(name).decode() for name in made.namelist()}
    cell = '<c s="0" r="{at}"><v>7</v><f>1+6</f></c>' if cell == "formula" else cell
    sheet = parts["xl/worksheets/sheet4.xml"]
    parts["xl/worksheets/sheet4.xml"] = re.sub(r'<c r="C2"[^>]*>.*?</c>', cell.format(at="C2", v=value), sheet)
    path = tmp_path / "list.xlsx"
    path.write_bytes(zipped(parts))
    from nuanxin.kernel.cycle.services import takeover_list

    taken = takeover_list(path=path, as_of=dt.date(2023, 12, 31), county="340223", author=county.author)
    assert taken.state == "faulty"
    assert TakeoverFault.objects.filter(list=taken, sheet="账户", row=2, column="账号").exists()


def test_what_the_signers_do_not_see_is_a_fault(county, tmp_path):
    from nuanxin.kernel.cycle.loading.reading import read_files
    from tests.factories.workbook import write_workbook

    path = write_workbook(tmp_path / "list.xlsx", sheets())
    book = openpyxl.load_workbook(path)
    book["待遇"].row_dimensions[2].hidden = True
    book["成员"].merge_cells("B2:C2")
    book["账户"]["F2"] = "表外"
    book["欠款"].sheet_state = "hidden"
    book.save(path)
    found = read_files([(path.name, path.read_bytes())]).findings
    faults = [one for one in found if one.level == "fault"]
    assert {(fault.sheet, fault.row) for fault in faults} == {("待遇", 0), ("成员", 0), ("账户", 0), ("欠款", 0)}


def test_doubles_and_missing_columns_are_named(county, tmp_path):
    from nuanxin.kernel.cycle.models import TakeoverFault
    from tests.factories.workbook import HEADERS

    content = sheets()
    content["成员"].append(content["成员"][0])
    content["待遇"].append(content["待遇"][2])
    taken = take(county, tmp_path, content)
    rows = set(TakeoverFault.objects.filter(list=taken).values_list("sheet", "row"))
    assert {("成员", 5), ("待遇", 5)} <= rows
    short = {name: list(labels) for name, labels in HEADERS.items()}
    short["账户"] = ["身份证号", "银行代码", "帐号"]
    taken = take(county, tmp_path, sheets(), name="other.xlsx", headers=short)
    words = set(TakeoverFault.objects.filter(list=taken).values_list("sheet", "column"))
    assert {("账户", "账号"), ("账户", "帐号")} <= words


def test_differences_are_a_work_list_not_proposals(county, tmp_path):
    from nuanxin.kernel.casework.models import Proposal
    from nuanxin.kernel.cycle.models import TakeoverDifference
    from nuanxin.kernel.cycle.services import run_month
    from nuanxin.kernel.grants.models import Share
    from nuanxin.kernel.registry.selectors import people_by_identifiers

    taken = take(county, tmp_path, sheets())
    from nuanxin.kernel.registry import services as registry

    old = registry.register_person(
        change=county.change,
        division="340223100001",
        name="赵老",
        sex=1,
        birth=dt.date(1940, 1, 1),
        citizen_id=number(904, dt.date(1940, 1, 1)),
    )
    county.receipts.say("gaoling_jintie", old.pk, 6000)
    taken = sign(county, taken)
    rows = {d.grant.benefit: d for d in TakeoverDifference.objects.filter(list=taken)}
    assert (rows["gaoling_jintie"].stated_fen, rows["gaoling_jintie"].assessed_fen) == (5000, 6000)
    assert (rows["dibao"].assessed_fen, rows["dibao"].reason) == (None, "not_applicable")
    run_month(county="340223", month=JANUARY, author=county.author)
    assert not Proposal.objects.exists()
    assert Share.objects.get(component="amount").amount_fen == 5000
    assert people_by_identifiers([number(901)])


def test_a_raised_standard_moves_a_differing_grant_too(county, tmp_path):
    from nuanxin.kernel.cycle.services import run_month
    from nuanxin.kernel.grants.models import Share
    from nuanxin.kernel.registry.selectors import people_by_identifiers

    number_of_old = number(904, dt.date(1940, 1, 1))
    taken = sign(county, take(county, tmp_path, sheets()))
    assert taken.state == "in_force"
    old = people_by_identifiers([number_of_old])[number_of_old]
    county.receipts.say("gaoling_jintie", old, 8000)
    run_month(county="340223", month=JANUARY, author=county.author)
    shares = Share.objects.filter(component="amount").order_by("id")
    assert [(share.amount_fen, share.from_date, share.to_date) for share in shares] == [
        (5000, dt.date(2020, 2, 1), JANUARY), (8000, JANUARY, None),
    ]  # fmt: skip
