"""The room's writes: assessments and their releases, new standards on their way, the law a county has adopted."""

from nuanxin.kernel.rulebook.services.runs import (
    assess_case,
    assess_county,
    assess_household,
    keep_release,
    read_facts,
    rerun_release,
    whatif,
)
from nuanxin.kernel.rulebook.words import receipt_in_words

__all__ = [
    "assess_case",
    "assess_county",
    "assess_household",
    "keep_release",
    "read_facts",
    "receipt_in_words",
    "rerun_release",
    "whatif",
]
