"""The kill test's driver, a process of its own: children forked from a parent without a database work and are killed.

    python -m tests.factories.killing HOME SEED PEOPLE LANE:KILLS …

prints one JSON object, lanes by name. The parent imports everything and compiles the law; a small county is set up
once, walked through once undisturbed, and copied at the places where the lanes begin. Every child works on such a copy,
is killed at a random statement, renaming or moment, and followed by another until the path is through. Lane `whole`:
takeover, plans for its debts, two months from snapshot to the bank's return; `money`: January from its proposals to the
return, debts set off; `again`: February from its proposals, reissuing what bounced, with refunds and a debt let go while
plans run. Each outcome must equal the undisturbed one.
"""

import ast
import codecs
import contextlib
import datetime as dt
import importlib
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

from tests.factories.killed_county import make_county

COUNTY = "340223"
AS_OF, MONTHS = dt.date(2023, 12, 31), (dt.date(2024, 1, 1), dt.date(2024, 2, 1))
SMALL_BATCH = 7
# What a child would otherwise import itself, after every kill: DuckDB asks for pandas when it is there at all.
IMPORTED = (
    "duckdb", "fastexcel", "pandas", "pyarrow.dataset", "pyarrow.pandas_compat",
    "nuanxin.kernel.casework.rulebook_assessor", "nuanxin.kernel.cycle.rulebook_assessments",
    "nuanxin.kernel.cycle.services", "nuanxin.kernel.statistics.services", "tests.factories.month",
    "tests.factories.workbook",
)  # fmt: skip


def prepare_parent(home: Path) -> None:
    """Set Django up, import what children use, compile the law; open no database and no DuckDB."""
    os.environ["NUANXIN_HOME"] = str(home)
    os.environ["DJANGO_SETTINGS_MODULE"] = "nuanxin.config.settings"
    import django

    django.setup()
    for name in IMPORTED:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    for name in ("gbk", "cp437"):
        codecs.lookup(name)


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
    from nuanxin.kernel.cycle.loading import writing, writing_grants
    from nuanxin.kernel.cycle.services import month
    from nuanxin.kernel.payments.services import bank_files, corrections, dues, prepare, returns

    for module in (month, writing, writing_grants, bank_files, corrections, dues, prepare, returns):
        module.BATCH = size


def walk(home: Path, months: tuple[dt.date, ...] = MONTHS, *, stop_at: dt.date | None = None) -> None:
    """Go the path, doing what is not done: takeover and two signatures, months from assessment to the bank's return.

    It ends with the proposals of the month `stop_at`.
    """
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
        if month == stop_at:
            return
        casework.make_decisions(maker=maker, proposal_ids=cases.open_proposal_ids(COUNTY, month))
        casework.check_decisions(checker=checker, decision_ids=cases.pending_decision_ids(COUNTY))
        cycle.build_dues(county=COUNTY, month=month, author=author)
        cycle.prepare_payment_runs(county=COUNTY, month=month, author=author)
        if month == MONTHS[1]:
            settle_otherwise(month, maker, checker)
        for run in list(runs_in(COUNTY, month)):
            cycle.release_run(run_id=run.pk, account=checker)
            cycle.write_bank_file(run_id=run.pk, author=author)
            _, data = cycle.open_bank_file(run_id=run.pk, account=maker, purpose="送银行")
            failing = set(range(1, 999, 4)) if month == MONTHS[0] else set()
            cycle.accept_return(run_id=run.pk, data=bank_answer(data, failing), author=author)


def agree_on_plans(maker: Any, checker: Any) -> None:
    """Let two people agree on a plan for each debt taken over: every run then sets some of it off."""
    from nuanxin.kernel.payments import services
    from nuanxin.kernel.payments.models import Due, PlanItem

    plans = dict(PlanItem.objects.values_list("recovery_id", "plan_id"))
    agreed = set(PlanItem.objects.exclude(plan__state="proposed").values_list("recovery_id", flat=True))
    for recovery in Due.objects.filter(kind="recovery").order_by("id").values_list("id", flat=True):
        if recovery in agreed:
            continue
        if recovery not in plans:
            draft = services.PlanDraft((recovery,), 1234, MONTHS[0], "本人", "协议")
            plans[recovery] = services.propose_plan(account=maker, draft=draft).pk
        services.check_plan(account=checker, plan_id=plans[recovery])


def settle_otherwise(month: dt.date, maker: Any, checker: Any) -> None:
    """While plans run and a list waits for release: two debtors pay some of it back, and what a third owes is let go."""
    from nuanxin.kernel.access.selectors import account_by_username
    from nuanxin.kernel.payments import services
    from nuanxin.kernel.payments.models import Due, Settlement

    finance = account_by_username("finance")
    assert finance is not None
    first, second, third = Due.objects.filter(kind="recovery").order_by("id").values_list("id", flat=True)[:3]
    for number, recovery in enumerate((first, second)):
        services.book_refund(
            account=finance, recovery_ids=[recovery], amount_fen=300 + number, on=month, bank_ref=f"R{number}"
        )
    let_go = Settlement.objects.filter(recovery_id=third, kind="write_off").first()
    if let_go is None:
        let_go = services.propose_write_off(account=maker, recovery_id=third, reason="决定")
    services.check_write_off(account=checker, settlement_id=let_go.pk)


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
    with contextlib.closing(sqlite3.connect(home / "nuanxin.sqlite3")) as connection:
        for name, sql in TABLES.items():
            found[name] = sorted(str(row) for row in connection.execute(sql))
    return found


def kinds(found: dict[str, list[str]]) -> dict[str, int]:
    """Return a picture's settlements by kind, the lines reissued, and what of their dues debts had been set off."""
    rows = [ast.literal_eval(row) for row in found["settlements"]]
    lines = [ast.literal_eval(row) for row in found["lines"]]
    counted = {kind: sum(row[0] == kind and row[2] > 0 for row in rows) for kind in ("set_off", "refund", "write_off")}
    reissued = {(row[0], row[1]) for row in lines if row[-1] is not None}
    dues = [ast.literal_eval(row) for row in found["dues"]]
    bounced = sum(row[7] > 0 and (row[11], row[12]) in reissued for row in dues)
    return counted | {"reissued": len(reissued), "reissued_set_off": bounced}


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
    """One path from a base county to the undisturbed outcome."""

    def __init__(self, home: Path, months: tuple[dt.date, ...], batch: int) -> None:
        self.base, self.trial, self.months, self.batch = home / "base", home / "trial", months, batch
        self.seconds, self.statements = 0.0, 0
        self.expected: dict[str, list[str]] = {}

    def killed_walk(self, point: int) -> None:
        prepare_child(self.trial, self.batch)
        if point:
            Counted(point)
        walk(self.trial, self.months)

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
            code = in_child(lambda point=point: self.killed_walk(point), moment)  # type: ignore[misc]
            if code == 0:
                found = picture(self.trial)
                return kills, [name for name in TABLES if found[name] != self.expected[name]]
            if code != -signal.SIGKILL:
                return kills, [f"a child failed with {code}"]
            kills += 1

    def kill(self, kills: int, seed: int) -> dict[str, Any]:
        """Kill until so many kills are done; return counts, seconds and the tables that differed (none)."""
        started, rng = time.monotonic(), random.Random(seed)
        warm(self.trial)
        done, walks, differing = 0, 0, []
        while done < kills and not differing:
            count, differing = self.run(rng, kills - done)
            done, walks = done + count, walks + 1
        return {
            "kills": done,
            "walks": walks,
            "differing": differing,
            "statements": self.statements,
            "rows": {table: len(rows) for table, rows in self.expected.items()},
            "kinds": kinds(self.expected),
            "calm_seconds": round(self.seconds, 2),
            "seconds": round(time.monotonic() - started, 1),
        }


class Course:
    """The county walked through once undisturbed, copied where each lane begins and pictured where it ends."""

    def __init__(self, home: Path, people: int) -> None:
        batch = SMALL_BATCH if people < 5000 else 1000
        self.county, self.batch = home / "course", batch
        self.lanes = {
            "whole": Lane(home / "whole", MONTHS, batch),
            "money": Lane(home / "money", MONTHS[:1], batch),
            "again": Lane(home / "again", MONTHS[1:], batch),
        }
        self.county.mkdir(parents=True)
        self.must(lambda: make_county(self.county, people, AS_OF))
        warm(self.county)
        self.begin("whole")
        self.go("whole", stop_at=MONTHS[0])
        self.begin("money")
        self.go("whole", "money", months=MONTHS[:1])
        self.lanes["money"].expected = picture(self.county)
        self.go("whole", stop_at=MONTHS[1])
        self.begin("again")
        self.go("whole", "again")
        for name in ("whole", "again"):
            self.lanes[name].expected = picture(self.county)

    def begin(self, lane: str) -> None:
        """Copy the county as it stands: the lane begins here."""
        shutil.copytree(self.county, self.lanes[lane].base)

    def go(self, *lanes: str, months: tuple[dt.date, ...] = MONTHS, stop_at: dt.date | None = None) -> None:
        """Go on, counting statements and seconds for the lanes this stretch belongs to."""

        def counted() -> None:
            counted = Counted()
            walk(self.county, months, stop_at=stop_at)
            (self.county / "statements").write_text(str(counted.count))

        begun = time.monotonic()
        self.must(counted)
        for name in lanes:
            self.lanes[name].seconds += time.monotonic() - begun
            self.lanes[name].statements += int((self.county / "statements").read_text())

    def must(self, work: Callable[[], None]) -> None:
        """Do work in a child; it must succeed."""

        def prepared() -> None:
            prepare_child(self.county, self.batch)
            work()

        if in_child(prepared):
            raise SystemExit("the undisturbed path failed")


def prepare_child(home: Path, batch: int) -> None:
    """Point a child at its home, with small batches."""
    use_home(home)
    small_batches(batch)


def main(home: Path, seed: int, people: int, kills: dict[str, int]) -> dict[str, Any]:
    """Set the county up, kill in all lanes at once, each in a process of its own; return what each told."""
    started = time.monotonic()
    prepare_parent(home / "parent")
    course = Course(home, people)
    ready, running = round(time.monotonic() - started, 1), []
    for name, count in kills.items():
        pid = os.fork()
        if pid == 0:
            with contextlib.suppress(BaseException):
                told = course.lanes[name].kill(count, seed)
                (home / f"{name}.json").write_text(json.dumps(told))
            os._exit(0)
        running.append(pid)
    for pid in running:
        os.waitpid(pid, 0)
    lanes = {name: json.loads((home / f"{name}.json").read_text()) for name in kills}
    used = os.times()
    cpu = used.user + used.system + used.children_user + used.children_system
    return {
        "lanes": lanes,
        "setup_seconds": ready,
        "seconds": round(time.monotonic() - started, 1),
        "cpu_seconds": round(cpu, 1),
    }


if __name__ == "__main__":
    wanted = {name: int(count) for name, _, count in (one.partition(":") for one in sys.argv[4:])}
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), wanted)))
