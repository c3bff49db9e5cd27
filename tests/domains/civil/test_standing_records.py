"""An event is not withdrawn while a record stands on it; two days of one death are a question; faults name their row."""

import datetime as dt
import io

import pytest
import xlsxwriter

from nuanxin.domains.civil.models import Cremation
from nuanxin.kernel.core.crypto import decrypt
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.registry import selectors, services
from nuanxin.kernel.registry.models import LifeEvent, Person, PersonIdentifier
from nuanxin.kernel.registry.register import register_by_code
from nuanxin.kernel.registry.services.records import create_record, move_record, update_record
from nuanxin.kernel.registry.services.workbooks import import_register

pytestmark = [pytest.mark.db, pytest.mark.django_db]

D3, D5, D7 = dt.date(2024, 3, 3), dt.date(2024, 3, 5), dt.date(2024, 3, 7)
HEADER = ["逝者身份号码", "逝者姓名", "死亡日期", "火化日期"]


@pytest.fixture
def spec():
    return register_by_code("cremation")


@pytest.fixture
def clerk(county):
    return county.account()


def number_of(person) -> str:
    row = PersonIdentifier.objects.get(person=person)
    return decrypt(row.cipher, row.key_id)


def bring_in(spec, clerk, *rows, header=HEADER):
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for line, cells in enumerate([header, *rows]):
            sheet.write_row(line, 0, [str(cell) for cell in cells])
    return import_register(spec=spec, account=clerk, file=buffer.getvalue(), name="火化.xlsx")


def cremate(spec, clerk, person, died=D5):
    values = {"deceased": person.pk, "died_on": died, "cremated_on": D7}
    return create_record(spec=spec, values=values, account=clerk)


def report(county, person, on, confirm=False):
    event = services.report_event(change=county.change, kind="death", person_id=person.pk, on=on, source="窗口报告")
    return services.confirm_event(change=county.change, event_id=event.pk) if confirm else event


@pytest.mark.parametrize("confirmed", [False, True])
def test_a_death_reported_for_one_day_and_cremated_by_another_is_told_in_its_row(county, spec, clerk, confirmed):
    good, man = county.person("甲"), county.person("王大")
    report(county, man, D5, confirmed)
    rows = [[number_of(good), "甲", D3, D7], [number_of(man), "王大", D3, D7]]
    (fault,) = bring_in(spec, clerk, *rows).faults
    assert (fault.row, fault.column, fault.person_id) == (3, "死亡日期", man.pk)
    assert all(word in fault.message for word in ("王大", "窗口报告", "2024-03-05", "2024-03-03"))
    assert not Cremation.objects.exists()
    with pytest.raises(Refused, match="王大的死亡日期"):
        cremate(spec, clerk, man, died=D3)


def test_the_report_put_right_the_workbook_comes_in_and_confirms_it(county, spec, clerk):
    man = county.person("王大")
    event = services.correct_event(change=county.change, event_id=report(county, man, D5).pk, on=D3)
    assert (event.state, event.on) == ("reported", D3)
    assert bring_in(spec, clerk, [number_of(man), "王大", D3, D7]).created == 1
    event.refresh_from_db()
    assert (event.state, event.source) == ("confirmed", "窗口报告")


def test_the_day_of_a_confirmed_death_is_put_right_in_one_act(county):
    man = county.person("王大")
    home = county.household(man)
    new = services.correct_event(change=county.change, event_id=report(county, man, D5, confirm=True).pk, on=D3)
    man.refresh_from_db()
    assert (man.death, new.state) == (D3, "confirmed")
    assert selectors.household_of(man.pk, D3) == home
    assert selectors.household_of(man.pk, D5) is None
    for on in (D3, dt.date(2042, 1, 1), dt.date(1949, 1, 1)):
        with pytest.raises(Refused):
            services.correct_event(change=county.change, event_id=new.pk, on=on)
    man.refresh_from_db()
    assert man.death == D3


@pytest.mark.parametrize("source", ["cremation", "counter"])
def test_a_death_stands_while_the_cremation_does(county, spec, clerk, source):
    man = county.person("王大")
    if source == "counter":
        report(county, man, D5, confirm=True)
    record = cremate(spec, clerk, man)
    event = LifeEvent.objects.get()
    with pytest.raises(Refused) as told:
        services.withdraw_event(change=county.change, event_id=event.pk)
    assert f"王大的死亡（2024-03-05）是“火化登记”第 {record.pk} 号记录" in told.value.message
    assert "订正或作废" in told.value.todo
    with pytest.raises(Refused):
        services.correct_event(change=county.change, event_id=event.pk, on=D3)
    move_record(spec=spec, record_id=record.pk, state="void", account=clerk, reason="登记错了人")
    event.refresh_from_db()
    if source == "counter":
        assert event.state == "confirmed"
        services.withdraw_event(change=county.change, event_id=event.pk)
    man.refresh_from_db()
    assert man.death is None


def test_a_cremation_is_not_void_while_the_burial_stands_on_the_death(county, spec, clerk):
    man = county.person("王大")
    record = cremate(spec, clerk, man)
    values = {"deceased": man.pk, "buried_on": dt.date(2024, 3, 10), "method": "tree"}
    create_record(spec=register_by_code("eco_burial"), values=values, account=clerk)
    with pytest.raises(Refused, match="“节地生态安葬”第"):
        move_record(spec=spec, record_id=record.pk, state="void", account=clerk, reason="录错")
    record.refresh_from_db()
    assert record.state == "recorded"


def test_a_wrong_day_of_death_is_corrected_in_the_register_and_the_death_follows(county, spec, clerk):
    man = county.person("王大")
    home = county.household(man)
    record = cremate(spec, clerk, man)
    update_record(spec=spec, record_id=record.pk, values={"died_on": D3}, account=clerk, reason="死亡证明为3日")
    man.refresh_from_db()
    assert man.death == D3
    assert selectors.household_of(man.pk, D3) == home
    assert [event.state for event in selectors.events_of(man.pk).order_by("id")] == ["withdrawn", "confirmed"]
    with pytest.raises(Refused, match="没有改动"):
        update_record(spec=spec, record_id=record.pk, values={"died_on": D3}, account=clerk, reason="再来")


def test_a_correction_that_cannot_be_true_leaves_the_death_as_it_was(county, spec, clerk):
    man = county.person("王大")
    record = cremate(spec, clerk, man)
    with pytest.raises(Refused, match="早于出生日期"):
        update_record(
            spec=spec, record_id=record.pk, values={"died_on": dt.date(1949, 1, 1)}, account=clerk, reason="录错"
        )
    man.refresh_from_db()
    record.refresh_from_db()
    assert (man.death, record.state, record.died_on) == (D5, "recorded", D5)
    assert LifeEvent.objects.get().state == "confirmed"


def test_a_death_known_without_an_event_can_be_cremated_on_its_day_only(county, spec, clerk):
    man, other = county.person("王大"), county.person("李二")
    Person.objects.update(death=D5)
    assert cremate(spec, clerk, man).pk
    with pytest.raises(Refused, match="李二的死亡日期登记为 2024-03-05，这里填的是 2024-03-03"):
        cremate(spec, clerk, other, died=D3)


def test_the_widow_who_married_again_keeps_the_death(county, spec, clerk):
    man, wife, new = county.person("王大"), county.person("李二", sex=2), county.person("赵三")
    services.record_relation(
        change=county.change, person_id=man.pk, other_id=wife.pk, kind="spouse", valid_from=dt.date(2000, 1, 1)
    )
    event = report(county, man, D3, confirm=True)
    services.record_relation(change=county.change, person_id=wife.pk, other_id=new.pk, kind="spouse", valid_from=D7)
    with pytest.raises(Refused, match="李二自 2024-03-07 起已与赵三登记结婚"):
        services.withdraw_event(change=county.change, event_id=event.pk)


def test_a_move_out_is_not_taken_back_over_another_household(county):
    man, other = county.person("王大"), county.person("李二")
    county.household(man)
    home = county.household(other)
    event = services.report_event(change=county.change, kind="move_out", person_id=man.pk, on=D3, source="派出所")
    services.confirm_event(change=county.change, event_id=event.pk)
    services.add_member(change=county.change, household_id=home.pk, person_id=man.pk, role="other", valid_from=D5)
    with pytest.raises(Refused, match=f"王大此后（2024-03-05）已是家庭 {home.pk} 的成员"):
        services.withdraw_event(change=county.change, event_id=event.pk)


@pytest.mark.parametrize("column", ["逝者姓名", "经办人姓名"])
def test_a_name_beside_a_number_is_compared_in_every_register(county, spec, clerk, column):
    man, son = county.person("王大"), county.person("王小")
    header = ["逝者身份号码", "死亡日期", "火化日期", "经办人身份号码", column]
    row = [number_of(man), D5, D7, number_of(son)]
    (fault,) = bring_in(spec, clerk, [*row, "完全另名"], header=header).faults
    name = "王大" if column == "逝者姓名" else "王小"
    assert (fault.row, fault.column) == (2, column)
    assert f"“完全另名”，证件号码登记在“{name}”名下" in fault.message
    assert bring_in(spec, clerk, [*row, name], header=header).created == 1


def test_the_name_of_somebody_elsewhere_is_masked_in_the_fault(county, spec):
    man = county.person("欧阳大明")
    elsewhere = county.account("township_clerk", "34.3402.340223.340223101")
    faults = bring_in(spec, elsewhere, [number_of(man), "完全另名", D5, D7]).faults
    assert any("欧**明" in fault.message for fault in faults)
    assert not any("欧阳大明" in fault.message for fault in faults)


def test_what_refuses_only_while_writing_is_told_with_its_row(county, spec, clerk, monkeypatch):
    people = [county.person(f"人{number}") for number in range(9)]
    follow = Cremation.follow.__func__

    def refuse_one(cls, records, change):
        if any(record.deceased_id == people[5].pk for record in records):
            raise Refused("test", "人5的钱已经发出。", "请先核对。")
        follow(cls, records, change)

    monkeypatch.setattr(Cremation, "follow", classmethod(refuse_one))
    (fault,) = bring_in(spec, clerk, *([number_of(one), one.name, D5, D7] for one in people)).faults
    assert (fault.row, fault.message) == (7, "人5的钱已经发出。")
    assert not Cremation.objects.exists()
    assert not Person.objects.filter(death__isnull=False).exists()
