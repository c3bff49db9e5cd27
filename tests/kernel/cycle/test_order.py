"""Months follow one another; a month closed or out of turn is refused; too many stops are not believed."""

import datetime as dt

import pytest

JANUARY, FEBRUARY, MARCH = dt.date(2024, 1, 1), dt.date(2024, 2, 1), dt.date(2024, 3, 1)
COUNTY = "340223"


def run(county, month):
    from nuanxin.kernel.cycle.services import run_month

    return run_month(county=COUNTY, month=month, author=county.author)


def test_months_follow_one_another(county):
    from nuanxin.kernel.core.errors import Refused
    from nuanxin.kernel.cycle.services import build_dues, prepare_payment_runs

    run(county, JANUARY)
    with pytest.raises(Refused, match="还没有生成应发金额"):
        run(county, FEBRUARY)
    with pytest.raises(Refused, match="还没有生成应发金额"):
        prepare_payment_runs(county=COUNTY, month=JANUARY, author=county.author)
    build_dues(county=COUNTY, month=JANUARY, author=county.author)
    with pytest.raises(Refused, match="现在应办 2024-02"):
        run(county, MARCH)
    with pytest.raises(Refused, match="还没有测算"):
        build_dues(county=COUNTY, month=FEBRUARY, author=county.author)
    with pytest.raises(Refused, match="现在应办 2024-02"):
        run(county, dt.date(2023, 12, 1))
    run(county, FEBRUARY)


def test_a_closed_month_takes_no_writes(county):
    from nuanxin.kernel.core.errors import Refused
    from nuanxin.kernel.cycle.services import build_dues, mark_closed

    run(county, JANUARY)
    build_dues(county=COUNTY, month=JANUARY, author=county.author)
    mark_closed(county=COUNTY, month=JANUARY, change=county.change)
    for call in (lambda: run(county, JANUARY), lambda: build_dues(county=COUNTY, month=JANUARY, author=county.author)):
        with pytest.raises(Refused, match="已经结账"):
            call()
    run(county, FEBRUARY)


def test_so_many_stops_are_not_believed(county):
    from nuanxin.kernel.core.errors import Refused
    from nuanxin.kernel.grants.models import Grant
    from nuanxin.kernel.grants.services import award_grants
    from nuanxin.kernel.grants.values import Award, Covered

    people = [county.person(f"张{n}", birth=dt.date(1940, 1, 1)) for n in range(60)]
    awards = [
        Award(
            county=COUNTY, township="340223100", division="340223100001", benefit="gaoling_jintie", pays="person",
            from_date=JANUARY, persons=(Covered(one.pk, (("amount", 5000),)),), basis="decision", person_id=one.pk,
        )
        for one in people
    ]  # fmt: skip
    award_grants(change=county.change, awards=awards)
    for one in people:
        county.receipts.say("gaoling_jintie", one.pk, 0, granted=False)
    with pytest.raises(Refused, match="已中止"):
        run(county, JANUARY)
    assert not Grant.objects.filter(to_date__isnull=False).exists()
    for one in people[10:]:
        county.receipts.say("gaoling_jintie", one.pk, 5000)
    run(county, JANUARY)
    assert Grant.objects.filter(to_date=FEBRUARY, booked_to=FEBRUARY, end_cause="not_eligible").count() == 10


@pytest.mark.parametrize("benefit", ["dibao", "gaoling_jintie"])
def test_whom_a_run_pays_what_is_the_same_without_putting_receipts_together(county, benefit):
    from nuanxin.kernel.casework.assessed import assessor
    from nuanxin.kernel.cycle.models import MonthRun

    old, young, away = (county.person(name) for name in ("张老", "张小", "张远"))
    county.receipts.say("gaoling_jintie", old.pk, 5000)
    county.receipts.say("gaoling_jintie", young.pk, None)
    county.receipts.household("dibao", 7, {old.pk: {"basic": 40000, "extra": 6000}, young.pk: {"basic": 40000}})
    county.receipts.household("dibao", 8, {away.pk: {"basic": 30000}})
    run(county, JANUARY)
    asked = (MonthRun.objects.get().assessment_run_id, benefit, [old.pk, young.pk, 7, 8, 999_999])
    whole = {subject: one.persons for subject, one in assessor().assessed(*asked).items()}
    assert assessor().persons(*asked) == whole
    assert any(covered.shares for persons in whole.values() for covered in persons)


def test_an_apply_benefit_moves_by_itself(county):
    from nuanxin.kernel.casework.models import Proposal
    from nuanxin.kernel.grants.models import Share

    old = county.person("张老", birth=dt.date(1934, 2, 1))
    county.apply("gaoling_jintie", old)
    county.receipts.say("gaoling_jintie", old.pk, 5000)
    county.month(JANUARY)
    county.receipts.say("gaoling_jintie", old.pk, 10000)
    county.month(FEBRUARY)
    assert not Proposal.objects.filter(month=FEBRUARY).exists()
    shares = Share.objects.order_by("id").values_list("amount_fen", "from_date", "to_date")
    assert list(shares) == [(5000, JANUARY, FEBRUARY), (10000, FEBRUARY, None)]
