import datetime as dt

import pyarrow as pa
import pytest

from nuanxin.kernel.core import clock
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.identifiers import make_citizen_id
from nuanxin.kernel.registry import selectors, services
from nuanxin.kernel.registry.models import Circumstance, Membership, Person

pytestmark = [pytest.mark.db, pytest.mark.django_db]

YEAR, MARCH, JUNE = dt.date(2024, 1, 1), dt.date(2024, 3, 1), dt.date(2024, 6, 1)
VILLAGE = "340223100001"
BIRTH = dt.date(1950, 3, 7)


def people_table(count: int, /, **more: list[object]) -> pa.Table:
    columns = {
        "county": ["340223"] * count,
        "division": [VILLAGE] * count,
        "name": [f"人{n}" for n in range(count)],
        "sex": [1] * count,
        "birth": pa.array([BIRTH] * count, pa.date32()),
        "citizen_id": [make_citizen_id("340223", BIRTH, 100 + n) for n in range(count)],
    }
    return pa.table({**columns, **more})


def load_people(county, count: int, /, **more: list[object]) -> list[int]:
    return services.load_people(change=county.change, table=people_table(count, **more)).to_pylist()


def test_people_come_with_numbers_initials_and_defaults(county):
    ids = load_people(county, 3)
    number = make_citizen_id("340223", BIRTH, 101)
    man = selectors.person_by_identifier(number.lower())
    assert man.pk == ids[1]
    assert (man.initials, man.hukou_county, man.ethnic, man.division.name) == ("r1", "340223", "01", "五里居委会")
    county.change.refresh_from_db()
    assert county.change.rows == 6


def test_the_caller_may_give_ids_and_the_next_ones_follow(county):
    assert load_people(county, 2, id=[500, 400]) == [500, 400]
    assert county.person().pk == 501
    assert load_people(county, 1) == [502]


@pytest.mark.parametrize(
    ("column", "values", "words"),
    [
        ("division", [VILLAGE, "999"], "第 2 行的行政区划代码“999”"),
        ("sex", [1, 7], "第 2 行的性别代码"),
        ("name", ["王", " "], "第 2 行：姓名不能为空"),
        ("citizen_id", ["340223195003071020", "34022319500307102"], "第 2 行的公民身份号码"),
        ("name", ["王", "李\ue000"], "第 2 行：姓名第2个字是造字区的字"),
        ("birth", ["1950-03-07", "yesterday"], "列“birth”"),
        ("birth", [dt.date(1950, 3, 7), dt.date(1824, 3, 3)], "第 2 行：出生日期 1824-03-03 距今超过130年"),
        ("birth", [dt.date(2042, 7, 1), dt.date(1950, 3, 7)], "第 1 行：出生日期 2042-07-01 晚于"),
        ("colour", ["red", "blue"], "不认识的列：colour"),
        ("county", ["340223", None], "列“county”第 2 行为空"),
        ("id", [1, None], "只填了一部分"),
        ("id", [1, 1], "有重复"),
    ],
)
def test_a_table_with_a_fault_is_refused_whole(county, column, values, words):
    with pytest.raises(Refused, match=words):
        load_people(county, 2, **{column: values})
    assert not Person.objects.exists()


def test_households_memberships_accounts_and_relations(county):
    people = load_people(county, 3)
    homes = services.load_households(
        change=county.change, table=pa.table({"county": ["340223"], "division": [VILLAGE]})
    ).to_pylist()
    rows = {"household_id": homes * 3, "person_id": people, "role": ["head", "spouse", "child"]}
    services.load_memberships(
        change=county.change,
        table=pa.table({**rows, "valid_from": [YEAR] * 3, "counted": [True, True, None]}),
    )
    found = selectors.members_of(homes[0], MARCH)
    assert [(row.role, row.counted) for row in found] == [("head", True), ("spouse", True), ("child", None)]
    (account,) = services.load_accounts(
        change=county.change,
        table=pa.table({"county": ["340223"], "holder_id": people[:1], "bank_code": ["A"], "number": ["62284800001"]}),
    ).to_pylist()
    assert selectors.account_ids_of(people, MARCH) == {people[0]: account}
    wedding = {"person_id": people[:1], "other_id": people[1:2], "kind": ["spouse"], "valid_from": [YEAR]}
    assert services.load_relations(change=county.change, table=pa.table(wedding)) == 2
    assert [row.other_id for row in selectors.relations_of(people[1], MARCH)] == people[:1]


@pytest.mark.parametrize("before", [False, True], ids=["within the table", "against what is recorded"])
def test_nobody_is_loaded_into_two_households(county, before):
    man = county.person()
    homes = [county.household(man) if before else county.household(), county.household()]
    days = [YEAR, MARCH]
    table = pa.table(
        {"household_id": [h.pk for h in homes], "person_id": [man.pk] * 2, "role": ["head"] * 2, "valid_from": days}
    )
    with pytest.raises(Refused, match="同时属于两个家庭"):
        services.load_memberships(change=county.change, table=table.slice(int(before)))
    assert Membership.objects.count() == int(before)


def test_one_after_the_other_is_no_overlap(county):
    man, homes = county.person(), [county.household(), county.household()]
    table = pa.table(
        {
            "household_id": [home.pk for home in homes],
            "person_id": [man.pk] * 2,
            "role": ["head"] * 2,
            "valid_from": [YEAR, MARCH],
            "valid_to": [MARCH, None],
        }
    )
    assert services.load_memberships(change=county.change, table=table) == 2


def facts_table(rows: list[tuple[int, dt.date, dt.date | None, int]]) -> pa.Table:
    columns = {
        "county": ["340223"] * len(rows),
        "person_id": pa.array([row[0] for row in rows], pa.int64()),
        "household_id": pa.nulls(len(rows), pa.int64()),
        "kind": ["wage_year"] * len(rows),
        "valid_from": [row[1] for row in rows],
        "valid_to": pa.array([row[2] for row in rows], pa.date32()),
        "amount_fen": [row[3] for row in rows],
    }
    return pa.table(columns)


def test_loading_circumstances_means_the_same_as_recording_each(county):
    clock.move_to(JUNE)
    one, two = county.person("甲"), county.person("乙")
    opening = [(one.pk, YEAR, None, 100), (two.pk, YEAR, None, 100)]
    services.load_circumstances(change=county.change, table=facts_table(opening))
    later = [(one.pk, MARCH, JUNE, 200), (two.pk, JUNE, None, 300)]
    services.load_circumstances(change=county.change, table=facts_table(later[:1]))
    services.record_circumstance(
        change=county.change, person_id=two.pk, kind="wage_year", amount_fen=300, valid_from=JUNE
    )
    for days, amounts in (((YEAR, MARCH, JUNE), (100, 200, 100)), ((JUNE,), (100,))):
        for day, fen in zip(days, amounts, strict=True):
            (row,) = selectors.circumstances_of(person_id=one.pk, on=day)
            assert (row.amount_fen, row.standing, row.source) == (fen, "verified", "tests")
    assert [row.amount_fen for row in selectors.circumstances_of(person_id=two.pk, on=JUNE)] == [300]
    assert Circumstance.objects.filter(superseded_at=None, person=one).count() == 3


def test_two_overlapping_rows_of_one_subject_are_refused(county):
    man = county.person()
    table = facts_table([(man.pk, YEAR, JUNE, 1), (man.pk, MARCH, None, 2)])
    with pytest.raises(Refused, match="两条时间重叠"):
        services.load_circumstances(change=county.change, table=table)
    assert not Circumstance.objects.exists()


def test_a_batch_asks_for_the_open_month_once(county):
    from nuanxin.kernel.core import booking

    ids, asked, readers = load_people(county, 5), [], list(booking._readers)
    booking.register_last_closed_month(lambda place: asked.append(place) or dt.date(2024, 3, 1))
    try:
        table = pa.table({"kind": ["coming_of_age"] * 5, "person_id": ids, "on": [MARCH] * 5, "source": ["医院"] * 5})
        services.confirm_events(change=county.change, table=table)
        assert booking.open_month("340223") == dt.date(2024, 4, 1)
    finally:
        booking._readers[:] = readers
    assert asked == ["340223", "340223"]  # once in the batch, and once after it: nothing is remembered
    booked = {event.booked_month for one in ids for event in selectors.events_of(one)}
    assert booked == {dt.date(2024, 4, 1)}
