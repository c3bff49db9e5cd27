"""Sixteen clients before the staff pages of a built demo county; prints JSON, p50 and p95 in ms for each page.

`NUANXIN_HOME=… uv run python benchmarks/pages.py [--clients 16] [--seconds 30]` starts granian as the demo does.
"""

import argparse
import http.client
import json
import os
import random
import re
import resource
import socket
import statistics
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path
from urllib.parse import quote, urlencode

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.unit import Unit
from nuanxin.interfaces.cli.serving import Pages, usual_processes

ROLES = ("county_examiner", "section_chief", "leader", "auditor", "township_clerk")
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡"
FIXED = (
    "/", "/figures/", "/people/", "/households/", "/grants/", "/grants/?benefit=dibao&state=open", "/payments/",
    "/month/", "/month/2024-06/", "/month/2024-06/proposals/", "/month/2024-06/exceptions/", "/registers/marriage/",
    "/rulebook/", "/rulebook/dibao/", "/figures/dibao_persons/", "/figures/dibao_persons/records/", "/takeover/",
    "/work/", "/cases/", "/reports/",
)  # fmt: skip
BUDGET_MS = 200


class Client:
    """A signed-in browser without a screen: one kept connection, cookies, no caching."""

    def __init__(self, port: int, role: str) -> None:
        """Enter by the demo's door."""
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookies: dict[str, str] = {}
        token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', self.get("/login/")[1])
        assert token
        form = urlencode({"csrfmiddlewaretoken": token[1], "role": role})
        status, _, _ = self._ask("POST", "/login/demo/", form)
        assert status == 302, status

    def get(self, path: str) -> tuple[int, str, float]:
        """Return status, text and seconds."""
        return self._ask("GET", path)

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[int, str, float]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        started = time.perf_counter()
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        seconds = time.perf_counter() - started
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.split(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, text, seconds


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def serve(port: int, processes: int) -> Pages:
    environment = {**os.environ, "NUANXIN_DEMO": "1"}
    pages = Pages(host="127.0.0.1", port=port, processes=processes, environment=environment)
    time.sleep(10)  # every process must listen: who does not yet is dealt nothing
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return pages
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server did not start")


def every(client: Client, pages: list[str], under: str) -> list[str]:
    """Return the addresses under a path that the rows of some lists open."""
    row = re.compile(rf'data-href="({under}/\d+/)"')
    return sorted({found for page in pages for found in row.findall(client.get(page)[1])})


def addresses(client: Client) -> dict[str, list[str]]:
    """Return what a day at the desk opens, by kind of page."""
    kinds = {path: [path] for path in FIXED}
    searches = [f"/people/?q={quote(name)}" for name in SURNAMES]
    kinds["/people/?q=surname"] = searches
    kinds["/people/?q=initials"] = [f"/people/?q={a}{b}" for a in "wlzc" for b in "jmhy"]
    kinds["/people/<id>/"] = every(client, searches[:6], "/people")
    pages = [f"/grants/?benefit={code}&page={n}" for code in ("dibao", "gaoling_jintie") for n in (1, 2, 5, 9)]
    kinds["/households/<id>/"] = every(client, pages, "/households")
    kinds["/cases/<id>/"] = every(client, ["/cases/"], "/cases")
    kinds["/households/<id>/statement/"] = [f"{page}statement/" for page in kinds["/households/<id>/"]]
    kinds["/payments/<id>/"] = every(client, ["/payments/"], "/payments")
    kinds["/registers/marriage/<id>/"] = every(client, ["/registers/marriage/"], "/registers/marriage")
    return {kind: listed for kind, listed in kinds.items() if listed}


def work(client: Client, kinds: dict[str, list[str]], until: float, seen: dict[str, list[float]], seed: int) -> None:
    chance = random.Random(seed)
    names = list(kinds)
    while time.monotonic() < until:
        kind = chance.choice(names)
        status, _, seconds = client.get(chance.choice(kinds[kind]))
        if status in (200, 404, 403):  # a township clerk meets what is not hers
            seen[kind].append(seconds * 1000)
        else:
            seen[f"{kind} FAILED {status}"].append(seconds * 1000)


def one_by_one(client: Client, listed: list[str]) -> list[float]:
    """Return eight answers' milliseconds with nobody else there."""
    return [client.get(random.choice(listed))[2] * 1000 for _ in range(8)]


def told(values: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(values, n=20) if len(values) > 1 else values * 19
    return {"n": len(values), "p50_ms": round(statistics.median(values), 1), "p95_ms": round(cuts[18], 1)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--processes", type=int, default=usual_processes())
    options = parser.parse_args()
    unit = Unit()
    port = free_port()
    server = serve(port, options.processes)
    try:
        clients = [Client(port, ROLES[n % len(ROLES)]) for n in range(options.clients)]
        kinds = addresses(clients[0])
        for client in clients:
            for listed in kinds.values():
                client.get(listed[0])
        alone = {kind: told(one_by_one(clients[0], listed)) for kind, listed in kinds.items()}
        seen: dict[str, list[float]] = defaultdict(list)
        until = time.monotonic() + options.seconds
        threads = [threading.Thread(target=work, args=(c, kinds, until, seen, n)) for n, c in enumerate(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        server.stop()
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
    values = [value for listed in seen.values() for value in listed]
    summary = {
        "clients": options.clients,
        "processes": options.processes,
        "requests_per_second": round(len(values) / options.seconds, 1),
        "server_cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
        "load_average": os.getloadavg()[0],
        "budget_p95": BUDGET_MS,
        "all": told(values),
        "pages": {kind: told(listed) for kind, listed in sorted(seen.items())},
        "one_client": alone,
    }
    print(json.dumps(unit.beside(summary), indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
