"""What others may read of the room: figures, their records, months and townships, the chain, one record's walk."""

from nuanxin.kernel.statistics.chain import ChainReport, verify_chain
from nuanxin.kernel.statistics.lineage import TraceStep
from nuanxin.kernel.statistics.periods import Period, parse_period
from nuanxin.kernel.statistics.published import Scale, scale
from nuanxin.kernel.statistics.selectors.areas import township_for
from nuanxin.kernel.statistics.selectors.figures import Figure, figure, figures
from nuanxin.kernel.statistics.selectors.months import ClosedMonth, closed_months, last_closed_month
from nuanxin.kernel.statistics.selectors.records import Adjusts, Record, RecordPage, figure_records
from nuanxin.kernel.statistics.selectors.series import is_leaf, monthly_values, township_values
from nuanxin.kernel.statistics.selectors.trace import trace

__all__ = [
    "Adjusts",
    "ChainReport",
    "ClosedMonth",
    "Figure",
    "Period",
    "Record",
    "RecordPage",
    "Scale",
    "TraceStep",
    "closed_months",
    "figure",
    "figure_records",
    "figures",
    "is_leaf",
    "last_closed_month",
    "monthly_values",
    "parse_period",
    "scale",
    "township_for",
    "township_values",
    "trace",
    "verify_chain",
]
