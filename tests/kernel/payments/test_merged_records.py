"""Two records of one person were both paid: every double month is owed back, told at once, and undone when parted."""

import datetime as dt

import pytest

JANUARY, FEBRUARY, MARCH = dt.date(2024, 1, 1), dt.date(2024, 2, 1), dt.date(2024, 3, 1)
BIRTH = dt.date(1940, 1, 1)


def both_paid(county, until=FEBRUARY):
    """Pay two records of one person from January to a month, and somebody else; return the two records."""
    from nuanxin.kernel.core.months import months_between

    kept, absorbed, other = (county.person(name, birth=BIRTH) for name in ("王一", "王一", "李二"))
    for person in (kept, absorbed, other):
        county.apply("gaoling_jintie", person)
        county.receipts.say("gaoling_jintie", person.pk, 5000)
    for month in months_between(JANUARY, until):
        county.month(month)
    return kept, absorbed


def merge(county, kept, absorbed, on):
    from nuanxin.kernel.registry.services import confirm_event, report_event

    event = report_event(
        change=county.change, kind="merged", person_id=kept.pk, other_id=absorbed.pk, on=on, source="公安比对"
    )
    return confirm_event(change=county.open("merge"), event_id=event.pk)


def recoveries(person):
    from nuanxin.kernel.payments.models import Due

    rows = Due.objects.filter(person=person, kind="recovery", state="live").order_by("entitlement_month")
    return list(rows.values_list("entitlement_month", "amount_fen", "cause"))


@pytest.mark.db
@pytest.mark.parametrize("on", [dt.date(2024, 3, 9), dt.date(2024, 1, 5)])
def test_each_month_paid_twice_is_a_recovery_whatever_the_day_of_the_merger(county, on):
    from nuanxin.kernel.core import clock
    from nuanxin.kernel.cycle import services as cycle
    from nuanxin.kernel.cycle.audit import audit_money
    from nuanxin.kernel.payments.models import Due
    from nuanxin.kernel.registry.services import withdraw_event
    from nuanxin.kernel.work.models import Task
    from tests.factories.month import COUNTY

    kept, absorbed = both_paid(county)
    clock.move_to(dt.date(2024, 3, 10))
    event = merge(county, kept, absorbed, on)
    (task,) = Task.objects.filter(kind="double_months")
    assert all(word in task.title for word in ("高龄津贴", "2 个月", "2024-01 至 2024-02", "100.00 元"))
    assert (task.owner_kind, task.owner_id) == ("person", kept.pk)
    county.month(MARCH)
    twice = [(JANUARY, 5000, "duplicate"), (FEBRUARY, 5000, "duplicate")]
    assert recoveries(absorbed) == twice
    assert recoveries(kept) == []
    march = Due.objects.filter(entitlement_month=MARCH, person__in=[kept, absorbed], state="live")
    assert [due.person_id for due in march] == [kept.pk]
    assert audit_money(COUNTY, JANUARY, MARCH).mismatches == []
    assert cycle.build_dues(county=COUNTY, month=MARCH, author=county.author) == 0
    withdraw_event(change=county.open("part"), event_id=event.pk)
    cycle.build_dues(county=COUNTY, month=MARCH, author=county.author)
    assert recoveries(absorbed) == []
    task.refresh_from_db()
    assert task.state == "dropped"
    assert audit_money(COUNTY, JANUARY, MARCH).mismatches == []


def test_a_record_whose_benefit_had_ended_before_the_merger_is_not_forgotten(county):
    from nuanxin.kernel.core import clock
    from nuanxin.kernel.grants.models import Grant
    from nuanxin.kernel.grants.services import end_grant
    from nuanxin.kernel.grants.values import GrantEnd

    kept, absorbed = both_paid(county)
    clock.move_to(dt.date(2024, 3, 10))
    grant = Grant.objects.get(person=absorbed)
    county.receipts.forget("gaoling_jintie", absorbed.pk)
    end_grant(change=county.open("end"), end=GrantEnd(grant.pk, MARCH, "not_eligible"))
    merge(county, kept, absorbed, dt.date(2024, 3, 9))
    county.month(MARCH)
    assert recoveries(absorbed) == [(JANUARY, 5000, "duplicate"), (FEBRUARY, 5000, "duplicate")]


def test_what_only_one_record_drew_is_owed_by_nobody(county):
    from nuanxin.kernel.core import clock
    from nuanxin.kernel.work.models import Task

    absorbed = county.person("王一", birth=BIRTH)
    county.apply("gaoling_jintie", absorbed)
    county.receipts.say("gaoling_jintie", absorbed.pk, 5000)
    county.month(JANUARY)
    kept = county.person("王一", birth=BIRTH)
    clock.move_to(dt.date(2024, 2, 10))
    merge(county, kept, absorbed, dt.date(2024, 2, 9))
    county.month(FEBRUARY)
    assert recoveries(absorbed) == recoveries(kept) == []
    assert not Task.objects.filter(kind="double_months").exists()
