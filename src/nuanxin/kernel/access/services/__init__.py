"""Accounts, second factors, requests, sign-ins and the disclosure log are written here only."""

from nuanxin.kernel.access.services.accounts import (
    change_password,
    create_account,
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
from nuanxin.kernel.access.services.sign_in import Entry, check_own_password, record_sign_in, sign_in

__all__ = [
    "Entry",
    "anchor_disclosures",
    "change_password",
    "check_factor",
    "check_own_password",
    "check_request",
    "confirm_factor",
    "create_account",
    "end_account",
    "file_change",
    "file_opening",
    "log_disclosure",
    "make_administrators",
    "open_factor",
    "record_sign_in",
    "require",
    "sign_in",
    "unlock_account",
]
