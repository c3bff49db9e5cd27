"""What waits for an account in the reserve funds of its area."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.core import clock
from nuanxin.kernel.payments import reserve

PAY, CHECK = "reserve.pay", "reserve.check"


def waiting(account: Any, county: str) -> list[tuple[int, str, str, str]]:
    """Return (how many, what, note, address) of files overdue, requests for a second person, cash not counted."""
    pays, checks = access.may(account, PAY), access.may(account, CHECK)
    if not (pays or checks):
        return []
    today, area = clock.today(), access.township_filter(account)
    place = reverse("reserve")
    found: list[tuple[Any, str, str]] = [
        (reserve.overdue_helps(county, today).filter(area), _("笔先行救助逾期未补手续"), _("社会救助法 第五十条"))
    ]
    if checks:
        below = access.area_level(account) in ("township", "village")
        rows = reserve.requests_for(county, account.pk, below).filter(access.township_filter(account, "fund__township"))
        found.append((rows, _("笔备用金收支等复核"), _("经办人之外的人复核")))
    uncounted = reserve.uncounted_funds(county, today).filter(area)
    found.append((uncounted, _("个备用金上月还没盘点"), _("两人当面盘点现金")))
    return [(count, title, note, place) for rows, title, note in found if (count := rows.count())]
