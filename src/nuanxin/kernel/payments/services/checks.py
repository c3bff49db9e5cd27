"""Why a due may not be paid now: no account, dead, in custody, held, an account that several people share."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from nuanxin.kernel.grants.selectors import held_pairs
from nuanxin.kernel.payments.enums import ExceptionCode
from nuanxin.kernel.registry.selectors.money import AccountState, account_states, deaths_of, people_with


class Payable(NamedTuple):
    """What is to be paid: one due, before it is grouped into a line."""

    due_id: int
    township: str
    person_id: int
    household_id: int | None
    grant_id: int | None
    month: dt.date
    account_id: int | None
    amount_fen: int


class Checks:
    """The state on a day of the persons and accounts of a run, asked once for all of them."""

    def __init__(self, county: str, on: dt.date, account_ids: Iterable[int], person_ids: set[int]) -> None:
        self.on = on
        self.accounts: Mapping[int, AccountState] = account_states(sorted(set(account_ids)))
        holders_of_accounts = {one.holder_id for one in self.accounts.values() if one.holder_id is not None}
        self.dead = deaths_of(sorted(person_ids | holders_of_accounts))
        self.custody = people_with(sorted(person_ids), "in_custody", on)
        self.held = held_pairs(county)
        holders: dict[bytes, set[int | None]] = {}
        for account in self.accounts.values():
            holders.setdefault(account.blind, set()).add(account.holder_id)
        self.shared = {blind for blind, who in holders.items() if len(who) > 1}

    def fault(self, due: Payable) -> ExceptionCode | None:
        """Return why the due cannot be paid, None when it can."""
        return self._person_fault(due) or self._account_fault(due.account_id)

    def _person_fault(self, due: Payable) -> ExceptionCode | None:
        death = self.dead.get(due.person_id)
        if death is not None and death < due.month:
            return ExceptionCode.DEAD
        if due.grant_id is not None and (due.grant_id, due.person_id) in self.held:
            return ExceptionCode.HELD
        return ExceptionCode.CUSTODY if due.person_id in self.custody else None

    def _account_fault(self, account_id: int | None) -> ExceptionCode | None:
        account = None if account_id is None else self.accounts.get(account_id)
        if account is None:
            return ExceptionCode.NO_ACCOUNT
        if not account.open_on(self.on):
            return ExceptionCode.INVALID_ACCOUNT
        if account.blind in self.shared:
            return ExceptionCode.SHARED_ACCOUNT
        return ExceptionCode.DEAD_HOLDER if account.holder_id in self.dead else None
