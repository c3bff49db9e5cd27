import datetime as dt

import pyarrow as pa
import pytest

from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import QueuedStep
from nuanxin.kernel.registry import events, selectors, services
from nuanxin.kernel.registry.models import LifeEvent, Membership, Person, Relation

pytestmark = [pytest.mark.db, pytest.mark.django_db]

DAY = dt.date(2024, 3, 5)
AFTER = dt.date(2024, 3, 6)


@pytest.fixture
def told(monkeypatch):
    """Handlers of a room above that only keep what they are told."""
    monkeypatch.setattr(events, "_handlers", {})
    monkeypatch.setattr(events, "_steps", {})
    calls = []

    def hold(notice):
        calls.append(("hold", notice.person_id))

    def free(notice):
        calls.append(("free", notice.person_id))

    def stop(notice):
        calls.append(("stop", notice.person_id))

    def resume(notice):
        calls.append(("resume", notice.person_id))

    events.register_event_handler("death", "report", hold, free)
    events.register_event_handler("death", "confirm", stop, resume)
    events.register_event_handler("death", "confirm", stop, resume)
    events.register_event_step("death", "confirm", "letter")
    return calls


def report(county, person, on=DAY, kind="death", **more):
    return services.report_event(change=county.change, kind=kind, person_id=person.pk, on=on, source="村委会", **more)


def test_reported_only_holds_and_is_booked_where_the_person_lives(county, told):
    man = county.person()
    event = report(county, man)
    man.refresh_from_db()
    assert man.death is None
    assert told == [("hold", man.pk)]
    assert (event.township, event.booked_month, event.state) == ("340223100", dt.date(2024, 3, 1), "reported")


def test_confirmed_acts_once(county, told):
    man, wife = county.person("王大"), county.person("李二", sex=2)
    home = county.household(man, wife)
    services.record_relation(
        change=county.change, person_id=man.pk, other_id=wife.pk, kind="spouse", valid_from=dt.date(2000, 1, 1)
    )
    event = report(county, man)
    for _ in range(2):
        services.confirm_event(change=county.open("confirm"), event_id=event.pk)
    man.refresh_from_db()
    assert man.death == DAY
    assert selectors.household_of(man.pk, DAY) == home
    assert selectors.household_of(man.pk, AFTER) is None
    assert not selectors.relations_of(wife.pk, AFTER)
    assert told == [("hold", man.pk), ("stop", man.pk)]
    assert QueuedStep.objects.get().key == str(event.pk)


@pytest.mark.parametrize("bulk", [False, True])
def test_withdrawing_undoes_everything_last_first(county, told, bulk):
    man, wife = county.person("王大"), county.person("李二", sex=2)
    home = county.household(man, wife)
    services.record_relation(
        change=county.change, person_id=man.pk, other_id=wife.pk, kind="spouse", valid_from=dt.date(2000, 1, 1)
    )
    if bulk:
        table = pa.table({"kind": ["death"], "person_id": [man.pk], "on": [DAY], "source": ["火化登记"]})
        (event_id,) = services.confirm_events(change=county.change, table=table)
    else:
        event_id = services.confirm_event(change=county.change, event_id=report(county, man).pk).pk
    for _ in range(2):
        services.withdraw_event(change=county.open("withdraw"), event_id=event_id)
    man.refresh_from_db()
    assert man.death is None
    assert selectors.household_of(man.pk, AFTER) == home
    assert [row.other for row in selectors.relations_of(wife.pk, AFTER)] == [man]
    assert [verb for verb, _ in told] == ["hold", "stop", "resume", "free"]
    assert Membership.objects.filter(person=man).count() == 3
    with pytest.raises(Refused, match="已撤回"):
        services.confirm_event(change=county.change, event_id=event_id)
    assert report(county, man).state == "reported"


def test_a_membership_changed_since_is_not_touched_by_a_withdrawal(county, told):
    man = county.person()
    county.household(man)
    event = services.confirm_event(change=county.change, event_id=report(county, man).pk)
    services.correct_membership(change=county.change, person_id=man.pk, on=dt.date(2024, 1, 1), counted=False)
    services.withdraw_event(change=county.change, event_id=event.pk)
    assert selectors.household_of(man.pk, AFTER) is None
    assert selectors.membership_of(man.pk, DAY).counted is False


@pytest.mark.parametrize(
    ("kind", "on"), [("death", dt.date(1949, 1, 1)), ("marriage", DAY), ("merged", DAY)], ids=lambda v: str(v)
)
def test_what_cannot_be_true_is_refused(county, told, kind, on):
    with pytest.raises(Refused):
        report(county, county.person(), on=on, kind=kind)


def test_a_second_open_report_and_a_second_death_are_refused(county, told):
    man = county.person()
    event = report(county, man)
    with pytest.raises(Refused, match="待确认"):
        report(county, man)
    services.confirm_event(change=county.change, event_id=event.pk)
    with pytest.raises(Refused, match="死亡"):
        report(county, man, on=AFTER)


def test_moving_out_and_its_inverse(county, told):
    man = county.person()
    home = county.household(man)
    event = services.confirm_event(change=county.change, event_id=report(county, man, kind="move_out").pk)
    man.refresh_from_db()
    assert man.hukou_county == ""
    assert selectors.household_of(man.pk, DAY) is None
    services.withdraw_event(change=county.change, event_id=event.pk)
    man.refresh_from_db()
    assert man.hukou_county == "340223"
    assert selectors.household_of(man.pk, DAY) == home


def test_marriage_and_divorce_with_their_inverses(county, told):
    man, wife = county.person("王大"), county.person("李二", sex=2)
    wedding = services.confirm_event(
        change=county.change, event_id=report(county, man, kind="marriage", other_id=wife.pk).pk
    )
    assert [row.other for row in selectors.relations_of(wife.pk, AFTER)] == [man]
    divorce = services.confirm_event(
        change=county.change, event_id=report(county, man, on=AFTER, kind="divorce", other_id=wife.pk).pk
    )
    assert not selectors.relations_of(man.pk, AFTER)
    services.withdraw_event(change=county.change, event_id=divorce.pk)
    assert [row.other for row in selectors.relations_of(man.pk, AFTER)] == [wife]
    services.withdraw_event(change=county.change, event_id=wedding.pk)
    assert not selectors.relations_of(man.pk, AFTER)
    assert Relation.objects.count() > 2


def deaths(people, **more) -> pa.Table:
    rows = [{"kind": "death", "person_id": person.pk, "on": DAY, "source": "测试", **more} for person in people]
    return pa.Table.from_pylist(rows)


def test_many_at_once_run_the_same_handlers_and_twice_changes_nothing(county, told):
    people = [county.person(f"人{n}") for n in range(3)]
    known = report(county, people[0])
    done = services.confirm_event(change=county.change, event_id=report(county, people[1]).pk)
    told.clear()
    ids = services.confirm_events(change=county.change, table=deaths(people))
    assert ids[:2] == [known.pk, done.pk]
    assert told == [("hold", people[2].pk), ("stop", people[0].pk), ("stop", people[2].pk)]
    assert Person.objects.filter(death=DAY).count() == 3
    again = services.confirm_events(change=county.change, table=deaths(people))
    assert (again, LifeEvent.objects.count()) == (ids, 3)


def test_one_impossible_row_and_nothing_is_done(county, told):
    people = [county.person(), county.person(birth=dt.date(2024, 3, 10))]
    with pytest.raises(Refused, match="早于出生日期"):
        services.confirm_events(change=county.change, table=deaths(people))
    assert not LifeEvent.objects.exists()
    assert not Person.objects.filter(death__isnull=False).exists()
