"""The only writers of dues, payment runs, lines and bank files."""

from nuanxin.kernel.payments.services.bank_files import open_bank_file, write_bank_file
from nuanxin.kernel.payments.services.corrections import book_corrections
from nuanxin.kernel.payments.services.dues import (
    EventDue,
    book_debts,
    book_event_dues,
    build_regular_dues,
    redirect_dues,
)
from nuanxin.kernel.payments.services.prepare import prepare_payment_runs
from nuanxin.kernel.payments.services.release import release_run
from nuanxin.kernel.payments.services.returns import ReturnReport, accept_return

__all__ = [
    "EventDue",
    "ReturnReport",
    "accept_return",
    "book_corrections",
    "book_debts",
    "book_event_dues",
    "build_regular_dues",
    "open_bank_file",
    "prepare_payment_runs",
    "redirect_dues",
    "release_run",
    "write_bank_file",
]
