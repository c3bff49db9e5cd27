"""A small county whose first quarter of 2024 is through and, where asked, closed."""

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


@pytest.fixture
def closed(walk: Any) -> Any:
    from tests.factories.closing import close

    close(1, 2, 3)
    return walk
