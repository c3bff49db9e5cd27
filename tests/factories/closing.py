"""A county whose first quarter of 2024 is through, and closing its months."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django.core.management import call_command
from django.test import override_settings

from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import Author
from nuanxin.kernel.grants.models import Grant
from nuanxin.kernel.statistics.services import close_month
from tests.factories.walk import COUNTY, Walk, month, opening_stock


def close(*numbers: int) -> list[str]:
    """Close months of 2024 and return their heads."""
    return [close_month(county=COUNTY, month=month(number), author=Author("测试")).head for number in numbers]


def first_quarter() -> tuple[Walk, dict[str, Grant]]:
    """Make an opening stock paid in January to March, one new dibao household in February, one gone in March."""
    clock.move_to(dt.date(2024, 6, 30))
    walk = Walk()
    stock = opening_stock(walk)
    walk.months(1, 3)
    stock["newcomer"] = walk.grant("dibao", walk.person(), start=month(2), household=walk.household(), fen=50000)
    for number in (1, 2, 3):
        for name, grant in stock.items():
            if (name, number) not in (("single", 3), ("newcomer", 1)):
                walk.pay(grant, month(number))
    walk.end(stock["single"], month(3))
    return walk, stock


def closed_once(blocker: Any, store: Path) -> Iterator[SimpleNamespace]:
    """Close the quarter for a whole module whose tests only read, and empty the database after it."""
    with blocker.unblock(), override_settings(STORE=store):
        walk, stock = first_quarter()
        close(1, 2, 3)
    yield SimpleNamespace(walk=walk, stock=stock, store=store)
    with blocker.unblock():
        call_command("flush", verbosity=0, interactive=False, inhibit_post_migrate=True)
