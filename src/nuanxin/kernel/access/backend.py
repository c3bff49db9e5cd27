"""Signing in by password, with a lock after too many wrong ones."""

from typing import TYPE_CHECKING, Any

from django.contrib.auth.backends import ModelBackend

from nuanxin.kernel.access import selectors, services
from nuanxin.kernel.access.models import Account

if TYPE_CHECKING:
    from django.http import HttpRequest


class LockingBackend(ModelBackend):
    """Django's own check of the password between our check of the lock and our count of failures."""

    def authenticate(
        self, request: "HttpRequest | None", username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> Account | None:
        """Return the account whose password this is, None when it is wrong; Refused while the account is locked."""
        known = selectors.account_by_username(username or "")
        if known:
            services.refuse_locked(account=known)
        account = super().authenticate(request, username=username, password=password, **kwargs)
        forgive = (
            known is not None and known.failed_sign_ins and not known.factor_on
        )  # else the code has to be right first
        if known and known.is_active and (account is None or forgive):
            services.note_sign_in(account=known, good=account is not None)
        return account if isinstance(account, Account) else None
