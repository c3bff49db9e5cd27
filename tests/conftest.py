"""A home of its own for every test process, a store of its own for every test, and what a machine lacks is skipped."""

import atexit
import importlib.util
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import django
import pytest
import pytest_django

CHROMIUM = "/usr/bin/chromium"
LONGEST = (
    "tests/demo/test_county.py", "tests/money/", "tests/browser/test_journeys.py", "tests/journeys/", "tests/kernel/rulebook/test_renderings.py",
)  # fmt: skip

HOME = Path(tempfile.mkdtemp(prefix="nuanxin-test-"))
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
for name in ("NUANXIN_KEY_FILE", "NUANXIN_DEMO", "NUANXIN_SECRET_KEY"):
    os.environ.pop(name, None)
os.environ["NUANXIN_HOME"] = str(HOME)
os.environ["NUANXIN_SECOND_FACTOR"] = "offered"
os.environ["NUANXIN_TLS"] = "off"
os.environ["DJANGO_SETTINGS_MODULE"] = "nuanxin.config.settings"


def pytest_configure() -> None:
    """Set Django up only now: pytest-django would read the settings before this file could name their home.

    Passwords are hashed cheaply: every account of every test is somebody's who signs in.
    """
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    django.setup()


@pytest.fixture(autouse=True)
def _the_rulebook_answers_again() -> Iterator[None]:
    """Take back the assessments that a test wrote by hand: the next one asks the rulebook."""
    yield
    from nuanxin.kernel.casework.assessed import use_assessor
    from nuanxin.kernel.cycle.assessing import use_assessments

    use_assessor(None)
    use_assessments(None)


def missing_for(mark: str) -> str:
    """Return why tests of a mark cannot run on this machine, empty when they can."""
    if mark == "browser" and not Path(CHROMIUM).exists():
        return f"no Chromium at {CHROMIUM}: apt-get install chromium fonts-noto-cjk"
    if mark == "spark" and shutil.which("java") is None:
        return "no Java: apt-get install openjdk-17-jre-headless"
    if mark == "spark" and importlib.util.find_spec("pyspark") is None:
        return "no pyspark: uv sync --extra spark"
    return ""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the longest files begin first, and skip, with the reason, what needs something this machine does not have."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))  # stable: a file stays in one piece
    reasons = {mark: missing_for(mark) for mark in ("browser", "spark")}
    for item in items:
        for mark, reason in reasons.items():
            if reason and item.get_closest_marker(mark):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """Make the tables from the models (tests/kernel/core/test_tables.py holds migrations to the same schema).

    SQLite's test database is a file (DuckDB must be able to read it) that need not survive a power cut.
    """
    from django.db import connections

    connections["default"].settings_dict["TEST"]["MIGRATE"] = False
    if connections["default"].vendor == "sqlite":
        test = connections["default"].settings_dict
        test["TEST"]["NAME"] = str(HOME / "test.sqlite3")
        test["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> None:
    """Note the migrations as applied, as a new instance does."""
    from nuanxin.kernel.core.tables import record_migrations

    with django_db_blocker.unblock():
        record_migrations()


@pytest.fixture(autouse=True, scope="session")
def data_key() -> None:
    """Make the data key of the test process."""
    from nuanxin.kernel.core.crypto import ensure_key

    ensure_key()


@pytest.fixture(autouse=True)
def own_store(tmp_path: Path, settings: object) -> None:
    """Give each test its own home and store; a module that shares a store defines its own `own_store`."""
    settings.NUANXIN_HOME = tmp_path / "home"  # type: ignore[attr-defined]
    settings.STORE = tmp_path / "home" / "store"  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def own_anchors(tmp_path: Path, settings: object) -> None:
    """Let the chains' heads of one test be of no concern to another, whose database was emptied."""
    settings.ANCHOR_FILE = tmp_path / "anchors.jsonl"  # type: ignore[attr-defined]
