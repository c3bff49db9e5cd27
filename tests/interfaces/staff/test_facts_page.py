"""Incomes and circumstances at the counter: what cannot be is refused at its field, a card keeps its end, 核实 is an act."""

import datetime as dt
from typing import Any

import pytest

from nuanxin.kernel.core import clock
from nuanxin.kernel.registry.models import Circumstance
from tests.interfaces.staff.world import World, make_world

pytestmark = pytest.mark.django_db
TODAY = dt.date(2024, 7, 10)


@pytest.fixture
def world(accounts: Any) -> World:
    clock.move_to(TODAY)
    return make_world(accounts["county_examiner"])


@pytest.fixture
def clerk(sign_in: Any) -> Any:
    return sign_in("township_clerk")


def record(world: World, clerk: Any, standing: str = "verified", since: str = "2024-07-01", **typed: str) -> Any:
    """Type facts of the household's person (or of the household: `h_…`) as the form sends them; HTTP's answer."""
    home, person = world.mine.household.pk, world.mine.person.pk
    fields = {name.replace("h_", "h-", 1) if name.startswith("h_") else f"p{person}-{name}": value
              for name, value in typed.items()}  # fmt: skip
    fields = {name.replace("__", "-"): value for name, value in fields.items()}
    data = {"since": since, "standing": standing, "source": "入户核实", **fields}
    return clerk.post(f"/households/{home}/facts/", data)


def kept(world: World, kind: str) -> list[Circumstance]:
    return list(Circumstance.objects.filter(person=world.mine.person, kind=kind, superseded_at__isnull=True))


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"wage_year": "-6000"}, "年工资性收入不能小于 0.00 元/年"),
        ({"transfer_year": "-6000"}, "年转移净收入不能小于 0.00 元/年"),
        ({"illness_cost_year": "-0.01"}, "不能小于 0.00 元/年"),
        ({"wage_year": "99999999999"}, "年工资性收入不能大于 10,000,000.00 元/年"),
        ({"wage_year": "6,00,0"}, "“6,00,0”写法不对"),
        ({"wage_year": "1.5万"}, "写法不对"),
        ({"disability_level": "9"}, "残疾等级不能大于 4 级"),
        ({"disability_level": "0"}, "残疾等级不能小于 1 级"),
        ({"disability_level": "-1"}, "“-1”不是数字"),
        ({"self_care_failed": "7"}, "不能大于 6 项"),
        ({"disability_level": "2", "disability__until": "1899-12-31"}, "1899-12-31"),
        ({"disability_level": "2", "disability__until": "2024-07-01"}, "有效期至应晚于起始日期"),
    ],
)
def test_what_cannot_be_is_refused_in_place(world: World, clerk: Any, typed: dict[str, str], words: str) -> None:
    before = Circumstance.objects.count()
    answer = record(world, clerk, **typed)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert words in page
    for value in typed.values():
        assert f'value="{value}"' in page, "what was typed is still there"
    assert Circumstance.objects.count() == before


@pytest.mark.parametrize("since", ["1024-07-01", "1899-12-31", "2042-07-01", "2024-07-11"])
def test_a_day_that_cannot_be_is_refused(world: World, clerk: Any, since: str) -> None:
    before = Circumstance.objects.count()
    assert record(world, clerk, since=since, wage_year="6000").status_code == 409
    assert Circumstance.objects.count() == before


def test_a_loss_of_a_business_is_recorded_and_full_width_digits_are_read(world: World, clerk: Any) -> None:
    assert record(world, clerk, business_year="-6000").status_code == 302
    assert kept(world, "business_year")[0].amount_fen == -600_000
    assert record(world, clerk, transfer_year="６０００").status_code == 302
    assert kept(world, "transfer_year")[0].amount_fen == 600_000


def test_a_card_keeps_its_end_until_another_is_typed(world: World, clerk: Any) -> None:
    record(world, clerk, since="2023-02-01", disability_level="2", disability_class="4", disability__until="2026-02-01")
    page = clerk.get(f"/households/{world.mine.household.pk}/facts/").content.decode()
    assert 'value="2026-02-01"' in page
    ends = {"disability__until": "2026-02-01"}
    assert record(world, clerk, disability_level="1", disability_class="4", **ends).status_code == 302
    newest = max(kept(world, "disability"), key=lambda one: one.valid_from)
    assert (newest.level, newest.valid_to) == (1, dt.date(2026, 2, 1))
    ends = {"disability__until": "2030-02-01"}
    assert record(world, clerk, disability_level="1", disability_class="4", **ends).status_code == 302
    assert max(kept(world, "disability"), key=lambda one: one.valid_from).valid_to == dt.date(2030, 2, 1)


def test_what_was_declared_is_verified_as_it_stands(world: World, clerk: Any, sign_in: Any) -> None:
    record(world, clerk, standing="declared", property_year="6000", transfer_year="2400")
    home = world.mine.household.pk
    page = clerk.get(f"/households/{home}/").content.decode()
    assert "2 项尚未核实" in page
    ids = [one.pk for kind in ("property_year", "transfer_year") for one in kept(world, kind)]
    address = f"/households/{home}/facts/verify/"
    assert clerk.post(address, {"ids": ids}).status_code == 409, "without a source nothing is verified"
    assert clerk.post(address, {"source": "核对报告"}).status_code == 409
    assert sign_in("auditor").post(address, {"ids": ids, "source": "核对报告"}).status_code == 403
    assert clerk.post(address, {"ids": ids, "source": "核对报告"}).status_code == 302
    rent = kept(world, "property_year")
    assert [(one.standing, one.amount_fen, one.source) for one in rent] == [("verified", 600_000, "核对报告")]
    assert "项尚未核实" not in clerk.get(f"/households/{home}/").content.decode()
    assert Circumstance.objects.filter(kind="property_year", standing="declared", superseded_at__isnull=False).exists()
    assert clerk.post(address, {"ids": ids, "source": "核对报告"}).status_code == 409, "nothing is verified twice"
    other = world.other.household.pk
    assert clerk.post(f"/households/{other}/facts/verify/", {"ids": ids, "source": "x"}).status_code == 404
