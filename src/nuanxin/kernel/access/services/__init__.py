"""Accounts, second factors, requests, sign-ins and the disclosure log are written here only."""

from nuanxin.kernel.access.selectors import LOCKED_FOR, MOST_FAILURES
from nuanxin.kernel.access.services.accounts import (
    change_password,
    close_account,
    create_account,
    note_sign_in,
    record_sign_in,
    refuse_locked,
)
from nuanxin.kernel.access.services.disclosures import anchor_disclosures, log_disclosure, require
from nuanxin.kernel.access.services.factors import check_factor, confirm_factor, open_factor
from nuanxin.kernel.access.services.requests import (
    check_request,
    end_account,
    file_change,
    file_opening,
    make_administrators,
    unlock_account,
)

__all__ = [
    "LOCKED_FOR",
    "MOST_FAILURES",
    "anchor_disclosures",
    "change_password",
    "check_factor",
    "check_request",
    "close_account",
    "confirm_factor",
    "create_account",
    "end_account",
    "file_change",
    "file_opening",
    "log_disclosure",
    "make_administrators",
    "note_sign_in",
    "open_factor",
    "record_sign_in",
    "refuse_locked",
    "require",
    "unlock_account",
]
