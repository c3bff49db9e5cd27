"""No input of any form or address gives an error of ours: forms are found in the pages, and each field is given odd values.

`NUANXIN_FUZZ=20` tries that many odd values for each field (all of them from 20 on) and as many more examples at random.
"""

import html
import logging
import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from nuanxin.interfaces.staff.forms_in import Field, Reader
from nuanxin.interfaces.staff.urls import urlpatterns
from nuanxin.kernel.access.roles import ROLES
from nuanxin.kernel.registry.models import LifeEvent
from tests.interfaces.staff.forms import HUGE, TOKEN, Door, by_hand, doors_of, odd_values, post
from tests.interfaces.staff.states import pages_by_state, pages_of_more
from tests.interfaces.staff.test_permissions import PAGES, args
from tests.interfaces.staff.world import World, make_world

pytestmark = pytest.mark.django_db
DEPTH = int(os.environ.get("NUANXIN_FUZZ", "2"))
BUSY = ("township_clerk", "township_leader", "county_examiner", "section_chief", "finance", "security_admin")
LONG = {"month-run", "month-prepare", "month-close"}  # minutes of reckoning behind one button without fields
WRITING = {one.name for one in urlpatterns if "POST" in getattr(one.callback, "writes", ())}
PARAMETERS = ("page", "sort", "export", "q", "month", "period", "township", "person", "first", "last", "year", "benefit",
              "parameter", "receiver", "state", "place", "since", "until")  # fmt: skip
ODD_PARAMETERS = (
    "",
    "\x00",
    "²",
    "-1",
    HUGE,
    "0001-01-01",
    "9999-12-31",
    "9999-12",
    "0001-01",
    "abc",
    "'\"<%s{}",
    "x" * 70_000,
)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def world(accounts: Any) -> World:
    return make_world(accounts["county_examiner"])


@pytest.fixture
def doors(world: World, accounts: Any, sign_in: Any) -> list[Door]:
    """Return every form of every page, each act once, by the first role that is offered it."""
    found: dict[tuple[str, tuple[str, ...]], Door] = {}
    more = [*pages_by_state(world), *pages_of_more(world, accounts)]
    for role in ROLES:
        client = sign_in(role)
        for page in [*readable(world, role), *(more if role in BUSY else [])]:
            for door in doors_of(client, role, page):
                found.setdefault((door.route, door.act), door)
    for door in unseen(world, accounts):
        found.setdefault((door.route, door.act), door)
    return [door for door in found.values() if door.route not in LONG]


def unseen(world: World, accounts: Any) -> Iterator[Door]:
    """Yield the forms that no page of the small world offers: their things take months or files to come about."""
    place = world.mine
    run, case = [place.line.run_id], [place.case.pk]
    for act in ("confirm", "stop", "check"):
        address = reverse("case-stages", args=case)
        yield by_hand("township_clerk", address, ("act", act), stage="number", found="text", heard="text", agree="text")
    yield by_hand("section_chief", reverse("payment-release", args=run), reason="text")
    yield by_hand("county_examiner", reverse("payment-write", args=run))
    yield by_hand("county_examiner", reverse("payment-return", args=run), file="file")
    yield by_hand("county_examiner", reverse("payment-return-try", args=run), file="file")
    yield by_hand("section_chief", reverse("report-write"), period="text", reason="text")
    yield by_hand("county_examiner", reverse("roster-post"), village="text")
    yield by_hand("county_examiner", reverse("standards-take"), **{"from": "date"}, title="text")
    here = place.person.pk
    event = LifeEvent.objects.values_list("pk", flat=True)[0]
    yield by_hand("township_clerk", reverse("merger", args=[here, here]), on="date", reason="text")
    yield by_hand("county_examiner", reverse("merger-confirm", args=[event]), reason="text")
    yield by_hand("township_clerk", reverse("merger-withdraw", args=[event]), reason="text")
    yield by_hand("finance", reverse("account-changes"), change="number", agree="text", note="text")
    yield by_hand(
        "county_examiner", reverse("many-paid"), account="number", reason="text", reason_id="number", act="text"
    )
    yield by_hand("security_admin", reverse("account-unlock", args=[accounts["auditor"].pk]))
    yield by_hand("township_clerk", reverse("case-payee", args=case), account="number")
    home = place.household.pk
    yield by_hand("township_clerk", reverse("facts-verify", args=[home]), ids="number", source="text", case="number")
    yield by_hand("township_clerk", reverse("proposal-withdraw", args=[place.proposal.pk]))
    look = {"first": "month", "last": "month", "pursuit": "text", "reason": "text", "heard_on": "date"}
    yield by_hand("township_clerk", reverse("reassess", args=[place.grant.pk]), statement="text", **look)


def readable(world: World, role: str) -> list[str]:
    """Return the addresses that a role may read."""
    allowed = (None, *ROLES[role].permissions)
    rows = [(name, what) for name, (permission, what, how) in PAGES.items() if "r" in how and permission in allowed]
    return [reverse(name, args=args(world, what)) for name, what in rows]


def fields(door: Door) -> list[Field]:
    return [one for one in door.fields if one.name and one.name != TOKEN and one.tag != "button"]


def fault(answer: Any) -> str:
    """Return what is wrong with an answer, empty for nothing."""
    if answer.status >= 500:
        return f"{answer.status} {answer.error}"
    if "Traceback" in answer.text or "Exception" in answer.text:
        return "speaks of our code"
    if answer.status == 409 and not any("\u4e00" <= one <= "\u9fff" for one in answer.text):
        return "refused without a sentence"
    return ""


def test_no_odd_value_in_any_field_gives_an_error_of_ours(doors: list[Door], sign_in: Any) -> None:
    untried = WRITING - {door.route for door in doors} - LONG
    assert not untried
    faults, turn = [], 0
    clients = {role: sign_in(role) for role in ROLES}
    for door in doors:
        for one in fields(door):
            odd = odd_values(one)
            for value in [odd[(turn + n) % len(odd)] for n in range(min(DEPTH, len(odd)))]:
                wrong = fault(post(clients[door.role], door, door.sent() | {one.name: value}))
                faults += [(door.route, door.act, one.name, str(value)[:40], wrong)] if wrong else []
            turn += DEPTH
        bare = fault(post(clients[door.role], door, dict([door.button] if door.button else [])))
        faults += [(door.route, door.act, "nothing sent", bare)] if bare else []
    assert not faults
    _mixtures(doors, clients)


def _mixtures(doors: list[Door], clients: dict[str, Any]) -> None:
    """Try mixtures of odd, missing and repeated fields."""

    @settings(
        max_examples=60 * DEPTH,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),
    )
    @given(data=st.data())
    def mixture(data: Any) -> None:
        door = data.draw(st.sampled_from(doors))
        sent = _mixed(door, data)
        assert not fault(post(clients[door.role], door, sent)), (door.route, door.act, sent)

    mixture()


def _mixed(door: Door, data: Any) -> dict[str, Any]:
    sent = door.sent()
    for one in fields(door):
        odd = st.sampled_from(odd_values(one))
        value = st.one_of(odd, st.text(max_size=40), st.integers().map(str), st.dates().map(str))
        how = data.draw(st.sampled_from(("kept", "kept", "odd", "missing", "twice")))
        if how == "odd":
            sent[one.name] = data.draw(value)
        elif how == "missing":
            sent.pop(one.name, None)
        elif how == "twice" and one.kind != "file":
            sent[one.name] = [data.draw(value), data.draw(value)]
    return sent


@pytest.mark.parametrize("role", ROLES)
def test_no_odd_address_gives_an_error_of_ours(world: World, sign_in: Any, role: str) -> None:
    client, faults = sign_in(role), []
    client.raise_request_exception = False
    for place, (name, (permission, what, _how)) in enumerate(PAGES.items()):
        if permission not in (None, *ROLES[role].permissions):
            continue
        for number, address in enumerate(odd_addresses(name, args(world, what))):
            value = ODD_PARAMETERS[(place + number) % len(ODD_PARAMETERS)]
            answer = client.get(address, {PARAMETERS[(place * 3 + number) % len(PARAMETERS)]: value})
            if answer.status_code >= 500:
                faults.append((address, answer.wsgi_request.GET, repr(answer.exc_info and answer.exc_info[1])))
    assert not faults


def odd_addresses(name: str, known: list[Any]) -> list[str]:
    """Return the address of a page as it is, and with odd arguments of the kinds it takes."""
    odd: dict[type, tuple[Any, ...]] = {
        int: (0, 2**31, 2**63 - 1, 10**20),
        str: ("0", "x" * 300, "9999-12", "0001-01", "2024-13", "²"),
    }
    found = [reverse(name, args=known)] * max(1, DEPTH)
    for place, one in enumerate(known):
        for value in odd[type(one)]:
            try:
                found.append(reverse(name, args=[*known[:place], value, *known[place + 1 :]]))
            except Exception:  # a value that the address does not take
                continue
    return found


def test_every_page_of_lists_takes_every_parameter_oddly(world: World, sign_in: Any) -> None:
    client, faults = sign_in("county_examiner"), []
    client.raise_request_exception = False
    for number, page in enumerate(readable(world, "county_examiner")):
        answer = client.get(page)
        text = answer.content.decode(errors="replace") if not answer.streaming else ""
        forms = [one for one in Reader(text).forms if not one.posts and not one.action]
        names = dict.fromkeys(one.name for form in forms for one in form.fields if one.name)
        for place, name in enumerate([*names, "page", "sort"]):
            for turn in range(DEPTH):
                value = ODD_PARAMETERS[(number + place + turn) % len(ODD_PARAMETERS)]
                if client.get(page, {name: value}).status_code >= 500:
                    faults.append((page, name, value[:40]))
    assert not faults


SWAPS = {"facts-live"}  # answers go beside the form, which stays as it is
TYPED = ("text", "textarea", "date", "month", "number", "search", "tel")


def test_a_refused_form_comes_back_with_everything_that_was_typed(
    world: World, doors: list[Door], accounts: Any, sign_in: Any
) -> None:
    clients, lost, tried = {role: sign_in(role) for role in ROLES}, [], 0
    by_hand_only = list(unseen(world, accounts))
    for door in doors:
        typed = [one for one in fields(door) if one.kind in TYPED]
        refused = next(refusals(clients[door.role], door), None) if len(typed) > 1 else None
        if refused is None or door in by_hand_only or door.route in SWAPS:
            continue
        faulty, sent, answer = refused
        tried += 1
        kept = kept_in(answer.text)
        missing = [
            one.name for one in typed if one.name != faulty and str(sent[one.name]) not in kept.get(one.name, ())
        ]
        if missing or 'role="alert"' not in answer.text:
            lost.append((door.route, door.act, faulty, missing))
    assert tried > 25
    assert not lost


def refusals(client: Any, door: Door) -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Yield the field that was given an odd value, what was sent and the answer, where that was refused."""
    for one in fields(door):
        for value in odd_values(one)[:6] if one.kind not in ("hidden", "checkbox", "radio") else ():
            sent = door.sent() | {one.name: value}
            answer = post(client, door, sent)
            if answer.status == 409:
                yield one.name, sent, answer


def kept_in(page: str) -> dict[str, set[str]]:
    """Return what stands in the fields of a page's forms, by name."""
    kept: dict[str, set[str]] = {}
    for form in Reader(page).forms:
        for one in form.fields:
            value = html.unescape(page[one.end : one.closed]).strip() if one.closed else one.value
            kept.setdefault(one.name, set()).add(value)
    return kept
