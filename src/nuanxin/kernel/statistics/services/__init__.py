"""What this room writes: closed months, and reports as they were submitted."""

from nuanxin.kernel.statistics.services.closing import anchor_closes, close_month
from nuanxin.kernel.statistics.services.reports import confirm_report, reject_report, write_report

__all__ = ["anchor_closes", "close_month", "confirm_report", "reject_report", "write_report"]
