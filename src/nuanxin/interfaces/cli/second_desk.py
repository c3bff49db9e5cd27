"""The demo's second person at a desk of her own: a process that releases and sends runs while the first goes on.

In a bureau two people work at once, and on a machine of two cores the demo does too. One line of JSON asks, one line
answers. When who asks is gone, however it went, the desk's input ends and with it the desk.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Any

from django.conf import settings

from nuanxin.kernel.core.errors import Fault

MODULE = "nuanxin.interfaces.cli.second_desk"
RELEASE, SEND, LEAVE = "release", "send", "leave"
Asked = tuple[str, int]


class SecondDesk:
    """The desk as its caller sees it: `ask` returns at once, `answer` waits for one, `done` only looks."""

    def __enter__(self) -> "SecondDesk":
        self._answers: dict[Asked, Any] = {}
        self._news = threading.Condition()
        self._gone = False
        environment = {**os.environ, "NUANXIN_HOME": str(settings.NUANXIN_HOME)}
        pipe = subprocess.PIPE
        self._desk = subprocess.Popen(
            [sys.executable, "-m", MODULE], env=environment, stdin=pipe, stdout=pipe, text=True, encoding="utf-8"
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._desk.kill()
        if self._desk.stdin is not None:
            with contextlib.suppress(BrokenPipeError):  # it went with a question unread
                self._desk.stdin.close()
        self._reader.join()
        self._desk.wait()
        if self._desk.stdout is not None:
            self._desk.stdout.close()

    def ask(self, what: str, run_id: int) -> None:
        """Ask for something to be done with a payment run; Fault when the desk is gone."""
        assert self._desk.stdin is not None
        with self._news:
            self._answers.pop((what, run_id), None)
        try:
            self._desk.stdin.write(json.dumps([what, run_id]) + "\n")
            self._desk.stdin.flush()
        except BrokenPipeError as error:
            raise Fault("the second desk stopped") from error

    def answer(self, what: str, run_id: int) -> Any:
        """Wait for an answer and return it; Fault when the desk is gone."""
        with self._news:
            self._news.wait_for(lambda: (what, run_id) in self._answers or self._gone)
            if (what, run_id) not in self._answers:
                raise Fault("the second desk stopped")
            return self._answers[what, run_id]

    def done(self, what: str, run_id: int) -> bool:
        """Tell whether something asked for has been answered."""
        with self._news:
            return (what, run_id) in self._answers

    def _read(self) -> None:
        assert self._desk.stdout is not None
        for line in self._desk.stdout:
            what, run_id, answer = json.loads(line)
            with self._news:
                self._answers[what, run_id] = answer
                self._news.notify_all()
        with self._news:
            self._gone = True
            self._news.notify_all()


class _Pile:
    """What lies on the desk: releases are taken first, for others wait for them; what is not begun may be left."""

    def __init__(self) -> None:
        self._waiting: deque[Asked] = deque()
        self._more = threading.Condition()
        self._ended = False

    def fill(self, tell: Callable[[str, int, Any], None]) -> None:
        """Read what is asked until nobody asks any more; tell at once whether a run could be left to who asks."""
        for line in sys.stdin:
            what, run_id = json.loads(line)
            if what == LEAVE:
                tell(LEAVE, run_id, self._leave((SEND, run_id)))
                continue
            with self._more:
                self._waiting.append((what, run_id))
                self._more.notify()
        with self._more:
            self._ended = True
            self._more.notify()

    def _leave(self, asked: Asked) -> bool:
        with self._more:
            waits = asked in self._waiting
            if waits:
                self._waiting.remove(asked)
            return waits

    def take(self) -> Asked | None:
        """Return the next thing to do, waiting for it; None when there is nothing more."""
        with self._more:
            self._more.wait_for(lambda: self._waiting or self._ended)
            if not self._waiting:
                return None
            first = next((one for one in self._waiting if one[0] == RELEASE), self._waiting[0])
            self._waiting.remove(first)
            return first


_telling = threading.Lock()


def _tell(what: str, run_id: int, answer: Any) -> None:
    with _telling:
        sys.stdout.write(json.dumps([what, run_id, answer]) + "\n")
        sys.stdout.flush()


def _sit() -> None:
    """Do what is asked until nobody asks any more."""
    import django

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for who asks
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nuanxin.config.settings")
    django.setup()
    from nuanxin.interfaces.cli import officers

    duties: dict[str, Callable[[int], Any]] = {RELEASE: officers.release, SEND: officers.send}
    pile, trusted = _Pile(), False
    threading.Thread(target=pile.fill, args=[_tell], daemon=True).start()
    while (asked := pile.take()) is not None:
        if not trusted:
            officers.trust_the_machine()
            trusted = True
        _tell(*asked, duties[asked[0]](asked[1]))


if __name__ == "__main__":
    _sit()
