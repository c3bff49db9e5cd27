"""The work that pages leave to a process of its own: loads are checked and loaded while nobody waits for a page."""

import logging
import signal
import threading

from django.db import DatabaseError, close_old_connections

from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.cycle.services import run_waiting_loads

log = logging.getLogger(__name__)
LOOK_EVERY = 1.0


def work_on(*, once: bool) -> None:
    """Work on what waits, over and over until told to end; a failure is logged and tried again later."""
    told = threading.Event()
    if not once:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: told.set())
    while not told.is_set():
        close_old_connections()
        worked = _work()
        if once and not worked:
            return
        if not worked:
            told.wait(LOOK_EVERY)


def _work() -> int:
    try:
        return run_waiting_loads()
    except DatabaseError:
        return 0  # the tables are being made or brought up
    except Refused as error:
        log.warning("waiting loads: %s", error.code)
        return 0
    except Exception:
        log.exception("a waiting load failed")
        return 0
