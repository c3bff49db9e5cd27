"""Marriages keep the bars of the law, from a form and from a workbook; each refusal names its row and the people."""

import datetime as dt
import io

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nuanxin.domains.civil.models import MarriageRecord
from nuanxin.kernel.core.crypto import decrypt
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.registry import selectors, services
from nuanxin.kernel.registry.models import LifeEvent, PersonIdentifier, Relation
from nuanxin.kernel.registry.register import register_by_code
from nuanxin.kernel.registry.services.records import create_record, move_record, update_record
from nuanxin.kernel.registry.services.workbooks import import_register

pytestmark = [pytest.mark.db, pytest.mark.django_db]

HEADER = [
    "业务类型",
    "办理日期",
    "甲方姓名",
    "乙方姓名",
    "甲方身份号码",
    "乙方身份号码",
    "证书字号",
    "所在村(社区)代码",
]
D1, D2, D3 = dt.date(2024, 1, 5), dt.date(2024, 2, 10), dt.date(2024, 3, 1)


@pytest.fixture
def spec():
    return register_by_code("marriage")


@pytest.fixture
def clerk(county):
    return county.account()


@pytest.fixture
def man(county):
    return county.person("王大")


@pytest.fixture
def wife(county):
    return county.person("李二", sex=2)


@pytest.fixture
def other(county):
    return county.person("赵三", sex=2)


def number_of(person) -> str:
    row = PersonIdentifier.objects.get(person=person)
    return decrypt(row.cipher, row.key_id)


def row(kind, on, a, b, certificate="", **more):
    said = {"a_name": a.name, "b_name": b.name, **more}
    return [kind, on.isoformat(), said["a_name"], said["b_name"], number_of(a), number_of(b), certificate, "340223"]


def workbook(*rows) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for line, cells in enumerate([HEADER, *rows]):
            sheet.write_row(line, 0, cells)
    return buffer.getvalue()


def bring_in(spec, clerk, *rows, **more):
    return import_register(spec=spec, account=clerk, file=workbook(*rows), name="婚姻.xlsx", **more)


def faults(report):
    assert not MarriageRecord.objects.exists()
    assert not LifeEvent.objects.exists()
    return [(fault.row, fault.message) for fault in report.faults]


def create(spec, clerk, a, b, on=D1, kind="marriage", **more):
    values = {
        "division": "340223", "kind": kind, "registered_on": on, "party_a": a.pk, "party_b": b.pk,
        "party_a_name": a.name, "party_b_name": b.name,
    }  # fmt: skip
    return create_record(spec=spec, values=values, account=clerk, **more)


def test_a_man_and_two_women_on_one_day_in_one_workbook(spec, clerk, man, wife, other):
    report = bring_in(spec, clerk, row("结婚登记", D1, man, wife), row("结婚登记", D1, man, other))
    assert faults(report) == [(3, "王大自 2024-01-05 起已与李二登记结婚，尚无离婚登记。")]


@pytest.mark.parametrize("on", [D1, D2])
def test_the_same_couple_the_other_way_round_or_with_another_certificate(spec, clerk, man, wife, on):
    report = bring_in(spec, clerk, row("结婚登记", D1, man, wife, "J1"), row("结婚登记", on, wife, man, "J2"))
    assert [(row_, "不能重复登记" in said) for row_, said in faults(report)] == [(3, True)]
    report = bring_in(spec, clerk, row("结婚登记", D1, man, wife, "J1"), row("结婚登记", on, man, wife, "J2"))
    assert "李二自" in faults(report)[0][1] or "王大与李二" in faults(report)[0][1]


def test_a_second_spouse_on_another_day_is_told_with_row_and_names_in_form_and_workbook(spec, clerk, man, wife, other):
    create(spec, clerk, man, wife)
    report = bring_in(spec, clerk, row("结婚登记", D3, other, man))
    (fault,) = report.faults
    assert (fault.row, fault.message) == (2, "王大自 2024-01-05 起已与李二登记结婚，尚无离婚登记。")
    with pytest.raises(Refused, match="王大自 2024-01-05 起已与李二"):
        create(spec, clerk, other, man, on=D3)
    with pytest.raises(Refused, match="不能重复登记"):
        create(spec, clerk, wife, man, on=D3)


def test_married_divorced_and_married_again_in_one_workbook_whatever_the_order_of_rows(spec, clerk, man, wife, other):
    rows = [row("结婚登记", D3, man, other), row("离婚登记", D2, wife, man), row("结婚登记", D1, man, wife)]
    assert bring_in(spec, clerk, *rows).created == 3
    assert [one.other for one in selectors.relations_of(man.pk, D3)] == [other]
    assert not selectors.relations_of(wife.pk, D3)


def test_divorced_and_married_again_on_one_day_is_possible(spec, clerk, man, wife, other):
    create(spec, clerk, man, wife)
    rows = [row("结婚登记", D2, man, other), row("离婚登记", D2, man, wife)]
    assert bring_in(spec, clerk, *rows).created == 2
    assert [one.other for one in selectors.relations_of(man.pk, D2)] == [other]


def test_remarried_to_the_same_after_a_divorce_is_possible(spec, clerk, man, wife):
    for kind, on in (("marriage", D1), ("divorce", D2), ("marriage", D3)):
        create(spec, clerk, man, wife, on=on, kind=kind)
    assert [one.other for one in selectors.relations_of(wife.pk, D3)] == [man]


@pytest.mark.parametrize(
    ("sex", "born", "on", "barred"),
    [
        (1, dt.date(2002, 3, 1), dt.date(2024, 2, 29), True),
        (1, dt.date(2002, 3, 1), dt.date(2024, 3, 1), False),
        (2, dt.date(2004, 2, 29), dt.date(2024, 2, 28), True),
        (2, dt.date(2004, 2, 29), dt.date(2024, 2, 29), False),
        (1, dt.date(2014, 1, 1), D1, True),
        (1, dt.date(1962, 5, 1), dt.date(1984, 4, 30), True),
        (1, dt.date(1958, 5, 1), dt.date(1979, 5, 1), False),  # twenty by the law of 1950
    ],
)
def test_nobody_marries_under_the_age_of_the_law_of_the_day(county, spec, clerk, sex, born, on, barred):
    one, other = county.person("小满", sex=sex, birth=born), county.person("大成", sex=3 - sex)
    report = bring_in(spec, clerk, row("结婚登记", on, one, other))
    assert [fault.row for fault in report.faults] == ([2] if barred else [])
    if barred:
        assert "未到法定婚龄" in faults(report)[0][1]
        with pytest.raises(Refused, match="小满"):
            create(spec, clerk, one, other, on=on)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(born=st.dates(dt.date(1995, 1, 1), dt.date(2010, 12, 31)))
def test_the_age_turns_on_the_birthday(county, born):
    from nuanxin.domains.civil.services.couples import Act, object_to_couples

    one, other = county.person("小满", birth=born, sex=2), county.person("大成")
    try:
        birthday = born.replace(year=born.year + 20)
    except ValueError:
        birthday = dt.date(born.year + 20, 3, 1)
    before = birthday - dt.timedelta(days=1)
    told = [bool(object_to_couples([Act("marriage", on, other, one)])) for on in (before, birthday)]
    assert told == [before >= dt.date(1981, 1, 1), False]


def test_two_men_and_two_women_are_refused_somebody_of_unknown_sex_is_not(county, spec, clerk, man, wife, other):
    rival = county.person("钱四")
    report = bring_in(spec, clerk, row("结婚登记", D1, man, rival), row("结婚登记", D1, wife, other))
    assert [(line, said) for line, said in faults(report)] == [
        (2, "王大与钱四登记的性别都是男。"), (3, "李二与赵三登记的性别都是女。"),
    ]  # fmt: skip


def relate(county, child, parent):
    services.record_relation(
        change=county.change, person_id=child.pk, other_id=parent.pk, kind="parent", valid_from=dt.date(2000, 1, 1)
    )


@pytest.mark.parametrize("steps", [(0, 1), (0, 2), (0, 3), (1, 1), (1, 2), (2, 2)])
def test_close_kin_is_refused_in_the_direct_line_and_within_three_generations(county, spec, clerk, steps):
    root, ends = county.person("祖", birth=dt.date(1901, 1, 1)), []
    for sex, depth in zip((1, 2), steps, strict=True):
        at = root
        for number in range(depth):
            child = county.person(f"后{sex}{number}", sex=sex, birth=dt.date(1925 + 25 * number, 1, 1))
            relate(county, child, at)
            at = child
        ends.append(at)
    report = bring_in(spec, clerk, row("结婚登记", D1, *ends))
    (fault,) = report.faults
    assert ("直系血亲" if 0 in steps else "三代以内的旁系血亲") in fault.message
    assert ends[1].name in fault.message


def test_second_cousins_may_marry(county, spec, clerk):
    root, ends = county.person("祖", birth=dt.date(1901, 1, 1)), []
    for sex in (1, 2):
        at = root
        for number in range(3):
            child = county.person(f"后{sex}{number}", sex=sex, birth=dt.date(1925 + 25 * number, 1, 1))
            relate(county, child, at)
            at = child
        ends.append(at)
    assert bring_in(spec, clerk, row("结婚登记", D1, *ends)).created == 1


def test_a_divorce_without_a_marriage_known_here_is_asked_and_goes_in_with_a_reason(spec, clerk, man, wife):
    report = bring_in(spec, clerk, row("离婚登记", D2, man, wife))
    (fault,) = report.faults
    assert (fault.row, fault.question) == (2, True)
    assert "没有王大与李二在 2024-02-10 以前的结婚登记" in fault.message
    with pytest.raises(Refused) as told:
        create(spec, clerk, man, wife, on=D2, kind="divorce")
    assert told.value.code == "record.question"
    assert bring_in(spec, clerk, row("离婚登记", D2, man, wife), answer="已查验外省结婚证").created == 1
    assert MarriageRecord.objects.get().change.reason == "导入婚姻登记；核实说明：已查验外省结婚证"


def test_an_answer_never_answers_a_bar(spec, clerk, man, wife, other):
    rows = [row("结婚登记", D1, man, wife), row("结婚登记", D2, man, other)]
    assert bring_in(spec, clerk, *rows, answer="已核实").created == 0


def test_the_same_names_on_one_day_are_asked_where_nobody_is_known_here(county, spec, clerk):
    cells = ["结婚登记", D1.isoformat(), "外乡人", "异乡人", "", "", "J1", "340223"]
    again = [*cells[:2], "异乡人", "外乡人", "", "", "J2", "340223"]
    report = bring_in(spec, clerk, cells, again)
    assert [(fault.row, fault.question) for fault in report.faults] == [(3, True)]
    assert bring_in(spec, clerk, cells, again, answer="同名的另一对").created == 2


def test_a_spouse_who_lives_elsewhere_is_asked_about(spec, clerk, man, wife, county):
    cells = ["结婚登记", D1.isoformat(), man.name, "外乡人", number_of(man), "", "J1", "340223"]
    assert bring_in(spec, clerk, cells).created == 1
    report = bring_in(spec, clerk, row("结婚登记", D3, man, wife))
    (fault,) = report.faults
    assert (fault.row, fault.question) == (2, True)
    assert "王大自 2024-01-05 起已与外乡人登记结婚" in fault.message


def test_name_and_number_of_different_people_are_told_with_both_names(county, spec, clerk, man, wife):
    report = bring_in(spec, clerk, row("结婚登记", D1, man, wife, a_name="另外一人", b_name="错名字"))
    assert [line for line, _ in faults(report)] == [2, 2]
    assert "“另外一人”" in report.faults[0].message
    assert "“王大”" in report.faults[0].message
    assert "“李二”" in report.faults[1].message


def test_a_name_spelled_otherwise_is_the_same_name(county, spec, clerk, wife):
    man = county.person("阿卜杜·艾尼")
    assert bring_in(spec, clerk, row("结婚登记", D1, man, wife, a_name="阿卜杜•艾尼", b_name="李　二")).created == 1


def test_a_marriage_record_corrected_to_another_party_does_the_event_anew(county, spec, clerk, man, wife, other):
    record = create(spec, clerk, man, wife)
    values = {"party_b": other.pk, "party_b_name": other.name, "registered_on": D2}
    update_record(spec=spec, record_id=record.pk, values=values, account=clerk, reason="录错了女方")
    assert [one.other for one in selectors.relations_of(man.pk, D2)] == [other]
    assert not selectors.relations_of(wife.pk, D2)
    assert not selectors.relations_of(man.pk, D1)
    assert MarriageRecord.objects.get().state == "recorded"


def test_a_correction_keeps_the_bars_and_changes_nothing_when_refused(county, spec, clerk, man, wife, other):
    record = create(spec, clerk, man, wife)
    rival = county.person("钱四")
    create(spec, clerk, rival, other)
    values = {"party_b": other.pk, "party_b_name": other.name}
    with pytest.raises(Refused, match="赵三自 2024-01-05 起已与钱四"):
        update_record(spec=spec, record_id=record.pk, values=values, account=clerk, reason="录错了女方")
    assert [one.other for one in selectors.relations_of(man.pk, D2)] == [wife]
    record.refresh_from_db()
    assert (record.state, record.party_b_id) == ("recorded", wife.pk)


def test_an_event_of_a_register_is_not_withdrawn_before_its_record(spec, clerk, county, man, wife):
    record = create(spec, clerk, man, wife)
    event = LifeEvent.objects.get()
    with pytest.raises(Refused, match=rf"“婚姻登记”第 {record.pk} 号记录"):
        services.withdraw_event(change=county.change, event_id=event.pk)
    create(spec, clerk, man, wife, on=D2, kind="divorce")
    with pytest.raises(Refused, match="之后还有离婚"):
        move_record(spec=spec, record_id=record.pk, state="void", account=clerk, reason="重复")
    record.refresh_from_db()
    assert record.state == "recorded"


def test_a_divorce_is_not_taken_back_after_a_new_marriage(spec, clerk, county, man, wife, other):
    create(spec, clerk, man, wife)
    divorce = create(spec, clerk, man, wife, on=D2, kind="divorce")
    create(spec, clerk, man, other, on=D3)
    with pytest.raises(Refused, match="王大自 2024-03-01 起已与赵三登记结婚"):
        move_record(spec=spec, record_id=divorce.pk, state="void", account=clerk, reason="录错")
    assert Relation.objects.filter(person=man, superseded_at=None, valid_to=None).count() == 1
