"""The demo's staff at work: two officers decide, two people release, the bank answers, the month is closed."""

import datetime as dt
from collections.abc import Callable

from nuanxin.demo import bank
from nuanxin.demo.people import COUNTY
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.access import services as access_services
from nuanxin.kernel.access.models import Account
from nuanxin.kernel.casework import selectors as cases
from nuanxin.kernel.casework import services as casework
from nuanxin.kernel.core.changes import author_of
from nuanxin.kernel.cycle import services as cycle
from nuanxin.kernel.statistics import services as statistics

PASSWORD = "nuanxin-demo"
COUNTY_PATH = f"34.3402.{COUNTY}"
NAMES = {
    "township_clerk": "汪丽", "county_examiner": "程建国", "section_chief": "俞敏", "finance": "章华", "leader": "何志平",
    "auditor": "秦燕",
}  # fmt: skip


def make_accounts() -> None:
    """Make one account of each role; the clerk's area is the largest township."""
    for role in access.demo_roles():
        area = f"{COUNTY_PATH}.{COUNTY}100" if role.username == "township_clerk" else COUNTY_PATH
        access_services.create_account(
            username=role.username, display_name=NAMES[role.username], role=role.username, area=area, password=PASSWORD
        )


def officer(username: str) -> Account:
    """Return one of the demo's accounts."""
    account = access.account_by_username(username)
    assert account is not None, username
    return account
