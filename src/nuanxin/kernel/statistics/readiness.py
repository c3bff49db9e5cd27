"""May the month be closed: in order, not in the future, and finished."""

import datetime as dt

from nuanxin.kernel.core import clock
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.months import add_months, month_of
from nuanxin.kernel.cycle import selectors as cycle
from nuanxin.kernel.statistics.models import Close


def check_ready(county: str, month: dt.date) -> Close | None:
    """Return the close before this month, None when it is the county's first; Refused with what is still to be done."""
    if month > month_of(clock.today()):
        raise Refused("close.future", f"{month:%Y-%m} 还没有到, 不能月结。", "请等到该月业务办完。")
    previous = Close.objects.filter(county=county).order_by("-month").first()
    expected = add_months(previous.month, 1) if previous else cycle.first_month(county)
    if expected is None:
        raise Refused("close.nothing", f"{county} 还没有办过月度业务, 没有可月结的月份。", "请先运行 nuanxin month。")
    if month != expected:
        raise Refused(
            "close.order",
            f"月结须按顺序: 现在应结 {expected:%Y-%m}, 不是 {month:%Y-%m}。",
            f"请先月结 {expected:%Y-%m}。",
        )
    if waiting := cycle.unfinished(county, month):
        raise Refused("close.unfinished", f"{month:%Y-%m} 还没有办完: {'; '.join(waiting)}。", "请办完后再月结。")
    return previous
