"""The demo's second person at a desk of her own: a process that releases and settles runs while the first goes on.

In a bureau two people work at once, and on a machine of two cores the demo does too. One line of JSON asks, one line
answers, in order; when who asks is gone, however it went, the desk's input ends and with it the desk.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from types import TracebackType
from typing import Any

from django.conf import settings

from nuanxin.kernel.core.errors import Fault

MODULE = "nuanxin.interfaces.cli.second_desk"


class SecondDesk:
    """The desk as its caller sees it: `ask` returns at once, `answers` waits for all that was asked."""

    def __enter__(self) -> "SecondDesk":
        environment = {**os.environ, "NUANXIN_HOME": str(settings.NUANXIN_HOME)}
        command = [sys.executable, "-m", MODULE]
        self.asked = 0
        self.desk = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.desk.kill()
        self.desk.communicate()

    def ask(self, what: str, run_id: int) -> None:
        """Ask for one of `DUTIES` on a payment run; Fault when the desk is gone."""
        self.asked += 1
        try:
            self._pipe(self.desk.stdin).write(json.dumps([what, run_id]) + "\n")
            self._pipe(self.desk.stdin).flush()
        except BrokenPipeError as error:
            raise Fault("the second desk stopped") from error

    def answers(self) -> list[Any]:
        """Return the answers to everything asked since the last call, in order; Fault when the desk stopped."""
        lines = [self._pipe(self.desk.stdout).readline() for _ in range(self.asked)]
        self.asked = 0
        if not all(lines):
            raise Fault("the second desk stopped")
        return [json.loads(line) for line in lines]

    @staticmethod
    def _pipe(pipe: Any) -> Any:
        if pipe is None:
            raise Fault("the second desk was never opened")
        return pipe


def _duties() -> dict[str, Callable[[int], Any]]:
    from nuanxin.interfaces.cli import officers

    return {"send": officers.release_and_send, "settle": officers.settle}


def _sit() -> None:
    """Do what is asked until nobody asks any more."""
    import django

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for who asks
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nuanxin.config.settings")
    django.setup()
    from nuanxin.interfaces.cli.officers import trust_the_machine

    duties, ready = _duties(), False
    for line in sys.stdin:
        if not ready:
            trust_the_machine()
            ready = True
        what, run_id = json.loads(line)
        sys.stdout.write(json.dumps(duties[what](run_id)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _sit()
