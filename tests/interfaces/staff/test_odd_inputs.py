"""The smallest inputs that once gave an error of ours, each of its kind; all are answered in words, and nothing is done."""

from typing import Any

import pytest
from django.urls import reverse

from nuanxin.interfaces.staff.papers import note_for
from nuanxin.kernel.casework.models import Case
from nuanxin.kernel.core import clock
from nuanxin.kernel.registry.services import record_circumstance
from nuanxin.kernel.work.models import StandIn
from tests.interfaces.staff.world import World, make_world

pytestmark = [pytest.mark.django_db, pytest.mark.db]
LONG = "9" * 31


@pytest.fixture
def world(accounts: Any) -> World:
    return make_world(accounts["county_examiner"])


@pytest.mark.parametrize(
    "name", ["people", "households", "answer", "case-new", "registers", "logs", "staff-accounts", "cases"]
)
@pytest.mark.parametrize("field", ["q", "number", "text", "place"])
def test_a_search_of_seventy_thousand_characters_is_refused_in_words(
    sign_in: Any, world: World, name: str, field: str
) -> None:
    role = {"logs": "audit_admin", "staff-accounts": "system_admin"}.get(name, "township_clerk")
    answer = sign_in(role).get(reverse(name), {field: "王" * 70_000})
    assert answer.status_code == 409
    assert "太长" in answer.content.decode()


def test_a_posted_search_is_bounded_as_well(sign_in: Any, world: World) -> None:
    answer = sign_in("township_clerk").post(reverse("answer"), {"q": "x" * 70_000})
    assert (answer.status_code, "太长" in answer.content.decode()) == (409, True)


@pytest.mark.parametrize("last", ["9999-12-31", "0001-01-01", "2024-02-30", "", "今天"])
def test_a_stand_in_ends_on_a_day_that_there_is(sign_in: Any, accounts: Any, world: World, last: str) -> None:
    giver, taker = accounts["township_clerk"].pk, accounts["county_examiner"].pk
    sent = {"act": "stand_in", "giver": giver, "taker": taker, "from": "2024-01-01", "last": last, "reason": "休假"}
    assert sign_in("township_clerk").post(reverse("handover"), sent).status_code == 409
    assert not StandIn.objects.exists()


@pytest.mark.parametrize(
    "back",
    [
        "abc",
        "0",
        "//elsewhere.example/",
        "https://elsewhere.example/",
        "javascript:x",
        "/no/such/",
        "\\\\x",
        "http:///x",
    ],
)
def test_a_form_goes_back_to_pages_of_ours_only(sign_in: Any, accounts: Any, world: World, back: str) -> None:
    case = world.mine.case
    note = note_for(accounts["township_clerk"], ("case", case.pk), case.handled_in_id, case.household_id)
    sent = {"note": note, "on": clock.today().isoformat(), "present": "本人", "findings": "独居，生活困难", "next": back,
            "second_name": "张大山", "second_reason": "村民政协理员，未开通账号"}  # fmt: skip
    answer = sign_in("township_clerk").post(reverse("visit-new"), sent)
    assert (answer.status_code, answer.headers["Location"]) == (302, reverse("home"))


def test_a_form_goes_back_to_where_it_was_sent_from(sign_in: Any, world: World) -> None:
    place = f"{reverse('letters')}?state=queued"
    sent = {"reason": "上传错了", "next": place}
    answer = sign_in("township_clerk").post(reverse("attachment-void", args=[world.mine.attachment.pk]), sent)
    assert (answer.status_code, answer.headers["Location"]) == (302, place)


@pytest.mark.parametrize("township", ["\x00", "'", "340223999", "²", "x" * 400])
def test_the_records_of_a_figure_are_asked_for_a_township_or_none(sign_in: Any, world: World, township: str) -> None:
    address = reverse("figure-records", args=["dibao_persons"])
    assert sign_in("county_examiner").get(address, {"township": township}).status_code in (200, 404, 409)


@pytest.mark.parametrize("number", ["abc", "", "²", LONG, "-1", "\x00", "0"])
def test_a_number_is_shown_by_its_id_only(sign_in: Any, world: World, number: str) -> None:
    address = reverse("disclose", args=[world.mine.person.pk])
    assert sign_in("county_examiner").post(address, {"number": number, "purpose": "核对身份"}).status_code in (
        403,
        404,
        409,
    )


@pytest.mark.parametrize("act", ["event", "join", "leave", "split", "merge", "move"])
@pytest.mark.parametrize(
    "on", ["0001-01-01", "1899-12-31", "9999-12-31", "2024-02-30", "20240101", "２０２４-01-01", ""]
)
def test_no_change_happens_on_a_day_that_there_is_not(sign_in: Any, world: World, act: str, on: str) -> None:
    place = world.mine
    sent = {"act": act, "on": on, "reason": "入户核实", "person": place.person.pk, "persons": place.person.pk, "kind": "death",
            "role": "child", "into": place.household.pk, "division": place.household.division_id}  # fmt: skip
    answer = sign_in("township_clerk").post(reverse("household-change", args=[place.household.pk]), sent)
    assert answer.status_code == 409


@pytest.mark.parametrize("ids", ["²", LONG, "-1", "abc", "\x00", "", "９"])
@pytest.mark.parametrize(
    ("name", "act"),
    [
        ("letters-bulk", "print"),
        ("funerals-claim", "family"),
        ("reviews-decide", "confirm"),
        ("proposals-decide", "agree"),
        ("cases-bulk", ""),
    ],
)
def test_what_is_no_id_is_nobody(sign_in: Any, world: World, name: str, act: str, ids: str) -> None:
    address = reverse(name, args=["2024-01"] if name == "proposals-decide" else [])
    answer = sign_in("township_clerk").post(address, {"act": act, "ids": ids, "on": "2024-01-02"})
    assert answer.status_code == 409


@pytest.mark.parametrize("number", [0, 1, 340223100001, 3402231000012400, 3402231000012413, 3402231000012499, 10**19])
def test_a_round_of_reviews_that_is_none_does_not_exist(sign_in: Any, world: World, number: int) -> None:
    assert sign_in("township_clerk").get(reverse("review-round", args=[number])).status_code == 404


@pytest.mark.parametrize("filed", ["2023-01-01", "1900-01-01", "0001-01-01", "2199-12-31", "9999-12-31"])
def test_an_application_is_not_filed_before_the_clocks_begin_nor_in_days_to_come(
    sign_in: Any, world: World, filed: str
) -> None:
    person, before = world.mine.person, Case.objects.count()
    record_circumstance(
        change=world.walk.change, kind="assistance_file", household_id=world.mine.household.pk, level=1, source="窗口",
        valid_from=world.mine.grant.from_date,
    )  # fmt: skip
    sent = {"act": "accept", "person": person.pk, "benefit": "tekun", "filed_on": filed}
    answer = sign_in("township_clerk").post(f"{reverse('case-new')}?person={person.pk}", sent)
    assert answer.status_code == 409
    assert f'value="{filed}"' in answer.content.decode()
    assert Case.objects.count() == before


def test_an_upload_cut_off_or_of_too_many_fields_is_answered_in_words(sign_in: Any, world: World) -> None:
    client = sign_in("township_clerk")
    many = client.post(reverse("letters-bulk"), {f"f{n}": "1" for n in range(1_100)})
    cut = client.post(
        reverse("register-import", args=["cremation"]), b"--x\r\nbroken", content_type="multipart/form-data"
    )
    for answer in (many, cut):
        assert answer.status_code == 400
        assert "请返回上一页" in answer.content.decode()
