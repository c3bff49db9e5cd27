"""The kill test's driver, a process of its own: children forked from a parent without a database work and are killed.

    python -m tests.factories.killing HOME LANE KILLS SEED PEOPLE

prints one JSON object. The parent imports everything and compiles the law; every child works on a copy of a small
county, is killed at a random statement, renaming or moment, and followed by another until the path is through. Lane
`whole`: takeover, two months from snapshot to the bank's return, the second reissuing what failed in the first; lane
`money`: one month from its proposals to the return. Each outcome must equal the undisturbed one.
"""

import datetime as dt
import json
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

COUNTY, AREA = "340223", "34.3402.340223"
VILLAGES = ("340223100001", "340223101001")
AS_OF, MONTHS = dt.date(2023, 12, 31), (dt.date(2024, 1, 1), dt.date(2024, 2, 1))
SMALL_BATCH = 7


def prepare_parent(home: Path) -> None:
    """Set Django up, import what children use, compile the law; open no database and no DuckDB."""
    os.environ["NUANXIN_HOME"] = str(home)
    os.environ["DJANGO_SETTINGS_MODULE"] = "nuanxin.config.settings"
    import django

    django.setup()
    import duckdb  # noqa: F401
    import fastexcel  # noqa: F401

    import nuanxin.kernel.casework.rulebook_assessor
    import nuanxin.kernel.cycle.rulebook_assessments
    import nuanxin.kernel.cycle.services  # noqa: F401
    from nuanxin.kernel.rulebook.releases import law_of

    for month in (AS_OF.replace(day=1), *MONTHS):
        law_of(COUNTY, month)


def warm(home: Path) -> None:
    """Compile what a home's children go by: declarations lie partly in the home, so each path has its own."""
    from django.conf import settings

    from nuanxin.kernel.casework.workflows import workflows_of
    from nuanxin.kernel.rulebook.releases import law_of

    settings.NUANXIN_HOME = home
    for month in (AS_OF.replace(day=1), *MONTHS):
        law_of(COUNTY, month)
        workflows_of(COUNTY, month)


def use_home(home: Path) -> None:
    """Point settings at a copy; called in a child before it opens anything."""
    from django.conf import settings

    settings.NUANXIN_HOME, settings.STORE = home, home / "store"
    settings.KEY_FILE = home / "keys" / "data.key"
    database = settings.DATABASES["default"]
    database["NAME"] = home / "nuanxin.sqlite3"
    # A killed process loses nothing the kernel has; only a power cut would need synchronous=FULL.
    database["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"


def small_batches(size: int) -> None:
    """Let every batch be small, so that even a small county has many."""
    from nuanxin.kernel.cycle.services import month
    from nuanxin.kernel.cycle.takeover import load
    from nuanxin.kernel.payments.services import bank_files, corrections, dues, prepare, returns

    for module in (month, load, bank_files, corrections, dues, prepare, returns):
        module.BATCH = size


def make_county(home: Path, people: int) -> None:
    """Build the county as it stands before a takeover: people, homes, needs, accounts, officers, the list."""
    import pyarrow as pa

    from nuanxin.kernel.access.services import create_account
    from nuanxin.kernel.core import clock
    from nuanxin.kernel.core.changes import Author, open_change
    from nuanxin.kernel.core.crypto import ensure_key
    from nuanxin.kernel.core.identifiers import make_citizen_id
    from nuanxin.kernel.core.tables import bring_up_tables
    from nuanxin.kernel.registry import services as registry
    from tests.factories.workbook import write_workbook

    ensure_key()
    bring_up_tables()
    clock.move_to(AS_OF)
    registry.load_divisions(COUNTY)
    for role in ("county_examiner", "section_chief"):
        create_account(username=role, display_name="甲乙", role=role, area=AREA, password="long enough 42")
    change = open_change(author=Author("测试"), verb="load", reason="测试", source="tests", rows=people)
    births = [dt.date(1930 + place % 13, 1 + place % 12, 1 + place % 28) if place % 3 == 0
              else dt.date(1960 + place % 50, 1 + place % 12, 1 + place % 28) for place in range(people)]  # fmt: skip
    numbers = [
        make_citizen_id(f"{340200 + place // 999 % 90}", birth, place % 999) for place, birth in enumerate(births)
    ]
    table = pa.table(
        {
            "county": [COUNTY] * people,
            "division": [VILLAGES[place // 3 % 2] for place in range(people)],
            "name": [f"王{place}" for place in range(people)],
            "sex": [1 + place % 2 for place in range(people)],
            "birth": pa.array(births, pa.date32()),
            "citizen_id": numbers,
        }
    )
    persons = registry.load_people(change=change, table=table).to_pylist()
    homes = people // 3
    units = registry.load_households(
        change=change,
        table=pa.table({"county": [COUNTY] * homes, "division": [VILLAGES[place % 2] for place in range(homes)]}),
    ).to_pylist()
    since = pa.array([dt.date(2020, 1, 1)] * (homes * 3), pa.date32())
    registry.load_memberships(
        change=change,
        table=pa.table(
            {
                "household_id": [units[place // 3] for place in range(homes * 3)],
                "person_id": persons[: homes * 3],
                "role": ["head" if place % 3 == 0 else "other" for place in range(homes * 3)],
                "valid_from": since,
            }
        ),
    )
    accounts = registry.load_accounts(
        change=change,
        table=pa.table(
            {
                "county": [COUNTY] * people,
                "holder_id": persons,
                "bank_code": ["102"] * people,
                "number": [f"6217{place:012d}" for place in range(people)],
            }
        ),
    ).to_pylist()
    _circumstances(change, persons, units)
    _applications(change, persons, units, accounts)
    write_workbook(home / "list.xlsx", _list(numbers, births))


def _circumstances(change: Any, persons: list[int], units: list[int]) -> None:
    import pyarrow as pa

    from nuanxin.kernel.registry import services as registry

    rows = [(pk, None, "disability", 1 + place % 2, "4") for place, pk in enumerate(persons) if place % 5 == 1]
    for place, pk in enumerate(units):
        if place % 4 == 0:
            rows += [(None, pk, "assistance_file", 1, None), (None, pk, "property_ok", 1, None)]
    table = pa.table(
        {
            "county": [COUNTY] * len(rows),
            "person_id": pa.array([row[0] for row in rows], pa.int64()),
            "household_id": pa.array([row[1] for row in rows], pa.int64()),
            "kind": [row[2] for row in rows],
            "level": pa.array([row[3] for row in rows], pa.int64()),
            "code": pa.array([row[4] for row in rows], pa.string()),
            "valid_from": pa.array([dt.date(2023, 1, 1)] * len(rows), pa.date32()),
        }
    )
    registry.load_circumstances(change=change, table=table)


def _applications(change: Any, persons: list[int], units: list[int], accounts: list[int]) -> None:
    """File for half of the old, all the disabled and every fourth household; a third of it only in February."""
    import pyarrow as pa

    from nuanxin.kernel.casework.services import load_applications

    rows = [("gaoling_jintie", place, None) for place in range(len(persons)) if place % 6 == 3]
    rows += [("canji_huli", place, None) for place in range(len(persons)) if place % 5 == 1]
    rows += [("dibao", place * 3, unit) for place, unit in enumerate(units) if place % 4 == 0]
    filed = [dt.date(2024, 2 if place % 3 == 2 else 1, 5) for place in range(len(rows))]
    table = pa.table(
        {
            "county": [COUNTY] * len(rows),
            "benefit": [row[0] for row in rows],
            "person_id": [persons[row[1]] for row in rows],
            "household_id": pa.array([row[2] for row in rows], pa.int64()),
            "payee_id": [accounts[row[1]] for row in rows],
            "filed_on": pa.array(filed, pa.date32()),
        }
    )
    load_applications(change=change, table=table)


def _list(numbers: list[str], births: list[dt.date]) -> dict[str, list[list[Any]]]:
    """Return the bureau's list: the other half of the old, with their accounts, and two debts."""
    old = [place for place in range(len(numbers)) if place % 6 == 0]
    return {
        "待遇": [
            ["高龄津贴", "", numbers[place], f"王{place}", VILLAGES[0], "", 50, "2022-01-01", f"6217{place:012d}"]
            for place in old
        ],
        "账户": [[numbers[place], "102", f"6217{place:012d}"] for place in old],
        "欠款": [[numbers[place], "高龄津贴", "欠发", "2023-11", 50, ""] for place in old[:2]]
        + [[numbers[place], "高龄津贴", "应追回", "2023-10", 30 + place, ""] for place in old[2:12]],
    }


def walk(home: Path, months: tuple[dt.date, ...] = MONTHS, *, only_propose: bool = False) -> None:
    """Go the path, doing what is not done: takeover and two signatures, months from assessment to the bank's return."""
    from nuanxin.kernel.access.selectors import account_by_username
    from nuanxin.kernel.casework import selectors as cases
    from nuanxin.kernel.casework import services as casework
    from nuanxin.kernel.core import clock
    from nuanxin.kernel.core.changes import author_of
    from nuanxin.kernel.cycle import services as cycle
    from nuanxin.kernel.cycle.selectors import takeover_lists
    from nuanxin.kernel.payments.selectors import runs_in
    from tests.factories.month import bank_answer

    maker, checker = account_by_username("county_examiner"), account_by_username("section_chief")
    assert maker is not None
    assert checker is not None
    author = author_of(maker)
    if not takeover_lists(COUNTY).filter(state="in_force").exists():
        taken = cycle.takeover_list(path=home / "list.xlsx", as_of=AS_OF, county=COUNTY, author=author)
        if taken.state == "checked":
            taken = cycle.sign_takeover(list_id=taken.pk, account=maker)
        cycle.sign_takeover(list_id=taken.pk, account=checker)
    agree_on_plans(maker, checker)
    for month in months:
        if clock.today() < month:
            clock.move_to(month.replace(day=20))
        cycle.run_month(county=COUNTY, month=month, author=author)
        if only_propose:
            return
        casework.make_decisions(maker=maker, proposal_ids=cases.open_proposal_ids(COUNTY, month))
        casework.check_decisions(checker=checker, decision_ids=cases.pending_decision_ids(COUNTY))
        cycle.build_dues(county=COUNTY, month=month, author=author)
        cycle.prepare_payment_runs(county=COUNTY, month=month, author=author)
        for run in list(runs_in(COUNTY, month)):
            cycle.release_run(run_id=run.pk, account=checker)
            cycle.write_bank_file(run_id=run.pk, author=author)
            _, data = cycle.open_bank_file(run_id=run.pk, account=maker, purpose="送银行")
            failing = {1, 4} if month == MONTHS[0] else set()
            cycle.accept_return(run_id=run.pk, data=bank_answer(data, failing), author=author)


def agree_on_plans(maker: Any, checker: Any) -> None:
    """Let two people agree on a plan for each debt taken over: every run then sets some of it off."""
    from nuanxin.kernel.payments import services
    from nuanxin.kernel.payments.models import Due, PlanItem

    for due in Due.objects.filter(kind="recovery").order_by("id"):
        item = PlanItem.objects.filter(recovery=due).first()
        if item is None:
            draft = services.PlanDraft((due.pk,), 1234, MONTHS[0], "本人", "协议")
            plan = services.propose_plan(account=maker, draft=draft)
            services.check_plan(account=checker, plan_id=plan.pk)
        else:
            services.check_plan(account=checker, plan_id=item.plan_id)


TABLES = {
    "settlements": "select s.kind, s.state, s.amount_fen, r.batch_no, d.benefit, d.person_id, d.entitlement_month,"
    " o.entitlement_month, o.amount_fen, p.state from payments_settlement s"
    " join payments_due d on d.id = s.recovery_id left join payments_due o on o.id = s.due_id"
    " left join payments_paymentrun r on r.id = s.run_id left join payments_recoveryplan p on p.id = s.plan_id",
    "vouchers": "select r.batch_no, v.year, v.number, v.total_fen, v.open_fen from payments_voucher v"
    " join payments_paymentrun r on r.id = v.run_id",
    "runs": "select batch_no, state, line_count, total_fen, prepared_by_id, released_by_id, released_on"
    " from payments_paymentrun",
    "lines": "select r.batch_no, l.seq, l.township, l.benefit, l.person_id, l.household_id, l.account_id, l.amount_fen,"
    " l.state, l.fail_code, l.paid_month, o.seq, q.batch_no from payments_line l"
    " join payments_paymentrun r on r.id = l.run_id left join payments_line o on o.id = l.reissue_of_id"
    " left join payments_paymentrun q on q.id = o.run_id",
    "dues": "select d.benefit, d.component, d.kind, d.person_id, d.entitlement_month, d.booked_month, d.amount_fen,"
    " d.offset_fen, d.state, d.account_id, d.cause, r.batch_no, l.seq from payments_due d"
    " left join payments_line l on l.id = d.line_id left join payments_paymentrun r on r.id = l.run_id",
    "files": "select r.batch_no, f.direction, f.name, f.sm3, f.line_count, f.total_fen from payments_bankfile f"
    " join payments_paymentrun r on r.id = f.run_id",
    "exceptions": "select d.person_id, e.benefit, e.pay_month, e.code from payments_dueexception e"
    " join payments_due d on d.id = e.due_id",
    "grants": "select benefit, person_id, household_id, township, from_date, to_date, booked_from, booked_to, basis,"
    " takeover_row, end_cause from grants_grant",
    "shares": "select c.benefit, c.person_id, c.from_date, c.to_date, c.booked_from, c.booked_to, s.component,"
    " s.amount_fen, s.payee_id, s.from_date, s.to_date from grants_coverage c"
    " left join grants_share s on s.coverage_id = c.id",
    "applications": "select benefit, person_id, household_id, state from casework_application",
    "decisions": "select p.key, p.state, d.outcome, d.maker_id, d.checker_id, d.effective_from, d.amount_fen,"
    " d.receipt_sm3 from casework_proposal p left join casework_decision d on d.proposal_id = p.id",
    "differences": "select g.takeover_row, t.stated_fen, t.assessed_fen, t.reason, t.state"
    " from cycle_takeoverdifference t join grants_grant g on g.id = t.grant_id",
}


def picture(home: Path) -> dict[str, list[str]]:
    """Return what the path made, by table, without ids and times."""
    import sqlite3

    found = {}
    with sqlite3.connect(home / "nuanxin.sqlite3") as connection:
        for name, sql in TABLES.items():
            found[name] = sorted(str(row) for row in connection.execute(sql))
    return found


def in_child(work: Callable[[], None], alarm: float = 0) -> int:
    """Fork, work in the child, return how it ended: 0, or minus the signal; `alarm` kills after so many seconds."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            work()
            code = 0
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            os._exit(code)
    if alarm:
        time.sleep(alarm)
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


class Counted:
    """Counts this process's statements to the database and renamings of files; dies at the n-th when one is given."""

    def __init__(self, point: int = 0) -> None:
        from django.db import connection

        self.point, self.count = point, 0
        self.rename = Path.replace
        connection.execute_wrappers.append(self.statement)
        Path.replace = lambda path, target: self.renaming(path, target)  # type: ignore[method-assign, assignment]

    def tick(self) -> None:
        self.count += 1
        if self.count == self.point:
            os.kill(os.getpid(), signal.SIGKILL)

    def statement(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.tick()
        return execute(sql, params, many, context)

    def renaming(self, path: Path, target: Any) -> Path:
        self.tick()
        result = self.rename(path, target)
        self.tick()
        return result


class Lane:
    """One path with its base county and the undisturbed outcome."""

    def __init__(self, home: Path, name: str, people: int) -> None:
        self.base, self.trial, calm = home / "base", home / "trial", home / "calm"
        self.batch = SMALL_BATCH if people < 5000 else 1000
        self.months = MONTHS if name == "whole" else MONTHS[:1]
        self.base.mkdir(parents=True)
        self.must(self.base, lambda: make_county(self.base, people))
        if name == "money":
            self.must(self.base, lambda: walk(self.base, only_propose=True))
        shutil.copytree(self.base, calm)
        begun = time.monotonic()
        self.must(calm, lambda: self.counted_walk(calm))
        self.seconds = time.monotonic() - begun
        self.statements = int((calm / "statements").read_text())
        warm(self.trial)
        self.expected = picture(calm)

    def must(self, home: Path, work: Callable[[], None]) -> None:
        """Do work in a child on a home; it must succeed."""
        if in_child(lambda: self.prepared(home, work)):
            raise SystemExit("the undisturbed work failed")

    def prepared(self, home: Path, work: Callable[[], None]) -> None:
        use_home(home)
        small_batches(self.batch)
        work()

    def counted_walk(self, home: Path) -> None:
        counted = Counted()
        walk(home, self.months)
        (home / "statements").write_text(str(counted.count))

    def killed_walk(self, home: Path, point: int) -> None:
        if point:
            Counted(point)
        walk(home, self.months)

    def run(self, rng: random.Random, most: int) -> tuple[int, list[str]]:
        """Kill children on one copy until the path is through; return the kills and the tables that differ."""
        shutil.rmtree(self.trial, ignore_errors=True)
        shutil.copytree(self.base, self.trial)
        kills = 0
        while True:
            calm = kills >= most
            by_time = not calm and rng.random() < 0.25
            point = 0 if calm or by_time else rng.randint(1, self.statements // 3)
            moment = rng.uniform(0.01, self.seconds / 4) if by_time else 0
            work = lambda point=point: self.prepared(self.trial, lambda: self.killed_walk(self.trial, point))  # noqa: E731
            code = in_child(work, moment)
            if code == 0:
                found = picture(self.trial)
                return kills, [name for name in TABLES if found[name] != self.expected[name]]
            if code != -signal.SIGKILL:
                return kills, [f"a child failed with {code}"]
            kills += 1


def main(home: Path, name: str, kills: int, seed: int, people: int) -> dict[str, Any]:
    """Kill until so many kills are done; return counts, seconds and the tables that differed (none)."""
    started = time.monotonic()
    prepare_parent(home / "parent")
    lane, rng = Lane(home, name, people), random.Random(seed)
    done, walks, differing = 0, 0, []
    while done < kills and not differing:
        count, differing = lane.run(rng, kills - done)
        done, walks = done + count, walks + 1
    return {
        "lane": name,
        "kills": done,
        "walks": walks,
        "differing": differing,
        "statements": lane.statements,
        "rows": {table: len(rows) for table, rows in lane.expected.items()},
        "calm_seconds": round(lane.seconds, 2),
        "seconds": round(time.monotonic() - started, 1),
    }


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:6]))))
