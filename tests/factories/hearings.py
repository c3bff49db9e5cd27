"""Hearings and objections as moves of a case, with their words as arguments."""

import datetime as dt

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.casework.models import Case
from nuanxin.kernel.casework.selectors import case_by_id, workflow_of
from nuanxin.kernel.casework.services import move_case


def hold_hearing(
    *,
    account: Account,
    case_id: int,
    version: int,
    on: dt.date,
    second_id: int,
    outcome: str,
    statement: str = "",
    place: str = "",
) -> Case:
    """Record a hearing held by the account and a second officer; `outcome` agrees, objects or absent."""
    data = {"on": on.isoformat(), "second_id": second_id, "outcome": outcome, "statement": statement, "place": place}
    return move_case(
        account=account, case_id=case_id, version=version, move=_move_that(case_id, "hear"), note=statement, data=data
    )


def object_to_notice(*, account: Account, case_id: int, version: int, raised_by: str, words: str) -> Case:
    """Record an objection against the case's public notice while it hangs; the case goes back to be looked into."""
    data = {"raised_by": raised_by, "words": words}
    return move_case(account=account, case_id=case_id, version=version, move=_move_that(case_id, "object"), data=data)


def _move_that(case_id: int, does: str) -> str:
    case = case_by_id(case_id)
    for name, move in workflow_of(case).moves.items():
        if case.state in move.from_ and does in move.does:
            return name
    raise AssertionError(f"case {case_id} offers no move that does {does}")
