"""What others may read of the room: figures, their records, months and townships, the chain, one record's walk."""

from nuanxin.kernel.statistics.chain import ChainReport, verify_chain
from nuanxin.kernel.statistics.lineage import TraceStep
from nuanxin.kernel.statistics.models import SubmittedFigure, SubmittedReport
from nuanxin.kernel.statistics.periods import Period, parse_period
from nuanxin.kernel.statistics.published import Scale, scale
from nuanxin.kernel.statistics.reports import report_faults
from nuanxin.kernel.statistics.selectors.areas import township_for
from nuanxin.kernel.statistics.selectors.bridge import Bridge, bridge_of
from nuanxin.kernel.statistics.selectors.figures import Figure, figure, figures
from nuanxin.kernel.statistics.selectors.months import ClosedMonth, closed_months, last_closed_month
from nuanxin.kernel.statistics.selectors.records import Adjusts, Record, RecordPage, figure_records
from nuanxin.kernel.statistics.selectors.reports import (
    ReportRow,
    last_report,
    report_by_id,
    report_rows,
    reports_in,
    version_of,
)
from nuanxin.kernel.statistics.selectors.series import is_leaf, monthly_values, township_values
from nuanxin.kernel.statistics.selectors.trace import trace

__all__ = [
    "Adjusts",
    "Bridge",
    "ChainReport",
    "ClosedMonth",
    "Figure",
    "Period",
    "Record",
    "RecordPage",
    "ReportRow",
    "Scale",
    "SubmittedFigure",
    "SubmittedReport",
    "TraceStep",
    "bridge_of",
    "closed_months",
    "figure",
    "figure_records",
    "figures",
    "is_leaf",
    "last_closed_month",
    "last_report",
    "monthly_values",
    "parse_period",
    "report_by_id",
    "report_faults",
    "report_rows",
    "reports_in",
    "scale",
    "township_for",
    "township_values",
    "trace",
    "verify_chain",
    "version_of",
]
