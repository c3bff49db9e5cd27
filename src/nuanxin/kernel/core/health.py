"""What can be asked about an instance's state: each room says at start how to look; nothing here changes anything."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from nuanxin.kernel.core.errors import DeclarationError, Fault, Refused

log = logging.getLogger(__name__)


class State(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARN = "warn"
    FAULT = "fault"


@dataclass(frozen=True)
class Finding:
    """One line: what was looked at, how it is, in words, and what to do about it."""

    name: str
    title: str
    state: State
    words: str
    todo: str = ""


Answer = tuple[State, str, str]
Check = Callable[[], Answer]
_registered: dict[str, tuple[str, Check]] = {}


def fine(words: str) -> Answer:
    """Say that all is well."""
    return State.OK, words, ""


def warn(words: str, todo: str) -> Answer:
    """Say what will need somebody soon, and what to do."""
    return State.WARN, words, todo


def fault(words: str, todo: str) -> Answer:
    """Say what is broken, and what to do."""
    return State.FAULT, words, todo


def register_check(name: str, title: str, func: Check) -> None:
    """Add a check; the same one twice changes nothing."""
    held = _registered.setdefault(name, (title, func))
    if held != (title, func):
        raise Fault(f"two checks are called {name}")


def examine() -> Iterator[Finding]:
    """Yield what each check finds, in the order they were registered: core's own first, then room by room."""
    for name, (title, func) in list(_registered.items()):
        yield Finding(name, title, *_answer(name, func))


def _answer(name: str, func: Check) -> Answer:
    """A check that cannot be made is a fault of its own, told like the others."""
    try:
        return func()
    except Refused as error:
        return fault(error.message, error.todo)
    except DeclarationError as error:
        return fault(str(error).splitlines()[0], "请运行 nuanxin check 看全部错误。")
    except Exception as error:
        log.debug("check %s failed", name, exc_info=True)
        return fault(f"检查没有做成：{type(error).__name__}", "请先处理上面的问题；仍不行请联系维护人员。")
