"""The demo's staff at work: two officers decide, two people release, the bank answers, the month is closed."""

import datetime as dt

from nuanxin.demo import bank
from nuanxin.demo.people import COUNTY
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.access import services as access_services
from nuanxin.kernel.access.models import Account
from nuanxin.kernel.casework import selectors as cases
from nuanxin.kernel.casework import services as casework
from nuanxin.kernel.core.changes import author_of
from nuanxin.kernel.cycle import services as cycle

PASSWORD = "nuanxin-demo"
COUNTY_PATH = f"34.3402.{COUNTY}"
ENCODING = "GBK"
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


def prepare_and_release(month: dt.date) -> list[int]:
    """The examiner prepares the runs, the chief releases them and the files are written; return the runs sent."""
    examiner, chief = officer("county_examiner"), officer("section_chief")
    runs = cycle.prepare_payment_runs(county=COUNTY, month=month, author=author_of(examiner))
    sent = []
    for run in runs:
        released = cycle.release_run(run_id=run.pk, account=chief)
        if released.line_count:
            cycle.write_bank_file(run_id=run.pk, author=author_of(chief))
            sent.append(run.pk)
    return sent


def settle(run_ids: list[int]) -> tuple[int, int]:
    """Hand each file to the demo's bank and take its answer in; return lines paid and lines that bounced."""
    examiner, paid, failed = officer("county_examiner"), 0, 0
    for run_id in run_ids:
        _, data = cycle.open_bank_file(run_id=run_id, account=examiner, purpose="送代发银行")
        answer = bank.answer(data.decode(ENCODING)).encode(ENCODING)
        report = cycle.accept_return(run_id=run_id, data=answer, author=author_of(examiner))
        paid, failed = paid + report.paid, failed + report.failed
    return paid, failed
