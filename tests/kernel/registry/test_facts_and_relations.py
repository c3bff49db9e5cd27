import datetime as dt

import pytest

from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.registry import selectors, services

pytestmark = [pytest.mark.db, pytest.mark.django_db]

YEAR, MARCH, JUNE = dt.date(2024, 1, 1), dt.date(2024, 3, 1), dt.date(2024, 6, 1)


def amounts(person, on, **more) -> list[int | None]:
    return [row.amount_fen for row in selectors.circumstances_of(person_id=person.pk, on=on, **more)]


def test_a_new_value_supersedes_what_stood_from_its_day_on(county):
    man = county.person()
    common = {"change": county.change, "person_id": man.pk, "kind": "wage_year"}
    first = services.record_circumstance(**common, amount_fen=100, valid_from=YEAR)
    services.record_circumstance(**common, amount_fen=200, valid_from=MARCH)
    assert amounts(man, YEAR) == [100]
    assert amounts(man, JUNE) == [200]
    assert amounts(man, JUNE, known_at=first.recorded_at) == [100]
    history = selectors.circumstance_history(kind="wage_year", person_id=man.pk)
    assert [(row.amount_fen, row.valid_to) for row in history] == [(100, None), (100, MARCH), (200, None)]


def test_a_correction_in_between_leaves_both_sides(county):
    man = county.person()
    common = {"change": county.change, "person_id": man.pk, "kind": "wage_year"}
    services.record_circumstance(**common, amount_fen=100, valid_from=YEAR)
    services.record_circumstance(**common, amount_fen=300, valid_from=MARCH, valid_to=JUNE)
    assert [amounts(man, day) for day in (YEAR, MARCH, JUNE)] == [[100], [300], [100]]


def test_an_observed_value_stands_beside_the_verified_one(county):
    man = county.person()
    for standing, fen in (("verified", 100), ("observed", 900)):
        services.record_circumstance(
            change=county.change,
            person_id=man.pk,
            kind="wage_year",
            amount_fen=fen,
            valid_from=YEAR,
            standing=standing,
        )
    assert sorted(amounts(man, JUNE)) == [100, 900]


def test_ending_is_dated_and_unknown_stays_unknown(county):
    man = county.person()
    services.record_circumstance(change=county.change, person_id=man.pk, kind="no_obligor", valid_from=YEAR)
    assert amounts(man, JUNE) == [None]
    ended = services.end_circumstance(change=county.change, person_id=man.pk, kind="no_obligor", on=MARCH)
    assert ended == 1
    assert not amounts(man, JUNE)
    assert amounts(man, YEAR) == [None]


@pytest.mark.parametrize(
    "subject", [{}, {"person_id": 1, "household_id": 1}], ids=["nobody", "a person and a household"]
)
def test_a_fact_has_one_subject(county, subject):
    with pytest.raises(Refused, match="一个人或一个家庭"):
        services.record_circumstance(change=county.change, kind="wage_year", valid_from=YEAR, **subject)


def test_a_fact_ends_after_it_begins(county):
    with pytest.raises(Refused, match="应晚于"):
        services.record_circumstance(
            change=county.change, person_id=county.person().pk, kind="orphan", valid_from=MARCH, valid_to=MARCH
        )


def test_a_marriage_stands_for_both_and_only_once_at_a_time(county):
    man, wife, other = county.person("王大"), county.person("李二"), county.person("赵三")
    common = {"change": county.change, "person_id": man.pk, "kind": "spouse", "valid_from": YEAR}
    services.record_relation(**common, other_id=wife.pk)
    assert [row.other for row in selectors.relations_of(wife.pk, JUNE)] == [man]
    with pytest.raises(Refused, match="已有配偶"):
        services.record_relation(**common, other_id=other.pk)
    services.end_relation(change=county.change, person_id=man.pk, kind="spouse", on=MARCH)
    assert not selectors.relations_of(wife.pk, JUNE)
    services.record_relation(**{**common, "valid_from": JUNE}, other_id=other.pk)
    assert [row.other for row in selectors.relations_of(man.pk, JUNE)] == [other]


def test_nobody_is_related_to_oneself(county):
    man = county.person()
    with pytest.raises(Refused):
        services.record_relation(
            change=county.change, person_id=man.pk, other_id=man.pk, kind="guardian", valid_from=YEAR
        )
