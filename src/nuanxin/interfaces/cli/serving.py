"""The pages, served by several processes on one port: the system hands each new connection to one of them.

Workers of one server share a single queue, and whoever woke last takes most of what comes: one sweats while the
other sleeps. Processes with a queue each (`SO_REUSEPORT`, which granian sets) are dealt connections evenly.
"""

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
    "--workers-kill-timeout", "3",
]  # fmt: skip
FEWEST, MOST = 2, 8
LOOK_EVERY, PATIENCE = 0.3, 15.0
ENDING = [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]


def usual_processes() -> int:
    """Return how many processes serve this machine's pages: one for each core, within bounds."""
    return max(FEWEST, min(MOST, os.cpu_count() or FEWEST))


class Pages:
    """The serving processes; `wait` stays with them, `stop` ends them all."""

    def __init__(self, *, host: str, port: int, processes: int, environment: Mapping[str, str]) -> None:
        """Start them; Refused when the port is taken (another server of ours would share it without a word)."""
        refuse_taken(host, port)
        command = [sys.executable, "-m", "granian", *SERVER, "--host", host, "--port", str(port)]
        command.append("nuanxin.config.wsgi:application")
        self.servers = [
            subprocess.Popen(command, env=dict(environment), process_group=0) for _ in range(processes)
        ]  # apart from our terminal: Ctrl+C is for us, and we end them

    def wait(self) -> int:
        """Return the exit code of the first process that ends."""
        while True:
            for server in self.servers:
                if server.poll() is not None:
                    return int(server.returncode)
            time.sleep(LOOK_EVERY)

    def stop(self) -> None:
        """End every process, and wait for it.

        Who is told twice to end (a launcher passes on what it is told) still ends them all; a server that is told while
        it starts may not hear it, so it is told again, and at last ended with its workers.
        """
        for number in ENDING:
            signal.signal(number, signal.SIG_IGN)
        last = time.monotonic() + PATIENCE
        while alive := [server for server in self.servers if server.poll() is None]:
            for server in alive:
                if time.monotonic() < last:
                    server.terminate()
                else:
                    os.killpg(server.pid, signal.SIGKILL)
            time.sleep(LOOK_EVERY)


def exit_when_told(code: int) -> None:
    """Leave in order, with this exit code, when told to end or when the terminal is closed (but not under nohup)."""
    for number in ENDING:
        if number != signal.SIGINT and signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, lambda *_: sys.exit(code))


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
