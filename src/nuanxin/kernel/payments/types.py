"""The row types that services and selectors of this room hand out, for annotations elsewhere."""

from nuanxin.kernel.payments.models import BankFile, Due, DueException, Line, PaymentRun

__all__ = ["BankFile", "Due", "DueException", "Line", "PaymentRun"]
