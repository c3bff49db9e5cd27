"""A small county whose first quarter of 2024 is through: open for tests that write, closed once for those that read."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest


@pytest.fixture
def quarter(transactional_db: None) -> tuple[Any, dict[str, Any]]:
    from tests.factories.closing import first_quarter

    return first_quarter()


@pytest.fixture
def walk(quarter: tuple[Any, dict[str, Any]]) -> Any:
    return quarter[0]


@pytest.fixture
def stock(quarter: tuple[Any, dict[str, Any]]) -> dict[str, Any]:
    return quarter[1]


@pytest.fixture(scope="module")
def once(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SimpleNamespace]:
    """Close the quarter once for a module whose tests only read."""
    from django.core.management import call_command
    from django.test import override_settings

    from tests.factories.closing import close, first_quarter

    store: Path = tmp_path_factory.mktemp("closed") / "store"
    with django_db_blocker.unblock(), override_settings(STORE=store):
        walk, stock = first_quarter()
        close(1, 2, 3)
    yield SimpleNamespace(walk=walk, stock=stock, store=store)
    with django_db_blocker.unblock():
        call_command("flush", verbosity=0, interactive=False, inhibit_post_migrate=True)


@pytest.fixture
def closed(once: SimpleNamespace, db: None, settings: Any) -> Any:
    settings.STORE = once.store
    return once.walk
