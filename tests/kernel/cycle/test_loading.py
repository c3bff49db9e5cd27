"""A bureau's own files: every table loaded once, what is wrong named by row, corrected and brought back, two sign."""

import datetime as dt

import pytest

from tests.factories.loads import (
    AS_OF,
    COUNTY,
    OTHER_VILLAGE,
    VILLAGE,
    bureau,
    csv_of,
    fact,
    number,
    parquet_of,
    workbook,
)


def opened(county, *files):
    from nuanxin.kernel.cycle import services

    load = services.open_load(files=list(files), county=COUNTY, author=county.author, as_of=AS_OF, here=True)
    return services.check_load(list_id=load.pk) if load.state == "received" else load


def signed(county, load, *, partial=False):
    from nuanxin.kernel.cycle.services import sign_takeover

    sign_takeover(list_id=load.pk, account=county.maker, partial=partial)
    return sign_takeover(list_id=load.pk, account=county.checker, partial=partial)


def told(load, level="fault"):
    return [
        (one.sheet, one.row, one.column, one.message)
        for one in load.faults.filter(level=level).order_by("sheet", "row")
    ]


def counts():
    from nuanxin.kernel.grants.models import Grant
    from nuanxin.kernel.payments.models import Due
    from nuanxin.kernel.registry import models

    tables = (
        "Person",
        "Household",
        "Membership",
        "Relation",
        "Circumstance",
        "BankAccount",
        "Organisation",
        "Facility",
    )
    found = {name: getattr(models, name).objects.count() for name in tables}
    return found | {"Grant": Grant.objects.count(), "Due": Due.objects.count()}


@pytest.mark.db
def test_every_table_is_loaded_when_two_have_signed(county):
    from nuanxin.kernel.grants.models import Grant
    from nuanxin.kernel.registry import models
    from nuanxin.kernel.registry.selectors import people_by_identifiers

    load = opened(county, ("名册.xlsx", workbook(**bureau())))
    assert told(load) == []
    assert (load.state, load.households, load.persons, load.grants, load.total_fen) == ("checked", 1, 3, 2, 85001)
    assert not models.Person.objects.exists()
    assert signed(county, load).state == "in_force"
    assert counts() == {
        "Person": 4, "Household": 1, "Membership": 2, "Relation": 4, "Circumstance": 4, "BankAccount": 2,
        "Organisation": 1, "Facility": 1, "Grant": 2, "Due": 1,
    }  # fmt: skip
    old = people_by_identifiers([number(901)])[number(901)]
    card = models.Circumstance.objects.get(kind="disability")
    assert (card.person_id, card.level, card.code, card.valid_to) == (old, 2, "4", dt.date(2026, 2, 1))
    assert (card.standing, card.source, card.valid_from) == ("verified", "残疾人证", dt.date(2023, 2, 1))
    assert models.Household.objects.get().number == "D1"
    assert models.Circumstance.objects.get(kind="assistance_file").household_id == models.Household.objects.get().pk
    wage = models.Circumstance.objects.get(kind="wage_year")
    assert (wage.amount_fen, wage.standing) == (600_000, "declared")
    nobody = models.Person.objects.get(name="无名氏甲")
    assert (nobody.sex, nobody.birth) == (2, dt.date(1961, 2, 3))
    assert models.Person.objects.get(pk=old).ethnic == "03"
    assert models.Membership.objects.get(role="spouse").valid_from == dt.date(2020, 1, 1)
    assert models.Relation.objects.filter(kind="spouse").count() == 2
    assert models.BankAccount.objects.get(organisation__isnull=False).organisation.name == "南陵县社会福利院"
    assert Grant.objects.get(benefit="dibao").household_id == models.Household.objects.get().pk


@pytest.mark.db
def test_a_load_given_again_changes_nothing_and_what_changed_is_corrected_or_told(county):
    from nuanxin.kernel.registry.models import Circumstance, Person

    signed(county, opened(county, ("名册.xlsx", workbook(**bureau()))))
    before = counts()
    rows = bureau()
    rows["居民"][0]["村(社区)代码"] = OTHER_VILLAGE
    rows["情况"][2]["内容"] = "7,200"
    again = opened(county, ("名册二.xlsx", workbook(**rows)))
    assert told(again) == []
    assert {"已登记的" not in message and "没有改动" in message for *_, message in told(again, "notice")} == {True}
    assert again.grants == 0
    assert {one.code: one.known for one in again.totals.all()}["people"] == 4
    signed(county, again)
    assert counts() == before | {"Circumstance": before["Circumstance"] + 1}
    assert Person.objects.get(name="王户主").division_id == VILLAGE
    wages = Circumstance.objects.filter(kind="wage_year").order_by("id")
    assert [(wage.amount_fen, wage.superseded_at is None) for wage in wages] == [(600_000, False), (720_000, True)]


def test_a_grant_that_is_in_force_otherwise_is_told_and_left_alone(county):
    from nuanxin.kernel.grants.models import Share

    signed(county, opened(county, ("名册.xlsx", workbook(**bureau()))))
    rows = bureau()
    rows["待遇"][1]["月金额"] = "60"
    again = opened(county, ("名册二.xlsx", workbook(待遇=rows["待遇"], 居民=rows["居民"])))
    assert [(sheet, row) for sheet, row, *_ in told(again)] == [("待遇", 3)]
    assert "已在享高龄津贴" in told(again)[0][3]
    assert Share.objects.get(component="amount").amount_fen == 5000


FAULTS = [
    ("居民", 0, "姓名", "", "姓名", "不能为空"),
    ("居民", 0, "性别", "女", "性别", "与身份证号不一致"),
    ("居民", 0, "性别", "公", "性别", "不能是“公”"),
    ("居民", 1, "出生日期", "1952-05-02", "出生日期", "与身份证号里的"),
    ("居民", 1, "出生日期", "1952-02-30", "出生日期", "不存在"),
    ("居民", 0, "身份证号", number(1, dt.date(1824, 3, 3)), "身份证号", "超过"),
    ("居民", 0, "村(社区)代码", "340223999001", "村(社区)代码", "没有代码为"),
    ("居民", 0, "村(社区)代码", f"{VILLAGE} 不是这个村", "村(社区)代码", "不是“不是这个村”"),
    ("居民", 0, "民族", "火星族", "民族", "没有民族"),
    ("居民", 3, "性别", "", "性别", "须填性别"),
    ("居民", 3, "人员编号", "", "身份证号", "没有号码"),
    ("居民", 0, "残疾人证号", f"{number(902)}42", "残疾人证号", "与本人不一致"),
    ("成员", 0, "姓名", "错名字", "姓名", "“错名字”"),
    ("成员", 1, "家庭编号", "D9", "家庭编号", "没有编号"),
    ("成员", 1, "与户主关系", "户主", "家庭编号", "2 个户主"),
    ("成员", 1, "起始日期", "1940-01-01", "起始日期", "早于本人出生日期"),
    ("关系", 0, "对方姓名", "张三", "对方姓名", "“张三”"),
    ("关系", 2, "对方身份证号", number(77), "对方身份证号", "没有此人"),
    ("关系", 2, "关系", "朋友", "关系", "不能是“朋友”"),
    ("情况", 0, "项目", "残疾级别", "项目", "残疾等级"),
    ("情况", 0, "内容", "二级半", "内容", "不能是“二级半”"),
    ("情况", 2, "内容", "6,00,0", "内容", "不能是"),
    ("情况", 0, "起始日期", "2999-01-01", "起始日期", "不可能"),
    ("情况", 0, "截止日期", "2022-01-01", "截止日期", "不晚于起始日期"),
    ("情况", 0, "核实程度", "听说", "核实程度", "不能是“听说”"),
    ("情况", 3, "家庭编号", "", "身份证号", "须属于一个人或一个家庭"),
    ("账户", 0, "账号", "12", "账号", "8至30位"),
    ("账户", 0, "户名", "李四", "户名", "“李四”"),
    ("单位", 0, "统一社会信用代码", "52340223MJ0000001X", "统一社会信用代码", "校验位"),
    ("待遇", 1, "姓名", "完全另名", "姓名", "“完全另名”"),
    ("待遇", 1, "开始日期", "1930-01-01", "开始日期", "早于本人出生日期"),
    ("待遇", 1, "待遇", "高龄补贴", "待遇", "高龄津贴"),
    ("欠款", 0, "金额", "0", "金额", "大于零"),
]  # fmt: skip


@pytest.mark.parametrize(("sheet", "row", "label", "value", "column", "words"), FAULTS)
def test_a_faulty_cell_is_named_and_nothing_imported(county, sheet, row, label, value, column, words):
    from nuanxin.kernel.registry.models import Person

    rows = bureau()
    rows[sheet][row][label] = value
    load = opened(county, ("名册.xlsx", workbook(**rows)))
    assert load.state == "faulty"
    assert [message for *_, where, message in told(load) if where == column and words in message], told(load)
    assert not Person.objects.exists()


def test_a_name_beside_a_number_is_held_against_the_register(county):
    from nuanxin.kernel.registry import services as registry

    registry.register_person(
        change=county.change, division=VILLAGE, name="陈福木", sex=1, birth=dt.date(1950, 3, 7), citizen_id=number(901)
    )
    load = opened(
        county, ("居民.csv", csv_of([{"身份证号": number(901), "姓名": "完全另名", "村(社区)代码": VILLAGE}]))
    )
    assert [(row, column) for _, row, column, _ in told(load)] == [(2, "姓名")]
    assert "“完全另名”" in told(load)[0][3]
    assert "“陈福木”" in told(load)[0][3]


def test_two_may_accept_the_rows_without_faults_and_must_both_say_so(county):
    from nuanxin.kernel.core.errors import Refused
    from nuanxin.kernel.cycle.services import sign_takeover
    from nuanxin.kernel.registry.models import Household, Person

    rows = bureau()
    rows["居民"].append({"身份证号": number(88), "姓名": "赵清白", "村(社区)代码": VILLAGE})
    rows["居民"][1]["出生日期"] = "1950-01-01"
    load = opened(county, ("名册.xlsx", workbook(**rows)))
    totals = {one.code: (one.rows, one.left_out) for one in load.totals.all()}
    assert (totals["people"], totals["members"], totals["households"]) == ((5, 1), (2, 2), (1, 1))
    assert (totals["grants"], totals["grants:dibao"], load.total_fen) == ((2, 1), (1, 1), 5000)
    with pytest.raises(Refused, match="有错误"):
        sign_takeover(list_id=load.pk, account=county.maker)
    sign_takeover(list_id=load.pk, account=county.maker, partial=True)
    with pytest.raises(Refused, match="范围不同"):
        sign_takeover(list_id=load.pk, account=county.checker)
    assert not Person.objects.exists()
    load = sign_takeover(list_id=load.pk, account=county.checker, partial=True)
    assert (load.state, Person.objects.count(), Household.objects.count()) == ("in_force", 4, 0)


@pytest.mark.db
def test_faulty_rows_are_corrected_and_brought_back(county):
    import io

    import openpyxl

    from nuanxin.kernel.cycle import services
    from nuanxin.kernel.registry.models import Person

    rows = bureau()
    rows["居民"][1]["出生日期"] = "1950-01-01"
    load = opened(county, ("名册.xlsx", workbook(**rows)))
    book = openpyxl.load_workbook(io.BytesIO(services.faulty_rows_of(list_id=load.pk)))
    sheet = book["居民"]
    head = [cell.value for cell in sheet[1]]
    assert [row[head.index("姓名")].value for row in sheet.iter_rows(min_row=2)] == ["李配偶"]
    assert "出生日期" in sheet.cell(2, head.index("问题") + 1).value
    assert {name: book[name].max_row for name in book.sheetnames if name in bureau()}["成员"] == 3
    sheet.cell(2, head.index("出生日期") + 1).value = "1952-05-01"
    buffer = io.BytesIO()
    book.save(buffer)
    services.open_correction(list_id=load.pk, files=[("更正.xlsx", buffer.getvalue())], author=county.author, here=True)
    load = services.check_load(list_id=load.pk)
    assert told(load) == []
    assert signed(county, load).state == "in_force"
    assert counts()["Person"] == Person.objects.count() == 4
    assert counts()["Grant"] == 2


@pytest.mark.parametrize("kind", ["gb18030", "utf-8-sig", "parquet"])
def test_csv_in_either_encoding_and_parquet_are_read(county, kind):
    from nuanxin.kernel.registry.models import Person

    rows = bureau()["居民"]
    data = parquet_of(rows) if kind == "parquet" else csv_of(rows, kind)
    load = opened(county, ("全县人口.parquet" if kind == "parquet" else "居民.csv", data))
    assert told(load) == []
    signed(county, load)
    assert sorted(Person.objects.values_list("name", flat=True)) == sorted(row["姓名"] for row in rows)
    assert not load.takes_over


ODD = [
    ("空.xlsx", b"", "文件是空的"),
    ("名册.xls", b"\xd0\xcf\x11\xe0", "另存为"),
    ("名册.xlsx", b"PK\x03\x04 no zip", "工作簿"),
    ("居民.csv", "身份证号,姓名\n1,2\n".encode(), "缺少“村(社区)代码”列"),
    ("居民.csv", "身份证号,姓名,村(社区)代码\n1,2\n".encode(), "有 2 格"),
    ("居民.csv", "身份证号,姓名".encode("utf-16"), "UTF-16"),
    ("花名册.csv", "甲,乙\n1,2\n".encode(), "看不出"),
    ("居民.parquet", b"PAR1 no", "Parquet"),
    ("居民.csv", "身份证号,姓名,姓名,村(社区)代码\n1,2,3,4\n".encode(), "两列"),
]


@pytest.mark.parametrize(("name", "data", "words"), ODD)
def test_an_odd_file_is_a_finding_and_never_an_error_of_ours(county, name, data, words):
    load = opened(county, (name, data))
    assert load.state == "faulty"
    assert any(words in message for *_, message in told(load)), told(load)


def test_what_is_not_read_is_told(county):
    rows = [{**row, "备注": "手工台账"} for row in bureau()["居民"]]
    data = workbook(居民=rows, 家庭=bureau()["家庭"], 成员=bureau()["成员"], 去年=[{"甲": 1}])
    load = opened(county, ("名册.xlsx", data))
    notices = told(load, "notice")
    assert {(sheet, column) for sheet, _, column, _ in notices} == {("居民", "备注"), ("去年", "")}
    assert load.state == "checked"


def test_old_facts_keep_their_own_time(county):
    from nuanxin.kernel.registry.models import Circumstance

    rows = bureau()
    older = fact(number(901), "年工资性收入", "3000", until="2023-02-01") | {"起始日期": "2022-02-01"}
    rows["情况"] = [older, fact(number(901), "年工资性收入", "4000")]
    assert signed(county, opened(county, ("名册.xlsx", workbook(**rows)))).state == "in_force"
    wages = Circumstance.objects.filter(kind="wage_year").order_by("valid_from")
    assert list(wages.values_list("amount_fen", flat=True)) == [300_000, 400_000]
    rows["情况"][0]["截止日期"] = ""
    load = opened(county, ("再来.xlsx", workbook(**rows)))
    assert any("时间重叠" in message for *_, message in told(load))


def test_only_the_workers_lease_and_the_state_decide_what_is_worked_on(county):
    from nuanxin.kernel.cycle import services

    load = services.open_load(
        files=[("居民.csv", csv_of(bureau()["居民"]))], county=COUNTY, author=county.author, as_of=AS_OF
    )
    assert services.run_waiting_loads() == 1
    assert services.run_waiting_loads() == 0
    load.refresh_from_db()
    assert load.state == "checked"
    services.sign_load(list_id=load.pk, account=county.maker)
    services.sign_load(list_id=load.pk, account=county.checker)
    assert services.run_waiting_loads() == 1
    load.refresh_from_db()
    assert load.state == "in_force"


def test_words_of_the_declared_tables_are_the_registrys_own():
    from nuanxin.kernel.cycle.loading.schema import tables
    from nuanxin.kernel.registry import enums

    for table, column, choices in (
        ("members", "role", enums.MemberRole), ("relations", "kind", enums.RelationKind),
        ("facts", "standing", enums.Standing), ("organisations", "kind", enums.OrganisationKind),
        ("facilities", "kind", enums.FacilityKind),
    ):  # fmt: skip
        told = set(tables()[table].column(column).choices.values())
        assert told == set(choices.values), (table, column)
