"""A household that splits or merges: its grant ends and what follows is asked for, in one act."""

import datetime as dt

JANUARY, FEBRUARY, MARCH = dt.date(2024, 1, 1), dt.date(2024, 2, 1), dt.date(2024, 3, 1)


def granted_home(county, people=3):
    members = [county.person(f"王{n}", birth=dt.date(1970, 1, 1 + n)) for n in range(people)]
    home = county.household(*members)
    county.receipts.household("dibao", home.pk, {one.pk: {"basic": 40000} for one in members})
    county.apply("dibao", members[0], home)
    county.month(JANUARY)
    return home, members


def test_a_split_goes_on_in_both_households_without_a_gap(county):
    from nuanxin.kernel.core import clock
    from nuanxin.kernel.grants.models import Grant
    from nuanxin.kernel.payments.models import Due
    from nuanxin.kernel.registry.services import split_household

    home, members = granted_home(county)
    clock.move_to(dt.date(2024, 2, 5))
    new = split_household(
        change=county.change, household_id=home.pk, on=dt.date(2024, 2, 5), person_ids=[members[2].pk],
        head_id=members[2].pk,
    )  # fmt: skip
    old = Grant.objects.get()
    assert (old.to_date, old.end_cause) == (MARCH, "split")
    county.receipts.household("dibao", home.pk, {one.pk: {"basic": 42000} for one in members[:2]})
    county.receipts.household("dibao", new.pk, {members[2].pk: {"basic": 50000}})
    county.month(FEBRUARY)
    grants = Grant.objects.filter(to_date=None).order_by("household_id")
    assert [(grant.household_id, grant.from_date) for grant in grants] == [(home.pk, MARCH), (new.pk, MARCH)]
    county.month(MARCH)
    paid = {month: sum(Due.objects.filter(entitlement_month=month).values_list("amount_fen", flat=True))
            for month in (FEBRUARY, MARCH)}  # fmt: skip
    assert paid == {FEBRUARY: 120000, MARCH: 134000}


def test_a_merger_ends_the_old_grant_and_changes_the_other(county):
    from nuanxin.kernel.casework.models import Application, Proposal
    from nuanxin.kernel.core import clock
    from nuanxin.kernel.grants.models import Grant
    from nuanxin.kernel.registry.services import merge_households

    home, members = granted_home(county, people=1)
    other = county.person("李四", birth=dt.date(1971, 1, 1))
    into = county.household(other)
    county.apply("dibao", other, into)
    county.receipts.household("dibao", into.pk, {other.pk: {"basic": 30000}})
    county.month(FEBRUARY)
    clock.move_to(dt.date(2024, 3, 5))
    merge_households(change=county.change, household_id=home.pk, into_id=into.pk, on=dt.date(2024, 3, 5))
    assert Grant.objects.get(household=home).end_cause == "merger"
    assert not Application.objects.filter(state="filed").exists()
    county.receipts.household("dibao", into.pk, {one.pk: {"basic": 25000} for one in (*members, other)})
    county.month(MARCH)
    assert Proposal.objects.get(month=MARCH).persons_after == 2
