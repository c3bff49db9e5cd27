"""A log carries ids and places, never a name, a number or a word that somebody typed."""

import logging
import sys
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from nuanxin.kernel.core.errors import Fault, Refused
from nuanxin.kernel.core.logs import PrivateFormatter

NUMBER, NAME, PASSWORD = "34022319500307102X", "欧阳锦绣", "Tie9-mu-Xing"


def logged(error: Exception, cause: Exception | None = None, message: str = "it failed for %s") -> str:
    try:
        raise error from cause
    except Exception:
        record = logging.LogRecord("n", logging.ERROR, __file__, 1, message, (17,), sys.exc_info())
    return PrivateFormatter("{levelname} {message}", style="{").format(record)


@pytest.mark.parametrize(
    "error",
    [Refused("a.b", f"{NAME}的号码{NUMBER}不对。"), ValueError(NAME), KeyError(NUMBER), RuntimeError(PASSWORD)],
)
@pytest.mark.parametrize("cause", [None, ValueError(f"Failing row contains ({NAME}, {NUMBER})")])
def test_an_exception_is_told_without_its_words(error: Exception, cause: Exception | None) -> None:
    text = logged(error, cause)
    assert not [secret for secret in (NAME, NUMBER, PASSWORD) if secret in text]
    assert type(error).__name__ in text
    assert "test_logs.py" in text
    assert "it failed for 17" in text


def test_our_own_fault_keeps_its_words_without_numbers() -> None:
    text = logged(Fault(f"grant 17 has no line, {NUMBER}"))
    assert "grant 17 has no line, [number]" in text


def test_a_line_loses_its_long_numbers() -> None:
    assert NUMBER not in logged(ValueError(), message=f"%s and {NUMBER}")


def test_every_handler_writes_this_way() -> None:
    formatters = {handler["formatter"] for handler in settings.LOGGING["handlers"].values()}
    assert {settings.LOGGING["formatters"][name]["()"] for name in formatters} == {
        "nuanxin.kernel.core.logs.PrivateFormatter"
    }


@pytest.mark.django_db
def test_what_is_typed_at_the_door_is_in_no_log(caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    Client().post("/login/", {"username": NAME, "password": PASSWORD})
    texts = [record.getMessage() for record in caplog.records if not record.name.startswith("django.db")]
    assert not [text for text in texts if NAME in text or PASSWORD in text]
