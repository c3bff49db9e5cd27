"""The row types that services and selectors of this room hand out, for annotations elsewhere."""

from nuanxin.kernel.cycle.models import MonthRun, MonthStep, TakeoverDifference, TakeoverFault, TakeoverList

__all__ = ["MonthRun", "MonthStep", "TakeoverDifference", "TakeoverFault", "TakeoverList"]
