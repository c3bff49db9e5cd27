"""Every act of every form is posted by everybody whom no page offers it: it is refused in words and never done."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from nuanxin.kernel.access.roles import ROLES
from nuanxin.kernel.access.services import create_account
from tests.factories.walk import TOWNSHIPS
from tests.interfaces.staff.forms import Door, doors_of, post
from tests.interfaces.staff.states import pages_by_state, pages_of_more
from tests.interfaces.staff.test_every_form import LONG, readable, unseen
from tests.interfaces.staff.world import World, make_world

pytestmark = pytest.mark.django_db
REFUSED = {400, 403, 404, 405, 409}
ELSEWHERE = ("township_clerk", "township_leader")


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def clients(accounts: Any) -> dict[str, Client]:
    """Return everybody signed in: each role here, and those of a township in the next one."""
    people = dict(accounts)
    for role in ELSEWHERE:
        area = f"34.3402.340223.{TOWNSHIPS[1]}"
        people[f"{role} elsewhere"] = create_account(
            username=f"{role}2", display_name="李某", role=role, area=area, password="a long enough one"
        )
    signed = {}
    for who, account in people.items():
        signed[who] = Client()
        signed[who].force_login(account)
    return signed


def test_what_no_page_offers_is_never_done(accounts: Any, clients: dict[str, Client]) -> None:
    world = make_world(accounts["county_examiner"])
    more = [*pages_by_state(world), *pages_of_more(world, accounts)]
    offered = {who: offers(client, who, world, more) for who, client in clients.items()}
    every = {(door.action, door.act): door for doors in offered.values() for door in doors}
    every |= {(door.action, door.act): door for door in unseen(world, accounts)}
    done = []
    for who, client in clients.items():
        open_to = {(door.action, door.act) for door in offered[who]}
        for key, door in every.items():
            if key in open_to or door.route in LONG | FOR_EVERYBODY:
                continue
            answer = post(client, door, door.sent())
            if answer.status not in REFUSED or (answer.changes and door.route not in NOTES_THE_LAW):
                done.append((who, door.route, door.act, door.action, answer.status, answer.changes, answer.error))
    print(sorted({(*one[:3], one[4]) for one in done}))
    assert not done


NOTES_THE_LAW = {"standards-take"}  # refused, but the law in force is noted as the first adoption, as by any look at it
FOR_EVERYBODY = {"my-account", "answer", "rulebook-try", "facts-live"}


def offers(client: Client, who: str, world: World, more: list[str]) -> list[Door]:
    """Return what the pages offer somebody; who may not read a page gets nothing from it."""
    role = who.split()[0]
    assert role in ROLES
    return [door for page in [*readable(world, role), *more] for door in doors_of(client, who, page)]
