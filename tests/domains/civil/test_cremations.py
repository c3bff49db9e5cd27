import datetime as dt

import pyarrow as pa
import pytest
from django.db import IntegrityError, transaction

from nuanxin.domains.civil import services as civil
from nuanxin.domains.civil.models import Cremation
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.tallies import all_tallies
from nuanxin.kernel.registry import selectors
from nuanxin.kernel.registry import services as registry
from nuanxin.kernel.registry.models import LifeEvent, Person
from nuanxin.kernel.registry.register import register_by_code
from nuanxin.kernel.registry.selectors.registers import history_of, query_register, record_of, record_words
from nuanxin.kernel.registry.services.records import create_record, move_record, update_record

pytestmark = [pytest.mark.db, pytest.mark.django_db]

DIED, CREMATED = dt.date(2024, 3, 5), dt.date(2024, 3, 7)


@pytest.fixture
def clerk(county):
    return county.account()


def values(person, **more):
    return {
        "deceased": person.pk,
        "died_on": DIED,
        "cremated_on": CREMATED,
        "transport_fen": 40000,
        "urn_fen": 0,
        **more,
    }


def create(person, account, **more):
    return create_record(spec=register_by_code("cremation"), values=values(person, **more), account=account)


def facts(person, on=CREMATED) -> dict[str, int | None]:
    return {row.kind: row.amount_fen for row in selectors.circumstances_of(person_id=person.pk, on=on)}


def test_recording_confirms_the_death_and_writes_what_was_charged(county, clerk):
    man = county.person()
    county.household(man)
    record = create(man, clerk)
    man.refresh_from_db()
    assert man.death == DIED
    assert facts(man) == {"cremation": None, "funeral_transport_fen": 40000}
    assert not facts(man, on=DIED)
    assert (record.township, record.county, record.booked_month) == ("340223100", "340223", dt.date(2024, 3, 1))
    assert LifeEvent.objects.get().state == "confirmed"


def test_a_death_already_confirmed_stays(county, clerk):
    man = county.person()
    table = pa.table({"kind": ["death"], "person_id": [man.pk], "on": [DIED], "source": ["公安"]})
    registry.confirm_events(change=county.change, table=table)
    create(man, clerk)
    assert LifeEvent.objects.get().source == "公安"


def test_one_cremation_for_each_deceased(county, clerk):
    man = county.person()
    record = create(man, clerk)
    with pytest.raises(Refused, match="台账里已有相同的“逝者”"):
        create(man, clerk)
    row = Cremation.objects.get(pk=record.pk)
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"cremated_on": dt.date(2024, 3, 4)}, "早于死亡日期"),
        ({"died_on": dt.date(1949, 1, 1)}, "早于出生日期"),
        ({"deceased": 10**9}, "没有“1000000000”这个逝者"),
    ],
)
def test_what_cannot_be_true_is_refused_and_leaves_nothing(county, clerk, more, words):
    man = county.person()
    with pytest.raises(Refused, match=words):
        create(man, clerk, **more)
    assert not Cremation.objects.exists()
    assert not Person.objects.filter(death__isnull=False).exists()


def test_a_void_record_undoes_death_and_charges_and_frees_the_place(county, clerk):
    man, spec = county.person(), register_by_code("cremation")
    home = county.household(man)
    record = create(man, clerk)
    move_record(spec=spec, record_id=record.pk, state="void", account=clerk, reason="登记错了人")
    man.refresh_from_db()
    assert man.death is None
    assert not facts(man)
    assert selectors.household_of(man.pk, CREMATED) == home
    create(man, clerk)
    with pytest.raises(Refused, match="不能改为"):
        move_record(spec=spec, record_id=record.pk, state="recorded", account=clerk, reason="恢复")


def test_a_correction_rewrites_the_charges_and_its_diff_is_kept(county, clerk):
    man, spec = county.person(), register_by_code("cremation")
    record = create(man, clerk)
    update_record(spec=spec, record_id=record.pk, values={"transport_fen": 30000}, account=clerk, reason="收费更正")
    assert facts(man)["funeral_transport_fen"] == 30000
    assert LifeEvent.objects.count() == 1
    first, second = history_of(spec, record.pk)
    assert (first.action, second.action, second.change.reason) == ("create", "update", "收费更正")
    assert [(field.label, field.before, field.after) for field in second.fields] == [("遗体接运费", "400.00", "300.00")]
    assert ("逝者", "", man.name) in [(field.label, field.before, field.after) for field in first.fields]


def test_correcting_who_died_undoes_the_one_and_does_the_other(county, clerk):
    wrong, right, spec = county.person("甲"), county.person("乙"), register_by_code("cremation")
    record = create(wrong, clerk)
    update_record(spec=spec, record_id=record.pk, values={"deceased": right.pk}, account=clerk, reason="认错人")
    wrong.refresh_from_db()
    right.refresh_from_db()
    assert (wrong.death, right.death) == (None, DIED)
    assert not facts(wrong)
    assert "cremation" in facts(right)


def test_area_permission_and_line_of_business(county):
    man = county.person()
    chief, leader = county.account(), county.account("leader")
    other_town = county.account("township_clerk", "34.3402.340223.340223101")
    with pytest.raises(Refused, match="不在您的数据范围"):
        create(man, other_town)
    with pytest.raises(Refused, match="权限"):
        create(man, leader)
    with pytest.raises(Refused, match="业务条线"):
        create(man, county.account(lines="marriage"))
    record = create(man, chief)
    spec = register_by_code("cremation")
    assert not query_register(spec, other_town, {}).exists()
    with pytest.raises(Refused, match="数据范围"):
        record_of(spec, other_town, record.pk)
    with pytest.raises(Refused):
        move_record(spec=spec, record_id=record.pk, state="void", account=other_town, reason="x")


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, True),
        ({"text": "小明"}, True),
        ({"text": "张"}, False),
        ({"township": "340223101"}, False),
        ({"month_from": "2024-03", "month_to": "2024-03"}, True),
        ({"month_from": "2024-04"}, False),
        ({"state": "void"}, False),
    ],
)
def test_filters_of_the_list(county, clerk, filters, found):
    record = create(county.person("王小明"), clerk)
    spec = register_by_code("cremation")
    assert list(query_register(spec, clerk, filters)) == ([record] if found else [])
    words = {column.name: text for column, text in record_words(spec, record)}
    assert (words["deceased"], words["booked_month"], words["transport_fen"]) == ("王小明", "2024-03", "400.00")


def cremations(people, **more) -> pa.Table:
    rows = [
        {
            "county": "340223",
            "deceased_id": person.pk,
            "died_on": DIED,
            "cremated_on": CREMATED,
            "urn_fen": 26000,
            **more,
        }
        for person in people
    ]
    return pa.Table.from_pylist(rows)


def test_many_at_once(county):
    people = [county.person(f"人{n}") for n in range(3)]
    assert civil.load_cremations(change=county.change, table=cremations(people)) == 3
    assert [facts(person) for person in people] == [{"cremation": None, "funeral_urn_fen": 26000}] * 3
    assert Person.objects.filter(death=DIED).count() == 3
    with pytest.raises(Refused, match="第 1 行：台账里已有"):
        civil.load_cremations(change=county.change, table=cremations(people))
    with pytest.raises(Refused, match="不在县区"):
        civil.load_cremations(change=county.change, table=cremations([county.person()], county="330522"))


def test_the_tally_follows_from_the_declaration():
    tally = all_tallies()["cremation"]
    assert (tally.table, tally.date_column, tally.subject_column) == ("civil_cremation", "cremated_on", "deceased_id")
    assert tally.where == "state <> 'void'"
