"""Deaths and moves: a report holds, a confirmation ends, a withdrawal undoes; stock and flow always agree."""

import datetime as dt
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

JANUARY, FEBRUARY, MARCH = dt.date(2024, 1, 1), dt.date(2024, 2, 1), dt.date(2024, 3, 1)
COUNTY = "340223"


def award(county, benefit, people, household=None, start=dt.date(2023, 6, 1)):
    from nuanxin.kernel.grants.services import award_grant
    from nuanxin.kernel.grants.values import Award, Covered

    return award_grant(
        change=county.change,
        award=Award(
            county=COUNTY, township="340223100", division="340223100001", benefit=benefit,
            pays="household" if household else "person", from_date=start, basis="takeover",
            persons=tuple(Covered(one.pk, (("basic", 30000),)) for one in people),
            person_id=None if household else people[0].pk, household_id=household.pk if household else None,
            payee_id=county.payee(people[0], f"62170{people[0].pk:08d}{len(people)}"),
        ),
    )  # fmt: skip


def death(county, person, on=dt.date(2024, 1, 10)):
    from nuanxin.kernel.registry.services import report_event

    return report_event(change=county.change, kind="death", person_id=person.pk, on=on, source="村")


@pytest.mark.db
def test_a_report_holds_and_a_confirmation_ends(county):
    from nuanxin.kernel.grants.models import Coverage, Grant
    from nuanxin.kernel.registry.services import confirm_event, withdraw_event

    people = [county.person(f"王{n}", birth=dt.date(1940, 1, 1)) for n in range(2)]
    home = county.household(*people)
    own = award(county, "gaoling_jintie", people[:1])
    unit = award(county, "dibao", people, home)
    event = death(county, people[0])
    assert Grant.objects.get(pk=own).held_since is not None
    assert Grant.objects.get(pk=unit).held_since is None
    assert Coverage.objects.filter(held_since__isnull=False).count() == 2
    confirm_event(change=county.change, event_id=event.pk)
    assert Grant.objects.get(pk=own).to_date == FEBRUARY
    assert Grant.objects.get(pk=unit).to_date is None
    ended = Coverage.objects.get(grant_id=unit, person=people[0])
    assert (ended.to_date, ended.booked_to, ended.end_cause, ended.held_since) == (FEBRUARY, FEBRUARY, "death", None)
    withdraw_event(change=county.change, event_id=event.pk)
    assert Grant.objects.get(pk=own).to_date is None
    assert not Coverage.objects.filter(to_date__isnull=False).exists()
    assert not Coverage.objects.filter(held_since__isnull=False).exists()


def test_the_last_one_ends_the_grant(county):
    from nuanxin.kernel.grants.models import Grant
    from nuanxin.kernel.registry.services import confirm_event

    person = county.person("王一", birth=dt.date(1940, 1, 1))
    unit = award(county, "dibao", [person], county.household(person))
    confirm_event(change=county.change, event_id=death(county, person).pk)
    grant = Grant.objects.get(pk=unit)
    assert (grant.to_date, grant.booked_to, grant.end_cause) == (FEBRUARY, FEBRUARY, "death")


def test_a_late_exit_is_booked_in_the_open_month(county, monkeypatch):
    from nuanxin.kernel.core import booking
    from nuanxin.kernel.grants.models import Coverage
    from nuanxin.kernel.registry.services import confirm_event, withdraw_event

    person = county.person("王一", birth=dt.date(1940, 1, 1))
    award(county, "gaoling_jintie", [person])
    event = death(county, person, dt.date(2023, 11, 10))
    readers = list(booking._readers)
    booking.register_last_closed_month(lambda _: dt.date(2023, 12, 1))
    try:
        confirm_event(change=county.change, event_id=event.pk)
        coverage = Coverage.objects.get()
        assert (coverage.to_date, coverage.booked_to) == (dt.date(2023, 12, 1), JANUARY)
        booking.register_last_closed_month(lambda _: JANUARY)
        withdraw_event(change=county.change, event_id=event.pk)
    finally:
        booking._readers[:] = readers
    rows = Coverage.objects.order_by("id").values_list("from_date", "to_date", "booked_from", "booked_to")
    assert list(rows) == [
        (dt.date(2023, 6, 1), dt.date(2023, 12, 1), dt.date(2023, 6, 1), JANUARY),
        (dt.date(2023, 12, 1), None, FEBRUARY, None),
    ]


def stock(rows, month):
    return sum(start <= month and (end is None or end > month) for start, end in rows)


STEP = st.tuples(st.sampled_from(["award", "leave", "enter", "end", "death"]), st.integers(0, 5), st.integers(1, 6))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, min_size=3, max_size=12))
def test_opening_plus_in_minus_out_is_closing(county, steps):
    from django.db import transaction

    from nuanxin.kernel.core.errors import Refused
    from nuanxin.kernel.grants.models import Coverage, Grant
    from nuanxin.kernel.grants.services import add_coverage, end_coverage, end_grant
    from nuanxin.kernel.grants.values import Covered, GrantEnd
    from nuanxin.kernel.registry.services import confirm_event

    with transaction.atomic():
        people = [county.person(f"王{n}", birth=dt.date(1940, 1, 1)) for n in range(6)]
        homes = [county.household(*people[:3]), county.household(*people[3:])]
        for verb, who, number in steps:
            month = dt.date(2024, number, 1)
            grant = Grant.objects.filter(household=homes[who // 3], to_date=None).first()
            try:
                if verb == "award":
                    award(county, "dibao", people[who // 3 * 3 : who // 3 * 3 + 2], homes[who // 3], month)
                elif verb == "death":
                    confirm_event(change=county.change, event_id=death(county, people[who], dt.date(2024, 1, 10)).pk)
                elif grant is None:
                    continue
                elif verb == "enter":
                    add_coverage(
                        change=county.change, grant_id=grant.pk, covered=Covered(people[who].pk), from_date=month
                    )
                elif verb == "leave":
                    end_coverage(
                        change=county.change, grant_id=grant.pk, person_id=people[who].pk, to_date=month, cause="left"
                    )
                else:
                    end_grant(change=county.change, end=GrantEnd(grant.pk, month, "not_eligible"))
            except Refused:
                continue
        rows = list(Coverage.objects.values_list("booked_from", "booked_to"))
        entered, left = Counter(start for start, _ in rows), Counter(end for _, end in rows)
        for number in range(1, 9):
            month, before = (
                dt.date(2024, number, 1),
                dt.date(2024, number - 1, 1) if number > 1 else dt.date(2023, 12, 1),
            )
            assert stock(rows, month) == stock(rows, before) + entered[month] - left[month]
        open_people = Coverage.objects.filter(to_date=None).values_list("person_id", flat=True)
        assert len(set(open_people)) == len(open_people)
        assert not Coverage.objects.filter(to_date=None, grant__to_date__isnull=False).exists()
        transaction.set_rollback(True)
