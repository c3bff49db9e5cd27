"""The month and the takeover: the verbs that drive every room below."""

from nuanxin.kernel.cycle.services.money import (
    accept_return,
    build_dues,
    open_bank_file,
    prepare_payment_runs,
    reissue_failures,
    release_run,
    write_bank_file,
)
from nuanxin.kernel.cycle.services.month import mark_closed, run_month
from nuanxin.kernel.cycle.services.takeover import sign_takeover, takeover_list

__all__ = [
    "accept_return",
    "build_dues",
    "mark_closed",
    "open_bank_file",
    "prepare_payment_runs",
    "reissue_failures",
    "release_run",
    "run_month",
    "sign_takeover",
    "takeover_list",
    "write_bank_file",
]
