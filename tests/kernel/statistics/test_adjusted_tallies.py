"""What later changes do to each kind of tally: events are adjusted, stocks go out of the open month, heads are recounted."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.grants.models import Coverage, Grant
from nuanxin.kernel.payments.models import Due, Line
from nuanxin.kernel.registry.models import Circumstance, LifeEvent
from nuanxin.kernel.statistics.models import Close
from nuanxin.kernel.statistics.selectors import figure, figure_records, figures
from tests.factories.closing import close, first_quarter
from tests.factories.walk import COUNTY, NOON, TOWNSHIPS, Walk, month
from tests.kernel.statistics.test_adjustments import CLERK, cremation, marriage, rows, value, void

pytestmark = pytest.mark.db


def test_a_line_counted_as_paid_that_is_no_longer_is_taken_back(walk: Walk, stock: dict[str, Grant]) -> None:
    close(1)
    line = Line.objects.get(person=stock["old"].coverages.get().person, paid_month=month(1))
    Line.objects.filter(pk=line.pk).update(state="failed", paid_month=None)
    close(2)
    assert [(r["id"], r["sign"], r["amount_fen"]) for r in rows(2, "payment-adjustment")] == [(line.pk, -1, 10000)]
    paid = [value("old_age_allowance_paid", p) for p in ("2024-01", "2024-02", "2024Q1")]
    assert paid == [10000, 0, 10000]
    told = figure("old_age_allowance_paid", COUNTY, "2024-02")
    assert (told.adjustments, told.adjusted) == (1, -10000)
    assert "净 -0.01 万元" in told.note


def test_a_line_booked_into_a_closed_month_is_counted_in_the_open_one(walk: Walk, stock: dict[str, Grant]) -> None:
    close(1)
    walk.pay(stock["newcomer"], month(1))
    close(2)
    assert [(r["cause"], r["sign"], r["counted"]) for r in rows(2, "payment-adjustment")] == [("late", 1, month(1))]
    assert value("assistance_funds_paid", "2024-02") == 2 * 40000 + 60000 + 2 * 50000 + 130000


def test_a_due_voided_later_is_taken_back_and_names_no_change_that_is_older(
    walk: Walk, stock: dict[str, Grant]
) -> None:
    event = walk.grant("linshi_jiuzhu", walk.person(), start=month(1), fen=30000)
    walk.pay(event, month(1), paid=False)
    close(1)
    due = Due.objects.get(grant=event)
    Due.objects.filter(pk=due.pk).update(state="void")
    close(2)
    assert [(r["id"], r["sign"], r["change_id"]) for r in rows(2, "due-adjustment")] == [(due.pk, -1, None)]
    assert value("temporary_assistance_person_times", "2024Q1") == 0
    shown = figure_records("temporary_assistance_person_times", COUNTY, "2024-02", walk.account()).records
    assert [(one.sign, one.adjusts.reason) for one in shown if one.adjusts] == [(-1, "")]


def test_a_death_withdrawn_later_is_taken_back_with_its_reason(walk: Walk, stock: dict[str, Grant]) -> None:
    event = walk.death(walk.person(), month(1))
    close(1)
    LifeEvent.objects.filter(pk=event.pk).update(state="withdrawn")
    close(2)
    assert [value("deaths_registered", p) for p in ("2024-01", "2024-02", "2024Q1")] == [1, -1, 0]


def test_a_coverage_ended_back_into_a_closed_month_goes_out_of_the_open_one(
    walk: Walk, stock: dict[str, Grant]
) -> None:
    close(1)
    was = value("dibao_persons", "2024-01")
    for table in (Grant.objects.filter(pk=stock["couple"].pk), Coverage.objects.filter(grant=stock["couple"])):
        table.update(to_date=month(1), booked_to=month(2))
    close(2)
    assert value("dibao_persons", "2024-01") == was
    assert value("dibao_persons_exited", "2024-02") == 2
    assert value("dibao_persons", "2024-02") == was - 2 + 1
    assert rows(2, "coverage-in-adjustment") == rows(2, "coverage-adjustment") == []


def test_a_coverage_taken_out_of_a_closed_month_by_hand_is_refused(walk: Walk, stock: dict[str, Grant]) -> None:
    close(1)
    Coverage.objects.filter(grant=stock["couple"]).update(booked_to=month(1))
    with pytest.raises(Refused) as refused:
        close(2)
    assert refused.value.code == "close.flow"


def test_a_circumstance_learnt_later_counts_from_the_next_close_and_leaves_the_closed_month(
    walk: Walk, stock: dict[str, Grant]
) -> None:
    rate = "tekun_disabled_central_support_rate"
    close(1)
    assert value(rate, "2024-01") == 1
    Circumstance.objects.filter(kind="residence_care").update(superseded_at=NOON)
    close(2)
    assert (value(rate, "2024-01"), value(rate, "2024-02")) == (1, 0)


def test_heads_are_recounted_over_a_period_and_never_taken_from_a_month(walk: Walk, stock: dict[str, Grant]) -> None:
    first, second = (walk.grant("huimin_binzang", walk.person(), start=month(1), fen=80000) for _ in range(2))
    line = walk.pay(first, month(1))[0]
    walk.pay(second, month(2))
    close(1)
    Line.objects.filter(pk=line.pk).update(state="failed", paid_month=None)
    close(2)
    heads = [value("funeral_subsidy_persons", p) for p in ("2024-01", "2024-02", "2024Q1")]
    assert heads == [1, 1, 1]
    assert value("funeral_subsidy_paid", "2024-02") == 0
    assert "去重人数不按月增减" in figure("funeral_subsidy_persons", COUNTY, "2024-02").note


def test_one_head_with_another_record_left_still_counts(walk: Walk, stock: dict[str, Grant]) -> None:
    grant = walk.grant("huimin_binzang", walk.person(), start=month(1), fen=80000)
    line = walk.pay(grant, month(1))[0]
    walk.pay(grant, month(2))
    close(1)
    Line.objects.filter(pk=line.pk).update(state="failed", paid_month=None)
    close(2)
    assert value("funeral_subsidy_persons", "2024Q1") == 1


def test_townships_add_up_to_the_county_with_adjustments(walk: Walk, stock: dict[str, Grant]) -> None:
    clerk = walk.account(CLERK)
    wrong = [cremation(walk, clerk, 1, town=town) for town in (0, 0, 1)]
    close(1)
    void(wrong[0], clerk)
    close(2, 3)
    codes = ("cremations", "dibao_persons", "assistance_funds_paid", "dibao_households_net", "dibao_persons_exited")
    whole = {one.indicator: one.value for one in figures(COUNTY, "2024Q1")}
    parts = [{one.indicator: one.value for one in figures(COUNTY, "2024Q1", town)} for town in TOWNSHIPS]
    assert {code: sum(part[code] or 0 for part in parts) for code in codes} == {code: whole[code] for code in codes}
    assert [part["cremations"] for part in parts] == [1, 1]


def test_a_close_inside_its_callers_transaction_sees_what_is_not_committed(db: None) -> None:
    walk, _ = first_quarter()
    clerk = walk.account(CLERK)
    kept = [cremation(walk, clerk, 1) for _ in range(2)]
    close(1, 2)
    assert rows(2, "cremation-adjustment") == []
    void(kept[0], clerk)
    close(3)
    assert [row["id"] for row in rows(3, "cremation-adjustment")] == [kept[0].pk]


ACT = st.tuples(st.sampled_from(["create", "void", "correct", "late"]), st.integers(0, 9))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(months=st.lists(st.lists(ACT, max_size=5), min_size=3, max_size=3))
def test_the_sum_of_closed_months_is_the_records_in_force_at_the_last_close(
    django_db_setup: None, db: None, settings: Any, months: list[list[tuple[str, int]]]
) -> None:
    """Live through random months: each act creates, voids or corrects a marriage; every month is closed after its acts."""
    from nuanxin.domains.civil.registers.marriage import MarriageRecord

    shutil.rmtree(Path(settings.STORE), ignore_errors=True)
    with transaction.atomic():
        walk, _ = first_quarter()
        clerk = walk.account(CLERK)
        for number, acts in enumerate(months, start=1):
            for place, (act, chosen) in enumerate(acts):
                live(MarriageRecord, clerk, act, chosen, number, f"王{number}{place}")
            close(number)
            check(MarriageRecord, number)
        transaction.set_rollback(True)


def live(model: Any, clerk: Any, act: str, chosen: int, number: int, name: str) -> None:
    from nuanxin.kernel.registry.register import register_by_code
    from nuanxin.kernel.registry.services.records import update_record

    standing = list(model.objects.exclude(state="void").order_by("id"))
    if act in ("create", "late") or not standing:
        marriage(clerk, 1 if act == "late" else number, name, kind="divorce" if chosen % 3 == 0 else "marriage")
        return
    record = standing[chosen % len(standing)]
    if act == "void":
        void(record, clerk)
    else:
        other = "marriage" if record.kind == "divorce" else "divorce"
        spec = register_by_code("marriage")
        update_record(spec=spec, record_id=record.pk, values={"kind": other}, account=clerk, reason="登错")


def check(model: Any, number: int) -> None:
    """The figures of all closed months together, and each month added up, are the records in force."""
    assert Close.objects.count() == number
    for kind, code in (("marriage", "marriage_registrations"), ("divorce", "divorce_registrations")):
        known = model.objects.exclude(state="void").filter(kind=kind).count()
        assert value(code, "2024Q1") == known
        assert sum(value(code, f"2024-{one:02d}") for one in range(1, number + 1)) == known
        shown = figure_records(code, COUNTY, "2024Q1", clerk_of())
        assert sum(one.sign for one in shown.records) == known
        assert shown.total == figure(code, COUNTY, "2024Q1").records


def clerk_of() -> Any:
    from nuanxin.kernel.access.models import Account

    return Account.objects.filter(role=CLERK).first()
