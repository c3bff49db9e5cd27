"""The demo's staff at work: two officers decide, two people release, the bank answers, the month is closed."""

import datetime as dt
import gc

from django.db import connection

from nuanxin.demo import bank
from nuanxin.demo.people import COUNTY
from nuanxin.interfaces.cli.second_desk import LEAVE, RELEASE, SEND, SecondDesk
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.access import services as access_services
from nuanxin.kernel.access.models import Account
from nuanxin.kernel.casework import selectors as cases
from nuanxin.kernel.casework import services as casework
from nuanxin.kernel.core.changes import author_of
from nuanxin.kernel.cycle import services as cycle
from nuanxin.kernel.payments.profiles import load_profile
from nuanxin.kernel.payments.selectors import run_by_id
from nuanxin.kernel.payments.types import PaymentRun

PASSWORD = "nuanxin-demo-county"
COUNTY_PATH = f"34.3402.{COUNTY}"
NAMES = {
    "township_clerk": "汪丽", "county_examiner": "程建国", "section_chief": "俞敏", "finance": "章华",
    "leader": "何志平", "auditor": "秦燕", "township_leader": "方卫东", "system_admin": "许伟",
    "security_admin": "陶静", "audit_admin": "黄建华",
}  # fmt: skip
IN_TOWNSHIP = ("township_clerk", "township_leader")


def make_accounts() -> None:
    """Make one account of each role; the area of a township's staff is the largest township."""
    for role in access.demo_roles():
        area = f"{COUNTY_PATH}.{COUNTY}100" if role.username in IN_TOWNSHIP else COUNTY_PATH
        access_services.create_account(
            username=role.username, display_name=NAMES[role.username], role=role.username, area=area, password=PASSWORD
        )


def officer(username: str) -> Account:
    """Return one of the demo's accounts."""
    account = access.account_by_username(username)
    if account is None:
        raise LookupError(username)
    return account


def decide(month: dt.date) -> int:
    """The examiner agrees to every proposal of the month, the chief checks; return how many took effect."""
    proposals = cases.open_proposal_ids(COUNTY, month)
    casework.make_decisions(maker=officer("county_examiner"), proposal_ids=proposals, reason="材料齐全, 情况属实")
    return len(
        casework.check_decisions(checker=officer("section_chief"), decision_ids=cases.pending_decision_ids(COUNTY))
    )


def pay_out(month: dt.date, desk: SecondDesk) -> tuple[int, int]:
    """The examiner prepares run by run; the chief releases each, sends its file and takes in what the bank answers
    the same day; when the runs are made the examiner sends, too. Return lines paid and lines that bounced."""
    runs: list[int] = []

    def hand_over(run: PaymentRun) -> None:
        runs.append(run.pk)
        desk.ask(RELEASE, run.pk)
        desk.ask(SEND, run.pk)

    examiner = author_of(officer("county_examiner"))
    cycle.prepare_payment_runs(county=COUNTY, month=month, author=examiner, ready=hand_over)
    counted = _send_too(runs, desk)
    counted |= {run: desk.answer(SEND, run) for run in runs if run not in counted}
    return sum(paid for paid, _ in counted.values()), sum(failed for _, failed in counted.values())


def _send_too(runs: list[int], desk: SecondDesk) -> dict[int, list[int]]:
    """Send released runs that the chief has not begun and leaves, her last ones first; return the bank's answers."""
    counted: dict[int, list[int]] = {}
    waiting = list(runs)
    while waiting:
        run = next((one for one in reversed(waiting) if desk.done(RELEASE, one)), waiting[0])
        waiting.remove(run)
        desk.answer(RELEASE, run)
        desk.ask(LEAVE, run)
        if desk.answer(LEAVE, run):
            counted[run] = send(run)
    return counted


def release(run_id: int) -> int:
    """The chief releases a run; return how many lines go to the bank."""
    return cycle.release_run(run_id=run_id, account=officer("section_chief")).line_count


def send(run_id: int) -> list[int]:
    """Write the file of a released run, if anything goes to the bank, and take its answer in: lines paid, bounced."""
    run = run_by_id(run_id)
    if run is None or not run.line_count:
        return [0, 0]
    cycle.write_bank_file(run_id=run_id, author=author_of(officer("section_chief")))
    return list(settle(run_id))


def settle(run_id: int) -> tuple[int, int]:
    """Hand a run's file to the demo's bank and take its answer in; return lines paid and lines that bounced."""
    examiner = officer("county_examiner")
    _, data = cycle.open_bank_file(run_id=run_id, account=examiner, purpose="送代发银行")
    encoding = load_profile(COUNTY).encoding
    answer = bank.answer(data.decode(encoding)).encode(encoding)
    report = cycle.accept_return(run_id=run_id, data=answer, author=author_of(examiner))
    return report.paid, report.failed


def trust_the_machine() -> None:
    """Let SQLite not wait for the disk while a demo is built: one that is cut short starts over anyway."""
    gc.set_threshold(200_000, 20, 100)  # millions of small rows live to the end: looking at them again is waste
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=OFF")
            cursor.execute("PRAGMA cache_size=-262144")
