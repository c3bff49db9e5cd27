"""The serving processes: a taken port is told before any work, and who is told to end ends them all."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from nuanxin.interfaces.cli import serving
from nuanxin.interfaces.cli.serving import refuse_taken

HOST = "127.0.0.1"
PATIENCE = 60.0
AS_IN_A_TERMINAL = """
import signal
signal.signal(signal.SIGHUP, signal.SIG_DFL)
from nuanxin.interfaces.cli.main import main
main()
"""


def test_a_demo_whose_port_is_taken_says_so_before_it_builds_anything(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        ended = _nuanxin(tmp_path, "demo", "--people", "3000", "--port", str(other.getsockname()[1]))
        out, err = ended.communicate(timeout=PATIENCE)
    assert ended.returncode == 1
    assert "已被占用或不能使用" in err
    assert "--port 8001" in err
    assert out == ""
    assert not (tmp_path / "nuanxin.sqlite3").exists()


def test_a_demo_answers_with_its_steps_long_before_it_is_built(tmp_path: Path) -> None:
    port = _free_port()
    demo = _nuanxin(tmp_path, "demo", "--people", "3000", "--port", str(port))
    try:
        _until(lambda: _answers(port))
        with urllib.request.urlopen(f"http://{HOST}:{port}/", timeout=PATIENCE) as page:
            assert "正在建立演示县" in page.read().decode()
        progress = json.loads((tmp_path / "demo.json").read_text(encoding="utf-8"))
        assert (progress["state"], progress["open"]) == ("building", False)
    finally:
        os.killpg(demo.pid, signal.SIGTERM)
        demo.communicate(timeout=PATIENCE)
    _until(lambda: not _answers(port))


@pytest.mark.parametrize("told", [(signal.SIGTERM, signal.SIGTERM), (signal.SIGHUP,)])
def test_no_server_outlives_who_started_it(told: tuple[signal.Signals, ...], tmp_path: Path) -> None:
    """A launcher passes on what it is told itself, so that one wish to end comes twice."""
    port = _free_port()
    served = _nuanxin(tmp_path, "serve", "--port", str(port), "--processes", "2")
    try:
        _until(lambda: _answers(port))
        for number in told:
            served.send_signal(number)
        served.communicate(timeout=PATIENCE)
        _until(lambda: not _answers(port))
        refuse_taken(HOST, port)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(served.pid, signal.SIGKILL)
        served.communicate()


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="children are found in /proc")
@pytest.mark.parametrize("dies", ["worker", "server"])
def test_a_serving_process_that_dies_is_started_anew(dies: str, tmp_path: Path) -> None:
    """An aborting extension ends its worker, the system's memory killer the server: the site goes on either way."""
    port = _free_port()
    served = _nuanxin(tmp_path, "serve", "--port", str(port), "--processes", "1")
    try:
        _until(lambda: _answers(port))
        server = _children(served.pid)[0]
        worker = _children(server)[0]
        os.kill(worker if dies == "worker" else server, signal.SIGABRT if dies == "worker" else signal.SIGKILL)
        _until(lambda: worker not in [pid for one in _children(served.pid) for pid in _children(one)] != [])
        _until(lambda: _answers(port))
        with urllib.request.urlopen(f"http://{HOST}:{port}/login/", timeout=PATIENCE) as page:
            assert page.status == 200
        assert served.poll() is None
        assert _ended(worker)
    finally:
        served.send_signal(signal.SIGTERM)
        served.communicate(timeout=PATIENCE)
    _until(lambda: not _answers(port))


def test_servers_that_keep_dying_end_with_their_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "SERVER", ["--no-such-option"])
    monkeypatch.setattr(serving, "LOOK_EVERY", 0.01)
    pages = serving.Pages(host=HOST, port=_free_port(), processes=1, environment=os.environ)
    assert pages.wait() != 0
    for server in pages.servers:
        server.kill()
        server.wait()
    assert len(pages.deaths) == serving.MOST_DEATHS + 1


def _children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text() if Path(f"/proc/{pid}").is_dir() else ""
    return [int(word) for word in text.split()]


def _ended(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status")
    return not status.exists() or "State:\tZ" in status.read_text()


def _nuanxin(home: Path, *words: str, **more: str) -> "subprocess.Popen[str]":
    environment = {**os.environ, "NUANXIN_HOME": str(home), **more}
    environment.pop("DATABASE_URL", None)
    command = [sys.executable, "-c", AS_IN_A_TERMINAL, *words]
    pipe = subprocess.PIPE
    return subprocess.Popen(  # in a session of its own, which a failed test ends whole
        command, env=environment, stdout=pipe, stderr=pipe, text=True, encoding="utf-8", start_new_session=True
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex((HOST, port)) == 0


def _until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "NUANXIN_PROXIES"),
        (("--without-tls", "--host", "0.0.0.0"), "只能用于本机"),
        (("--without-tls", "--host", "a"), "本机"),
    ],
)
def test_pages_are_not_served_unencrypted_by_oversight(words: tuple[str, ...], told: str, tmp_path: Path) -> None:
    served = _nuanxin(tmp_path, "serve", "--port", str(_free_port()), *words, NUANXIN_TLS="required")
    _, err = served.communicate(timeout=PATIENCE)
    assert served.returncode == 1
    assert told in err
