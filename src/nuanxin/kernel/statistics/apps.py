"""Django's handle on the room."""

import datetime as dt
from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from nuanxin.kernel.core.health import Answer


class StatisticsConfig(AppConfig):
    """The statistics room."""

    name = "nuanxin.kernel.statistics"
    label = "statistics"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell core which month was closed last, so that nothing is booked into a closed one, and how to verify it."""
        from nuanxin.kernel.core.booking import register_last_closed_month
        from nuanxin.kernel.core.health import register_check

        register_last_closed_month(_last_closed_month)
        register_check("chain", "月结链", _chain)


def _last_closed_month(county: str) -> dt.date | None:
    from nuanxin.kernel.statistics.selectors.months import last_closed_month

    return last_closed_month(county)


def _chain() -> "Answer":
    from nuanxin.kernel.core.anchors import read_anchors
    from nuanxin.kernel.core.health import fault, fine, warn
    from nuanxin.kernel.registry.selectors import counties_kept
    from nuanxin.kernel.statistics.chain import CLOSES, verify_chain
    from nuanxin.kernel.statistics.selectors import report_faults

    reports = [verify_chain(county) for county in counties_kept()]
    faults = [words for report in reports for words in report.faults]
    faults += [words for county in counties_kept() for words in report_faults(county)]
    faults = list(dict.fromkeys(faults))
    if faults:
        return fault(
            f"{len(faults)} 处与月结时不符，如：{faults[0]}", "请用备份里的文件比对，查明是谁改动；不要再报数。"
        )
    if any(report.months for report in reports) and not read_anchors(CLOSES).lines:
        return warn("月结的链头还没有锚定到库外", "请每天运行 nuanxin daily，并用 NUANXIN_ANCHORS 把锚定文件放到别处。")
    return fine(f"{sum(report.months for report in reports)} 个月 {sum(report.files for report in reports)} 个文件一致")
