"""Why a due may not be paid now: no account, dead, in custody, held, an account that several people share, a name
that the bank's file cannot carry."""

import datetime as dt
from typing import NamedTuple

from nuanxin.kernel.grants.selectors import held_pairs
from nuanxin.kernel.payments.bank_text import uncarried
from nuanxin.kernel.payments.enums import ExceptionCode
from nuanxin.kernel.payments.payees import many_paid_accounts
from nuanxin.kernel.payments.profiles import load_profile
from nuanxin.kernel.registry.selectors.chosen import Chosen
from nuanxin.kernel.registry.selectors.money import account_faults, account_texts, deaths_of, people_with


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
    """What is wrong on a day with the persons and accounts of a run: asked once for all, and only the wrong ones."""

    def __init__(self, county: str, on: dt.date, accounts: Chosen, persons: Chosen) -> None:
        self.dead = deaths_of(persons)
        self.custody = people_with(persons, "in_custody", on)
        self.held = held_pairs(county)
        faults = account_faults(accounts, on)
        self.accounts = _not_for_the_file(county, accounts)
        self.accounts |= dict.fromkeys(faults.of_dead, ExceptionCode.DEAD_HOLDER)
        self.accounts |= {
            pk: ExceptionCode.MANY_PAID for pk, one in many_paid_accounts(county, on).items() if not one.explained
        }
        self.accounts |= dict.fromkeys(faults.shared, ExceptionCode.SHARED_ACCOUNT)
        self.accounts |= dict.fromkeys(faults.closed, ExceptionCode.INVALID_ACCOUNT)
        self.persons = {*self.dead, *self.custody, *(person for _, person in self.held)}

    def fault(self, due: Payable) -> ExceptionCode | None:
        """Return why the due cannot be paid, None when it can."""
        return self._person_fault(due) or self._account_fault(due.account_id)

    def _person_fault(self, due: Payable) -> ExceptionCode | None:
        if due.person_id not in self.persons:
            return None
        death = self.dead.get(due.person_id)
        if death is not None and death < due.month:
            return ExceptionCode.DEAD
        if due.grant_id is not None and (due.grant_id, due.person_id) in self.held:
            return ExceptionCode.HELD
        return ExceptionCode.CUSTODY if due.person_id in self.custody else None

    def _account_fault(self, account_id: int | None) -> ExceptionCode | None:
        return ExceptionCode.NO_ACCOUNT if account_id is None else self.accounts.get(account_id)


def _not_for_the_file(county: str, accounts: Chosen) -> dict[int, ExceptionCode]:
    """Return the accounts whose holder's name or bank code cannot stand in the county's bank file."""
    profile = load_profile(county)
    codes: dict[int, ExceptionCode] = {}
    for pk, name, bank_code in account_texts(accounts):
        why = uncarried(profile, "name", name) or uncarried(profile, "bank_code", bank_code)
        if why:
            codes[pk] = ExceptionCode(f"bank_{why}")
    return codes
