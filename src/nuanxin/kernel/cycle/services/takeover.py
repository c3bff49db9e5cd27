"""Taking over a bureau's own list: a load of one workbook, checked at once, loaded when the second has signed."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.core.changes import Author
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.cycle.loading import run
from nuanxin.kernel.cycle.loading.kept import names_of, packed_of, stated_files
from nuanxin.kernel.cycle.models import MonthRun, TakeoverList
from nuanxin.kernel.cycle.services.loading import (
    IN_FORCE,
    LOADING,
    RECEIVED,
    check_load,
    load_signed,
    open_load,
    sign_load,
)

__all__ = ["IN_FORCE", "sign_takeover", "stated_debts", "takeover_list"]


def takeover_list(*, path: Path, as_of: dt.date, county: str, author: Author) -> TakeoverList:
    """Check a workbook and keep it sealed with its control totals, or with its faults; nothing is imported yet.

    The same file is the same list: given again it is checked again (when not yet in force) and returned.
    """
    if MonthRun.objects.filter(county=county, month__lte=as_of).exists():
        raise Refused("takeover.late", "接管日所在月份已经办理过。", "请用第一个办理月份之前的月末。")
    load = open_load(files=[(path.name, path.read_bytes())], county=county, author=author, as_of=as_of, here=True)
    return check_load(list_id=load.pk) if load.state == RECEIVED else load


def sign_takeover(*, list_id: int, account: Account, partial: bool = False) -> TakeoverList:
    """Sign a list's control totals; the second signature, by another person, loads it and assesses it at once.

    Refused to the same person twice, with faults, outside the account's county. A killed load goes on when signed
    again by either signer.
    """
    load = sign_load(list_id=list_id, account=account, partial=partial, here=True)
    return load_signed(list_id=list_id) if load.state == LOADING else load


def stated_debts(taken: TakeoverList) -> Iterator[tuple[str, int, str, dt.date, int]]:
    """Yield benefit, person, kind, month and fen of the debts a list states, read again from what it keeps sealed."""
    terms = run.terms_of(taken.county, taken.as_of)
    packed = packed_of(taken)
    if packed:
        staging = run.check_again(terms, packed, names_of(taken), partial=False, own=taken.pk)
    else:
        staging = run.check_files(terms, stated_files(taken, correction=None), lambda _: None)
    yield from staging.rows(
        "select benefit_v, pid, kind_v, month_v, fen_v from m_debts where pid > 0 and benefit_v is not null"
    )
