"""Days as people write them, within the span that the house's clocks and calendars can reckon with."""

import datetime as dt
import re

from nuanxin.kernel.core.errors import Refused

EARLIEST, LATEST = dt.date(1900, 1, 1), dt.date(2199, 12, 31)
WRITTEN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def parse_day(text: str, *, earliest: dt.date = EARLIEST, latest: dt.date = LATEST, field: str = "") -> dt.date:
    """Read `2024-03-15`; Refused on anything else, and on a day before `earliest` or after `latest`."""
    plain = text.strip()
    if not plain:
        raise Refused("form.day", "没有填写日期。", "请选择日期。", field)
    try:
        day = dt.date.fromisoformat(plain) if WRITTEN.fullmatch(plain) else None
    except ValueError:
        day = None
    if day is None:
        raise Refused("form.day", f"日期“{plain[:20]}”写法不对。", "请写成 2024-03-15。", field)
    if not earliest <= day <= latest:
        raise Refused("form.day_range", f"日期 {day} 不在 {earliest} 至 {latest} 之间。", "请核对日期。", field)
    return day
