"""A bureau that has the product and nothing else: commands of the launcher, pages over HTTP, files it makes itself."""

import base64
import contextlib
import hashlib
import hmac
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.journeys.web import Browser, Page

PASSWORD = "Nanling-bureau-{role}-2024"
PATIENCE = 120.0
ADMINISTRATORS = ("system_admin", "security_admin", "audit_admin")


class Bureau:
    """One instance in an empty folder, its server, and a browser for each of its people."""

    def __init__(self, home: Path, county: str, day: str) -> None:
        """Set the instance up by its command, and serve it."""
        self.home, self.county, self.day = home, county, day
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("NUANXIN_", "DJANGO_"))},
            "NUANXIN_HOME": str(home),
        }
        self.environment.pop("DATABASE_URL", None)
        told = self.command("setup", "--county", county, "--training", day)
        self.first_passwords = dict(re.findall(r"(\w+_admin)\s+(\S+)", told))
        self.desks: dict[str, Browser] = {}
        self.secrets: dict[str, str] = {}
        self.port = _free_port()
        self.base = f"http://127.0.0.1:{self.port}"

    def command(self, *words: str) -> str:
        """Run a command of the launcher and return what it said; its refusal fails."""
        done = subprocess.run(
            [sys.executable, "-c", "from nuanxin.interfaces.cli.main import main; main()", *words],
            env=self.environment, capture_output=True, text=True, check=False, timeout=PATIENCE * 5,
        )  # fmt: skip
        assert done.returncode == 0, f"{words}: {done.stdout} {done.stderr}"
        return done.stdout

    @contextlib.contextmanager
    def open(self) -> Iterator["Bureau"]:
        """Serve the pages as long as the block lasts."""
        command = [sys.executable, "-c", "from nuanxin.interfaces.cli.main import main; main()", "serve"]
        server = subprocess.Popen(
            [*command, "--without-tls", "--port", str(self.port), "--processes", "2"],
            env=self.environment,
            start_new_session=True,
        )
        try:
            end = time.monotonic() + PATIENCE
            while not _answers(self.port):
                assert time.monotonic() < end, "the pages did not open"
                assert server.poll() is None, "the server ended"
                time.sleep(0.1)
            yield self
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(PATIENCE)

    def move_to(self, day: str) -> None:
        """Let days pass, and do what each morning does."""
        self.command("business-date", day)
        self.command("daily")
        self.day = day

    # People

    def begin(self) -> None:
        """Let the three administrators come in, and open an account of each role in the county."""
        for role in ADMINISTRATORS:
            self._first_day(role, self.first_passwords[role])

    def engage(self, role: str, name: str, place: str) -> None:
        """Let one administrator ask for an account and another agree; its holder then comes in."""
        asker, agreer = self.desks["system_admin"], self.desks["security_admin"]
        page = asker.submit(
            asker.get("/accounts/new/"), "username", username=role, display_name=name, role=role, area=place,
            reason="到岗",
        )  # fmt: skip
        found = re.search(r"<code[^>]*>([^<]+)</code>", page.body.decode())
        assert found, page.said()
        requests = agreer.get("/accounts/requests/")
        agreed = agreer.submit(requests, "/accounts/requests/", button="1")
        assert "已批准" in agreed.text, agreed.said()
        self._first_day(role, found[1])

    def _first_day(self, role: str, password: str) -> None:
        desk = self.desks[role] = Browser(self.base)
        page = self._sign_in(desk, role, password)
        assert page.path == "/accounts/me/", f"{role}: {page.path} {page.said()}"
        own = PASSWORD.format(role=role)
        page = desk.submit(page, "old", old=password, new=own, again=own)
        assert "密码已修改" in page.text, page.said()
        page = desk.get("/")
        if page.path == "/accounts/me/":
            self._take_factor(desk, role)

    def _take_factor(self, desk: Browser, role: str) -> None:
        page = desk.get("/accounts/me/")
        begin = page.form("启用双因素认证") if page.offers("启用双因素认证") else page.form("begin")
        typed = {"password": PASSWORD.format(role=role)} if "password" in begin.fields else {}
        page = desk.submit(page, begin.buttons[0][2], **typed)
        found = re.search(r'<code class="hash">([^<]+)</code>', page.body.decode())
        assert found, page.said()
        self.secrets[role] = found[1]
        page = desk.submit(page, "code", code=_code_now(found[1]))
        assert "恢复码" in page.text, page.said()

    def _sign_in(self, desk: Browser, role: str, password: str) -> Page:
        page = desk.get("/login/")
        return desk.submit(page, "password", username=role, password=password)


def _code_now(secret: str) -> str:
    """Return the six digits of RFC 6238 that a telephone would show."""
    key = base64.b32decode(secret.replace(" ", "").upper() + "=" * (-len(secret.replace(" ", "")) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0
