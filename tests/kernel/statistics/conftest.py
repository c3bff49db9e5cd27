"""A small county whose first quarter of 2024 is through: open for tests that write, closed once for those that read."""

from collections.abc import Iterator
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
    from tests.factories.closing import closed_once

    yield from closed_once(django_db_blocker, tmp_path_factory.mktemp("closed") / "store")


@pytest.fixture
def closed(once: SimpleNamespace, db: None, settings: Any) -> Any:
    settings.STORE = once.store
    return once.walk
