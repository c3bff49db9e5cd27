"""The room's writes: assessments and their releases, new standards on their way, the law a county has adopted."""

from nuanxin.kernel.rulebook.services.counter import (
    assess_subject,
    keep_release_of,
    receipt_text,
    recompute_frozen,
)
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
    "assess_subject",
    "keep_release",
    "keep_release_of",
    "read_facts",
    "receipt_in_words",
    "receipt_text",
    "recompute_frozen",
    "rerun_release",
    "whatif",
]
