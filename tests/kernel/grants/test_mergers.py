"""Two records of one person drew benefits: no month pays twice, none is lost, and a withdrawal puts all back."""

import datetime as dt

import pytest

from tests.kernel.grants.test_life_events import FEBRUARY, JANUARY, award

BIRTH = dt.date(1940, 1, 1)


def merged(county, kept, absorbed, on=dt.date(2024, 1, 10)):
    from nuanxin.kernel.registry.services import confirm_event, report_event

    event = report_event(
        change=county.change, kind="merged", person_id=kept.pk, other_id=absorbed.pk, on=on, source="公安比对"
    )
    return confirm_event(change=county.change, event_id=event.pk)


def months_of(benefit, *people):
    """Return for each month of 2023-12 … 2024-03 who is covered, and by how much."""
    from nuanxin.kernel.grants.models import Coverage

    told = {}
    for month in (dt.date(2023, 12, 1), JANUARY, FEBRUARY, dt.date(2024, 3, 1)):
        rows = Coverage.objects.filter(benefit=benefit, person__in=people, from_date__lte=month)
        rows = [row for row in rows if row.to_date is None or row.to_date > month]
        told[month.month] = [(row.person_id, sum(share.amount_fen for share in row.shares.all())) for row in rows]
    return told


@pytest.mark.db
def test_a_benefit_of_the_absorbed_record_moves_without_a_gap_or_a_double_month(county):
    from nuanxin.kernel.grants.models import Coverage, Grant
    from nuanxin.kernel.registry.services import withdraw_event

    kept, absorbed = (county.person("王一", birth=BIRTH) for _ in range(2))
    own = award(county, "gaoling_jintie", [absorbed])
    before = list(Coverage.objects.values("person_id", "from_date", "to_date", "booked_from", "booked_to"))
    event = merged(county, kept, absorbed)
    old, new = [(absorbed.pk, 30000)], [(kept.pk, 30000)]
    assert months_of("gaoling_jintie", kept, absorbed) == {12: old, 1: old, 2: new, 3: new}
    assert Grant.objects.get(pk=own).to_date == FEBRUARY
    moved = Grant.objects.get(person=kept)
    assert (moved.from_date, moved.basis, moved.to_date) == (FEBRUARY, "merged", None)
    withdraw_event(change=county.change, event_id=event.pk)
    assert months_of("gaoling_jintie", kept, absorbed) == {12: old, 1: old, 2: old, 3: old}
    assert Grant.objects.get(pk=own).to_date is None
    stands = Coverage.objects.filter(person=absorbed)
    assert list(stands.values("person_id", "from_date", "to_date", "booked_from", "booked_to")) == before


@pytest.mark.db
def test_a_benefit_of_both_is_paid_once_from_the_month_of_the_merger(county):
    from nuanxin.kernel.grants.models import Coverage, Grant
    from nuanxin.kernel.registry.services import withdraw_event

    kept, absorbed = (county.person("王一", birth=BIRTH) for _ in range(2))
    first, second = award(county, "gaoling_jintie", [kept]), award(county, "gaoling_jintie", [absorbed])
    event = merged(county, kept, absorbed)
    told = months_of("gaoling_jintie", kept, absorbed)
    assert [len(told[month]) for month in (12, 1, 2, 3)] == [2, 1, 1, 1]
    assert Grant.objects.get(pk=first).to_date is None
    assert Grant.objects.get(pk=second).to_date == JANUARY
    withdraw_event(change=county.change, event_id=event.pk)
    assert not Coverage.objects.filter(to_date__isnull=False).exists()
    assert not Grant.objects.filter(to_date__isnull=False).exists()


@pytest.mark.db
def test_a_household_keeps_its_grant_and_counts_the_one_kept(county):
    from nuanxin.kernel.grants.models import Coverage, Grant
    from nuanxin.kernel.registry.services import withdraw_event

    kept, absorbed, wife = (county.person(name, birth=BIRTH) for name in ("王一", "王一", "李二"))
    unit = award(county, "dibao", [absorbed, wife], county.household(absorbed, wife))
    event = merged(county, kept, absorbed)
    assert Grant.objects.get(pk=unit).to_date is None
    covered = Coverage.objects.filter(grant_id=unit, to_date__isnull=True)
    assert set(covered.values_list("person_id", flat=True)) == {kept.pk, wife.pk}
    assert [len(people) for people in months_of("dibao", kept, absorbed).values()] == [1, 1, 1, 1]
    withdraw_event(change=county.change, event_id=event.pk)
    covered = Coverage.objects.filter(grant_id=unit, to_date__isnull=True)
    assert set(covered.values_list("person_id", flat=True)) == {absorbed.pk, wife.pk}
