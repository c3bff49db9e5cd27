"""Tables of payments: the walk from due to bank file; plans, settlements, budgets, vouchers; the reserve fund."""

from nuanxin.kernel.payments.models.accounts import AccountChange, ManyPaidReason
from nuanxin.kernel.payments.models.money import (
    BankDebit,
    Budget,
    PlanItem,
    RecoveryPlan,
    Redirection,
    Settlement,
    Voucher,
)
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
    "AccountChange",
    "BankDebit",
    "BankFile",
    "Budget",
    "Due",
    "DueException",
    "HelpFirst",
    "Line",
    "ManyPaidReason",
    "PaymentRun",
    "PlanItem",
    "RecoveryPlan",
    "Redirection",
    "ReserveCount",
    "ReserveEntry",
    "ReserveFund",
    "ReserveRequest",
    "ReserveShare",
    "ReserveTerms",
    "ReserveVoucher",
    "ReserveVoucherItem",
    "Settlement",
    "Voucher",
]
