"""The month and the takeover: the verbs that drive every room below."""

from nuanxin.kernel.cycle.services.loading import (
    check_load,
    faulty_rows_of,
    load_signed,
    open_correction,
    open_faulty_rows,
    open_load,
    run_waiting_loads,
    sign_load,
    withdraw_load,
)
from nuanxin.kernel.cycle.services.money import (
    accept_return,
    build_dues,
    open_bank_file,
    prepare_payment_runs,
    release_run,
    write_bank_file,
)
from nuanxin.kernel.cycle.services.month import mark_closed, run_month
from nuanxin.kernel.cycle.services.takeover import sign_takeover, takeover_list

__all__ = [
    "accept_return",
    "build_dues",
    "check_load",
    "faulty_rows_of",
    "load_signed",
    "mark_closed",
    "open_bank_file",
    "open_correction",
    "open_faulty_rows",
    "open_load",
    "prepare_payment_runs",
    "release_run",
    "run_month",
    "run_waiting_loads",
    "sign_load",
    "sign_takeover",
    "takeover_list",
    "withdraw_load",
    "write_bank_file",
]
