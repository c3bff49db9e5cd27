"""The pages, served by several processes on one port: the system hands each new connection to one of them.

Workers of one server share a single queue, and whoever woke last takes most of what comes: one sweats while the
other sleeps. Processes with a queue each (`SO_REUSEPORT`, which granian sets) are dealt connections evenly.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping

from nuanxin.kernel.core.errors import Refused

SERVER = [
    "--interface", "wsgi", "--workers", "1", "--blocking-threads", "1", "--log-level", "warning",
    "--workers-kill-timeout", "3", "--respawn-failed-workers", "--respawn-interval", "0.5",
    "--http1-header-read-timeout", "10000",
]  # fmt: skip
WORK = [sys.executable, "-c", "from nuanxin.interfaces.cli.main import main; main()", "work"]
"""What pages leave to be done: files are checked and loaded beside them."""
FEWEST, MOST = 2, 8
LOOK_EVERY, PATIENCE = 0.3, 15.0
MOST_DEATHS, DEATHS_WITHIN = 5, 60.0
ONCE_MORE = 15
ENDING = [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]


def usual_processes() -> int:
    """Return how many processes serve this machine's pages: one for each core, within bounds."""
    return max(FEWEST, min(MOST, os.cpu_count() or FEWEST))


class Pages:
    """The serving processes; `wait` stays with them and starts anew which died, `stop` ends them all."""

    def __init__(self, *, host: str, port: int, processes: int, environment: Mapping[str, str]) -> None:
        """Start them; Refused when the port is taken (another server of ours would share it without a word)."""
        refuse_taken(host, port)
        command = [sys.executable, "-m", "granian", *SERVER, "--host", host, "--port", str(port)]
        serving = [*command, "nuanxin.config.wsgi:application"]
        self.commands = [serving] * processes + [WORK]
        self.environment = dict(environment)
        self.servers = [self._start(command) for command in self.commands]
        self.deaths: list[float] = []

    def _start(self, command: list[str]) -> "subprocess.Popen[bytes]":
        """Start one apart from our terminal: Ctrl+C is for us, and we end them."""
        return subprocess.Popen(command, env=self.environment, process_group=0)

    def wait(self) -> int:
        """Start every process that ends anew; return the exit code when they end too often to be of use.

        A server starts its own worker anew; here is what becomes of a server that is gone itself.
        """
        while True:
            for place, server in enumerate(self.servers):
                if server.poll() is None:
                    continue
                now = time.monotonic()
                self.deaths = [moment for moment in self.deaths if now - moment < DEATHS_WITHIN] + [now]
                if len(self.deaths) > MOST_DEATHS:
                    return int(server.returncode)
                _end_group(server)
                self.servers[place] = self._start(self.commands[place])
            time.sleep(LOOK_EVERY)

    def stop(self) -> None:
        """End every process, and wait for it.

        Who is told twice to end (a launcher passes on what it is told) still ends them all; a server that is told while
        it starts may not hear it, so it is told again, and at last ended with its workers.
        """
        for number in (*ENDING, signal.SIGALRM):
            signal.signal(number, signal.SIG_IGN)
        last = time.monotonic() + PATIENCE
        while alive := [server for server in self.servers if server.poll() is None]:
            for server in alive:
                if time.monotonic() < last:
                    server.terminate()
                else:
                    _end_group(server)
            time.sleep(LOOK_EVERY)
        for server in self.servers:
            _end_group(server)


def _end_group(server: "subprocess.Popen[bytes]") -> None:
    """End a server with its workers at once; a worker outlives a server that was killed, and would keep the port."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)


def exit_when_told(code: int) -> None:
    """Leave in order, with this exit code, when told to end or when the terminal is closed (but not under nohup)."""

    def leave(*_: object) -> None:
        signal.alarm(ONCE_MORE)  # Python swallows an exit that is raised inside a finaliser: it is asked for again
        sys.exit(code)

    signal.signal(signal.SIGALRM, leave)
    for number in ENDING:
        if number != signal.SIGINT and signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, leave)


def refuse_taken(host: str, port: int) -> None:
    """Refuse a port that somebody has or that may not be used."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Refused(
                "serve.port", f"网页没有打开：{host}:{port} 已被占用或不能使用。", "请换一个端口，如 --port 8001。"
            ) from error
