"""The row types that services and selectors of this room hand out, for annotations elsewhere."""

from nuanxin.kernel.payments.models import (
    BankFile,
    Due,
    DueException,
    HelpFirst,
    Line,
    PaymentRun,
    ReserveEntry,
    ReserveFund,
    ReserveRequest,
)

__all__ = [
    "BankFile",
    "Due",
    "DueException",
    "HelpFirst",
    "Line",
    "PaymentRun",
    "ReserveEntry",
    "ReserveFund",
    "ReserveRequest",
]
