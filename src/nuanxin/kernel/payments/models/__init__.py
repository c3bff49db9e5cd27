"""Tables of payments: the walk from due to bank file."""

from nuanxin.kernel.payments.models.reserve import (
    HelpFirst,
    ReserveCount,
    ReserveEntry,
    ReserveFund,
    ReserveRequest,
    ReserveShare,
    ReserveTerms,
    ReserveVoucher,
    ReserveVoucherItem,
)
from nuanxin.kernel.payments.models.walk import BankFile, Due, DueException, Line, PaymentRun

__all__ = [
    "BankFile",
    "Due",
    "DueException",
    "HelpFirst",
    "Line",
    "PaymentRun",
    "ReserveCount",
    "ReserveEntry",
    "ReserveFund",
    "ReserveRequest",
    "ReserveShare",
    "ReserveTerms",
    "ReserveVoucher",
    "ReserveVoucherItem",
]
