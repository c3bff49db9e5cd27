"""The counter puts a person's record right: name, birth, numbers, relations, membership; what is refused keeps what was typed."""

import datetime as dt
from typing import Any

import pytest

from nuanxin.kernel.core import clock
from nuanxin.kernel.core.identifiers import make_citizen_id
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.registry import selectors as registry
from nuanxin.kernel.registry.models import FormerName, Membership, Person, Relation
from tests.interfaces.staff.world import World, make_world

pytestmark = pytest.mark.django_db

TODAY = dt.date(2024, 3, 15)
WHY = {"reason": "录入时抄错", "evidence": "户口簿"}


@pytest.fixture
def world(accounts: dict[str, Any]) -> World:
    clock.move_to(TODAY)
    return make_world(accounts["county_examiner"])


@pytest.fixture
def clerk(sign_in: Any) -> Any:
    return sign_in("township_clerk")


def new(client: Any, world: World, **typed: str) -> Any:
    data = {"name": "李新来", "division": world.mine.household.division_id, "hukou_here": "1", **typed}
    return client.post("/people/new/", data)


def correct(client: Any, person: Person, act: str, **typed: Any) -> Any:
    return client.post(f"/people/{person.pk}/correct/", {"act": act, **WHY, **typed})


def relate(client: Any, person: Person, **typed: Any) -> Any:
    data = {"act": "add", "valid_from": "2020-05-01", "reason": "户口簿", **typed}
    return client.post(f"/people/{person.pk}/relations/", data)


def registered(client: Any, world: World, name: str, birth: dt.date, seq: int = 31) -> Person:
    new(client, world, name=name, number=make_citizen_id("340223", birth, seq))
    return Person.objects.get(name=name)


def said(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("citizen_id", "３３0522 19500307-1029"),
        ("citizen_id", "330522500307102"),
        ("residence_permit", make_citizen_id("810000", dt.date(1950, 3, 7), 102)),
        ("home_permit", "H12345678"),
        ("taiwan_permit", "12345678"),
        ("passport", "ea1234567"),
        ("birth_certificate", "R340012345"),
        ("foreign_resident", "usa110012345678"),
        ("foreign_resident", make_citizen_id("911123", dt.date(1950, 3, 7), 102)),
    ],
)
def test_a_newcomer_is_registered_by_any_paper_and_found_by_it(
    world: World, clerk: Any, kind: str, number: str
) -> None:
    answer = new(clerk, world, kind=kind, number=number, birth="1950-03-07", sex="2")
    assert answer.status_code == 302, said(answer)
    person = Person.objects.get(name="李新来")
    assert (person.birth, person.sex, person.birth_estimated) == (dt.date(1950, 3, 7), 2, False)
    assert registry.person_by_identifier(number) == person
    assert "李新来" in said(clerk.get("/people/", {"q": number}))


def test_somebody_without_a_paper_is_registered_with_the_reason_and_an_estimated_birth(
    world: World, clerk: Any
) -> None:
    typed = {"name": "无名氏", "kind": "none", "birth": "1960-01-01", "birth_estimated": "1", "sex": "1"}
    refused = new(clerk, world, **typed)
    assert "没有证件的原因" in said(refused)
    assert "无名氏" in said(refused)
    assert new(clerk, world, **typed, unnumbered="流浪乞讨，身份待查").status_code == 302
    person = Person.objects.get(name="无名氏")
    assert (person.unnumbered, person.birth_estimated) == ("流浪乞讨，身份待查", True)
    assert "流浪乞讨" in said(clerk.get(f"/people/{person.pk}/"))
    correct(clerk, person, "number", kind="citizen_id", number="330522195003071029", on="2024-03-15")
    person.refresh_from_db()
    assert (person.unnumbered, person.birth, person.birth_estimated) == ("", dt.date(1950, 3, 7), False)


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ({"kind": "citizen_id", "number": "330522195003071028"}, "校验位"),
        ({"kind": "citizen_id", "number": make_citizen_id("330522", dt.date(1824, 3, 3), 1)}, "超过130年"),
        ({"kind": "citizen_id", "number": "330522195003071029", "birth": "1950-03-08"}, "出生日期是 1950-03-07"),
        ({"kind": "citizen_id", "number": "330522195003071029", "sex": "1"}, "性别是女"),
        ({"kind": "residence_permit", "number": "330522195003071029"}, "81、82或83"),
        ({"kind": "home_permit", "number": "X12345678", "birth": "1950-03-07", "sex": "1"}, "H或M"),
        ({"kind": "passport", "number": "E1234567"}, "出生日期"),
        ({"kind": "passport", "number": "E1234567", "birth": "1950-03-07"}, "性别"),
        ({"kind": "none", "number": "123", "unnumbered": "x"}, "又填了号码"),
        ({"kind": "phone", "number": "13800000000"}, "证件种类"),
        ({"name": "李\ue000", "kind": "citizen_id", "number": "330522195003071029"}, "造字区"),
    ],
)
def test_what_cannot_be_registered_is_said_and_the_form_keeps_it(
    world: World, clerk: Any, typed: dict[str, str], word: str
) -> None:
    people = Person.objects.count()
    answer = new(clerk, world, phone="13900001111", **typed)
    assert word in said(answer)
    assert "13900001111" in said(answer)
    assert Person.objects.count() == people


def test_a_name_is_corrected_and_the_old_one_still_finds_the_person(world: World, clerk: Any) -> None:
    person = registered(clerk, world, "李错明", dt.date(1980, 5, 6))
    page = said(correct(clerk, person, "name", name="李错明", kind="corrected"))
    assert "没有改动" in page
    assert correct(clerk, person, "name", name="李 正明", kind="corrected").status_code == 302
    person.refresh_from_db()
    assert (person.name, person.initials) == ("李正明", "lzm")
    assert FormerName.objects.get(person=person).name == "李错明"
    for text in ("李错明", "李错", "lzm", "李正明"):
        assert "李正明" in said(clerk.get("/people/", {"q": text})), text
    assert "李错明" in said(clerk.get(f"/people/{person.pk}/"))
    change = Change.objects.filter(verb="correct_name").latest("id")
    assert "户口簿" in change.reason
    assert "李" not in "".join(change.items.values_list("diff", flat=True))


def test_birth_and_sex_follow_the_number_and_cannot_contradict_it(world: World, clerk: Any) -> None:
    person = registered(clerk, world, "李日期", dt.date(1980, 5, 6))
    assert "身份证号上的出生日期是 1980-05-06" in said(correct(clerk, person, "birth", birth="1980-05-07", sex="1"))
    number = make_citizen_id("340223", dt.date(1944, 1, 2), 32)
    assert correct(clerk, person, "number", kind="citizen_id", number=number, on="2024-03-15").status_code == 302
    person.refresh_from_db()
    assert (person.birth, person.sex) == (dt.date(1944, 1, 2), 2)
    assert registry.person_by_identifier(make_citizen_id("340223", dt.date(1980, 5, 6), 31)) == person


def test_what_a_correction_changes_of_money_paid_is_shown_before_it_is_done(world: World, clerk: Any) -> None:
    person = world.mine.person
    typed = {"birth": "1944-01-02", "sex": str(person.sex)}
    before = person.birth
    page = said(correct(clerk, person, "birth", **typed))
    assert "更正前请核对影响" in page
    assert "1944-01-02" in page
    assert "80 岁" in page
    person.refresh_from_db()
    assert person.birth == before
    assert correct(clerk, person, "birth", **typed, seen="1").status_code == 302
    person.refresh_from_db()
    assert person.birth == dt.date(1944, 1, 2)


def test_a_number_registered_by_mistake_finds_nobody_and_is_free_for_its_owner(world: World, clerk: Any) -> None:
    person = registered(clerk, world, "李错号", dt.date(1980, 5, 6))
    number = make_citizen_id("340223", dt.date(1980, 5, 6), 31)
    assert "已登记在另一人名下" in said(new(clerk, world, name="李真主", number=number))
    row = person.identifiers.get()
    assert correct(clerk, person, "end", identifier=str(row.pk), why="mistaken", on="2024-03-15").status_code == 302
    assert registry.person_by_identifier(number) is None
    assert new(clerk, world, name="李真主", number=number).status_code == 302
    assert "登记有误" in said(clerk.get(f"/people/{person.pk}/"))
    assert "没有这个号码" in said(
        correct(clerk, person, "end", identifier=str(row.pk), why="mistaken", on="2024-03-15")
    )


@pytest.mark.parametrize("missing", ["reason", "evidence"])
def test_a_correction_without_reason_or_evidence_is_refused(world: World, clerk: Any, missing: str) -> None:
    answer = correct(clerk, world.mine.person, "name", name="张改", kind="changed", **{missing: ""})
    assert "还没有填" in said(answer)
    assert "张改" in said(answer)
    assert not FormerName.objects.exists()


def test_relations_are_entered_for_both_spouses_ended_and_set_aside(world: World, clerk: Any) -> None:
    wife = registered(clerk, world, "李爱", dt.date(1952, 1, 1), 44)
    man = world.mine.person
    page = said(clerk.get(f"/people/{man.pk}/relations/", {"q": "李爱"}))
    assert "1952-01-01 出生" in page
    assert "户主" in page
    assert relate(clerk, man, kind="spouse", other=str(wife.pk)).status_code == 302
    assert Relation.objects.filter(kind="spouse", superseded_at=None).count() == 2
    assert "李爱" in said(clerk.get(f"/people/{man.pk}/relations/"))
    third = registered(clerk, world, "李三", dt.date(1960, 1, 1), 46)
    answer = relate(clerk, man, kind="spouse", other_number=make_citizen_id("340223", dt.date(1960, 1, 1), 46))
    assert "已有配偶" in said(answer)
    row = Relation.objects.get(person=man, kind="spouse", superseded_at=None)
    url = f"/people/{man.pk}/relations/"
    assert (
        clerk.post(url, {"act": "end", "relation": row.pk, "last": "2023-12-31", "reason": "离婚证"}).status_code == 302
    )
    assert not registry.relations_of(man.pk, TODAY).filter(kind="spouse").exists()
    assert relate(clerk, man, kind="spouse", other=str(third.pk), valid_from="2024-02-01").status_code == 302
    row = Relation.objects.get(person=man, other=third, kind="spouse", superseded_at=None)
    assert clerk.post(url, {"act": "withdraw", "relation": row.pk, "reason": "登记错人"}).status_code == 302
    assert not Relation.objects.filter(other=third, superseded_at=None).exists()


@pytest.mark.parametrize("kind", ["parent", "guardian", "obligor", "carer", "payee"])
def test_every_kind_of_relation_has_a_door_and_its_dates_are_corrected(world: World, clerk: Any, kind: str) -> None:
    child = registered(clerk, world, "李小", dt.date(2015, 1, 1))
    grown = registered(clerk, world, "李大", dt.date(1985, 1, 1), 33)
    assert relate(clerk, child, kind=kind, other=str(grown.pk)).status_code == 302
    row = Relation.objects.get(person=child, superseded_at=None)
    data = {"act": "correct", "relation": row.pk, "valid_from": "2021-06-01", "reason": "更正"}
    assert clerk.post(f"/people/{child.pk}/relations/", data).status_code == 302
    row = Relation.objects.get(person=child, superseded_at=None)
    assert (row.kind, row.valid_from) == (kind, dt.date(2021, 6, 1))


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ({"kind": "parent", "other": "older"}, "不比李大"),
        ({"kind": "guardian", "other": "older", "valid_from": "2014-12-31"}, "才出生"),
        ({"kind": "guardian", "other": "older", "valid_from": "2024-03-16"}, "不在"),
        ({"kind": "guardian", "other": "older", "last": "2020-04-01"}, "应晚于"),
        ({"kind": "guardian"}, "还没有选"),
        ({"kind": "guardian", "other_number": "330522195003071029"}, "没有找到"),
        ({"kind": "cousin", "other": "older"}, "选择"),
        ({"kind": "guardian", "other": "self"}, "本人"),
        ({"kind": "guardian", "other": "older", "reason": ""}, "还没有填"),
    ],
)
def test_impossible_relations_are_refused_in_words(world: World, clerk: Any, typed: dict[str, str], word: str) -> None:
    child = registered(clerk, world, "李小", dt.date(2015, 1, 1))
    grown = registered(clerk, world, "李大", dt.date(1985, 1, 1), 33)
    who = {"older": child.pk, "self": grown.pk}
    given = {name: str(who.get(value, value)) for name, value in typed.items()}
    answer = relate(clerk, grown, **given)
    assert answer.status_code == 409
    assert word in said(answer)
    assert not Relation.objects.exists()


def test_a_membership_is_corrected_in_role_counting_and_dates(world: World, clerk: Any) -> None:
    person, home = world.mine.person, world.mine.household
    url = f"/people/{person.pk}/memberships/"
    data = {"act": "counted", "role": "head", "counted": "no", "on": "2024-02-01", "reason": "入户核实"}
    assert "不计入共同生活的要写原因" in said(clerk.post(url, data))
    assert clerk.post(url, data | {"exclusion_reason": "在监狱服刑"}).status_code == 302
    now = registry.membership_of(person.pk, TODAY)
    assert now is not None
    assert (now.counted, now.exclusion_reason, now.household_id) == (False, "在监狱服刑", home.pk)
    assert registry.membership_of(person.pk, dt.date(2024, 1, 15)).counted is True
    dates = {"act": "dates", "membership": now.pk, "valid_from": "2024-01-15", "reason": "入户核实"}
    assert "重叠" in said(clerk.post(url, dates))
    assert clerk.post(url, dates | {"valid_from": "2024-02-10"}).status_code == 302
    assert registry.membership_of(person.pk, dt.date(2024, 2, 5)) is None
    assert Membership.objects.filter(person=person).count() == 4


def test_choosing_a_member_shows_what_tells_people_apart(world: World, clerk: Any) -> None:
    page = said(clerk.get(f"/households/{world.mine.household.pk}/change/"))
    assert "出生" in page.split('name="person"')[1].split("</select>")[0]
