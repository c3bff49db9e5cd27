"""The reason why one person's account is rightly paid for many people: stated by a person, kept, taken back."""

from django.db import transaction

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.services import require
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import author_of, open_change
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.payments.models import ManyPaidReason
from nuanxin.kernel.payments.payees import many_paid_accounts

WRITE = "payments.prepare"


def explain_many_paid(*, account: Account, county: str, account_id: int, reason: str) -> ManyPaidReason:
    """Keep why an account is paid for as many people as it is now; it is an exception again when more come.

    Refused without a reason, and for an account that is paid for few.
    """
    require(account, WRITE)
    if len(reason.strip()) < 2:
        raise Refused("many_paid.reason", "请写明一个账户代收多人款项的理由和依据。", "如“福利院院长代领，附委托书”。")
    with transaction.atomic():
        crowded = many_paid_accounts(county, clock.today()).get(account_id)
        if crowded is None:
            raise Refused("many_paid.few", "这个账户没有代收多人的款项。", "请刷新页面再看。")
        change = open_change(
            author=author_of(account), verb="explain_many_paid", reason=reason.strip()[:200], source="一户多人"
        )
        ManyPaidReason.objects.filter(account_id=account_id, ended_on=None).update(ended_on=clock.today())
        return ManyPaidReason.objects.create(
            county=county, account_id=account_id, reason=reason.strip()[:200], persons=len(crowded.persons),
            given_by=account, given_on=clock.today(), change=change,
        )  # fmt: skip


def end_many_paid_reason(*, account: Account, county: str, reason_id: int) -> None:
    """Take a reason back: the account's lines are exceptions again from the next run on."""
    require(account, WRITE)
    with transaction.atomic():
        open_change(author=author_of(account), verb="end_many_paid_reason", reason="撤销理由", source="一户多人")
        ended = ManyPaidReason.objects.filter(pk=reason_id, county=county, ended_on=None).update(ended_on=clock.today())
        if not ended:
            raise Refused("many_paid.gone", "这条理由已经撤销。", "请刷新页面再看。")
