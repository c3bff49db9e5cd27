"""Two records of one person: what the absorbed one holds follows by new rows, and goes back when withdrawn."""

import datetime as dt

import pytest

from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.registry import selectors, services

DAY, SINCE = dt.date(2024, 1, 10), dt.date(2020, 1, 1)
BIRTH = dt.date(1950, 3, 4)
COUNTY, SECOND = "340223", "A1234567"


def rows(model, *people):
    from django.db.models import Q

    from nuanxin.kernel.registry.models import Relation

    held = Q(person__in=people) | Q(other__in=people) if model is Relation else Q(person__in=people)
    skipped = ("id", "recorded_at", "superseded_at", "change_id")
    found = model.objects.filter(held, superseded_at__isnull=True)
    return sorted(
        str([getattr(row, f.attname) for f in model._meta.concrete_fields if f.attname not in skipped]) for row in found
    )


@pytest.fixture
def pair(county):
    """Return (kept, absorbed, child of the absorbed, its household)."""
    kept = county.person("王一", birth=BIRTH)
    absorbed = county.person("王一", birth=BIRTH)
    child = county.person("王二", birth=dt.date(1980, 1, 1))
    home = county.household(absorbed)
    services.change_identifier(
        change=county.change, person_id=absorbed.pk, kind="passport", number=SECOND, valid_from=SINCE
    )
    facts = {"change": county.change, "valid_from": SINCE}
    services.record_relation(**facts, person_id=child.pk, other_id=absorbed.pk, kind="parent")
    services.record_circumstance(**facts, person_id=absorbed.pk, kind="disability", level=2, code="1")
    services.record_circumstance(**facts, person_id=absorbed.pk, kind="wage_year", amount_fen=100)
    services.record_circumstance(
        change=county.change, person_id=kept.pk, kind="wage_year", amount_fen=700, valid_from=dt.date(2022, 1, 1)
    )
    services.add_account(
        change=county.change, county=COUNTY, bank_code="农商银行", number="6217001234567890", holder_id=absorbed.pk
    )
    return kept, absorbed, child, home


def merge(county, kept, absorbed):
    event = services.report_event(
        change=county.change, kind="merged", person_id=kept.pk, other_id=absorbed.pk, on=DAY, source="公安比对"
    )
    return services.confirm_event(change=county.change, event_id=event.pk)


@pytest.mark.db
def test_what_the_absorbed_record_holds_follows_and_goes_back(county, pair):
    from nuanxin.kernel.registry.models import Circumstance, Membership, Person, Relation

    kept, absorbed, _, home = pair
    before = {model: rows(model, kept, absorbed) for model in (Circumstance, Membership, Relation)}
    event = merge(county, kept, absorbed)
    assert selectors.household_of(kept.pk, DAY).pk == home.pk
    assert selectors.household_of(absorbed.pk, DAY) is None
    known = Circumstance.objects.filter(person=kept, superseded_at__isnull=True).order_by("kind", "valid_from")
    told = [(c.kind, c.valid_from, c.valid_to, c.level or c.amount_fen) for c in known]
    assert told == [
        ("disability", SINCE, None, 2),
        ("wage_year", SINCE, dt.date(2022, 1, 1), 100),  # only where the kept record said nothing
        ("wage_year", dt.date(2022, 1, 1), None, 700),
    ]
    assert Relation.objects.get(superseded_at__isnull=True).other_id == kept.pk
    assert [rows(model, absorbed) for model in (Circumstance, Membership, Relation)] == [[], [], []]
    assert Person.objects.get(pk=absorbed.pk).county == ""  # in no snapshot, list or count any more
    services.withdraw_event(change=county.change, event_id=event.pk)
    assert {model: rows(model, kept, absorbed) for model in before} == before
    assert Person.objects.get(pk=absorbed.pk).county == COUNTY


@pytest.mark.db
def test_either_number_leads_to_the_one_kept(county, pair):
    kept, absorbed, _, _ = pair
    area = kept.division.path.rpartition(".")[0]
    assert selectors.person_ids_of(SECOND) == [absorbed.pk]
    event = merge(county, kept, absorbed)
    assert selectors.person_ids_of(SECOND) == [kept.pk]
    assert selectors.people_by_identifiers([SECOND]) == {SECOND: kept.pk}
    assert selectors.survivor_of(absorbed.pk) == kept.pk
    assert selectors.aliases_of(kept.pk) == [absorbed.pk]
    assert [p.pk for p in selectors.find_people(area, SECOND)] == [kept.pk]
    assert [p.pk for p in selectors.find_people(area, "王一")] == [kept.pk]
    assert "passport" in [number.kind for number in selectors.identifiers_of(kept.pk)]
    assert len(selectors.accounts_of(kept.pk)) == 1
    services.withdraw_event(change=county.change, event_id=event.pk)
    assert selectors.person_ids_of(SECOND) == [absorbed.pk]
    assert selectors.survivor_of(absorbed.pk) == absorbed.pk


def test_an_absorbed_record_takes_nothing_new_and_is_absorbed_once(county, pair):
    kept, absorbed, _, _ = pair
    merge(county, kept, absorbed)
    with pytest.raises(Refused, match="已并入"):
        services.record_circumstance(
            change=county.change, person_id=absorbed.pk, kind="wage_year", amount_fen=1, valid_from=DAY
        )
    with pytest.raises(Refused, match="合并"):
        merge(county, kept, absorbed)


def test_different_people_are_not_merged(county):
    one = county.person("王一", birth=BIRTH)
    with pytest.raises(Refused, match="不能认定"):
        merge(county, one, county.person("王一", birth=dt.date(1951, 3, 4)))
    with pytest.raises(Refused, match="另一份档案"):
        merge(county, one, one)
