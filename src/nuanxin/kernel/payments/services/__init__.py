"""The only writers of dues, payment runs, lines and bank files."""

from nuanxin.kernel.payments.services.account_changes import (
    AccountDraft,
    check_account_change,
    propose_account_change,
)
from nuanxin.kernel.payments.services.bank_files import open_bank_file, write_bank_file
from nuanxin.kernel.payments.services.budgets import BudgetDraft, check_budget, enter_budget
from nuanxin.kernel.payments.services.corrections import book_corrections
from nuanxin.kernel.payments.services.dues import (
    EventDue,
    book_debts,
    book_event_dues,
    build_regular_dues,
    redirect_dues,
)
from nuanxin.kernel.payments.services.help_first import (
    approve_help_first_outcome,
    complete_help_first,
    confirm_help_first,
    propose_help_first_outcome,
    record_help_first_file,
)
from nuanxin.kernel.payments.services.many_paid import end_many_paid_reason, explain_many_paid
from nuanxin.kernel.payments.services.payee_tasks import answer_day, ask_for_accounts, close_account_tasks
from nuanxin.kernel.payments.services.prepare import prepare_payment_runs
from nuanxin.kernel.payments.services.redirecting import check_redirection, propose_redirection
from nuanxin.kernel.payments.services.release import release_run
from nuanxin.kernel.payments.services.reserve_counts import (
    confirm_reserve_count,
    count_reserve,
    reject_reserve_count,
)
from nuanxin.kernel.payments.services.reserve_ledger import (
    approve_reserve_request,
    reject_reserve_request,
)
from nuanxin.kernel.payments.services.reserve_requests import (
    ReservePayment,
    request_reserve_advance,
    request_reserve_payment,
    request_reserve_replenishment,
    request_reserve_return,
    request_reserve_reversal,
)
from nuanxin.kernel.payments.services.reserve_terms import (
    approve_reserve_terms,
    propose_reserve_terms,
    reject_reserve_terms,
)
from nuanxin.kernel.payments.services.returns import ReturnReport, ReturnTrial, accept_return, try_return
from nuanxin.kernel.payments.services.set_off_back import check_set_off_return, propose_set_off_return
from nuanxin.kernel.payments.services.settling import (
    PlanDraft,
    book_refund,
    check_plan,
    check_write_off,
    end_plan,
    propose_plan,
    propose_write_off,
    reverse_settlement,
)
from nuanxin.kernel.payments.services.vouchers import book_debit

__all__ = [
    "AccountDraft",
    "BudgetDraft",
    "EventDue",
    "PlanDraft",
    "ReservePayment",
    "ReturnReport",
    "ReturnTrial",
    "accept_return",
    "answer_day",
    "approve_help_first_outcome",
    "approve_reserve_request",
    "approve_reserve_terms",
    "ask_for_accounts",
    "book_corrections",
    "book_debit",
    "book_debts",
    "book_event_dues",
    "book_refund",
    "build_regular_dues",
    "check_account_change",
    "check_budget",
    "check_plan",
    "check_redirection",
    "check_set_off_return",
    "check_write_off",
    "close_account_tasks",
    "complete_help_first",
    "confirm_help_first",
    "confirm_reserve_count",
    "count_reserve",
    "end_many_paid_reason",
    "end_plan",
    "enter_budget",
    "explain_many_paid",
    "open_bank_file",
    "prepare_payment_runs",
    "propose_account_change",
    "propose_help_first_outcome",
    "propose_plan",
    "propose_redirection",
    "propose_reserve_terms",
    "propose_set_off_return",
    "propose_write_off",
    "record_help_first_file",
    "redirect_dues",
    "reject_reserve_count",
    "reject_reserve_request",
    "reject_reserve_terms",
    "release_run",
    "request_reserve_advance",
    "request_reserve_payment",
    "request_reserve_replenishment",
    "request_reserve_return",
    "request_reserve_reversal",
    "reverse_settlement",
    "try_return",
    "write_bank_file",
]
