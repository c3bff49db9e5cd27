"""The room's writes: assessments and their releases, new standards on their way, the law a county has adopted."""

from nuanxin.kernel.rulebook.services.adoptions import (
    adopt_first,
    agree_upgrade,
    check_upgrade,
    refuse_loose_files,
    settle_law,
)
from nuanxin.kernel.rulebook.services.counter import (
    assess_subject,
    keep_release_of,
    receipt_text,
)
from nuanxin.kernel.rulebook.services.drafts import amend_publication, draft_files, draft_value, take_in_files
from nuanxin.kernel.rulebook.services.publications import (
    PublicationNotice,
    approve_publication,
    carry_out,
    check_publication,
    effective_month,
    publish_publication,
    register_publication_handler,
    simulate_publication,
    withdraw_publication,
)
from nuanxin.kernel.rulebook.services.runs import (
    assess_case,
    assess_county,
    assess_household,
    assess_kept,
    keep_release,
    read_facts,
    receipts_aside,
    whatif,
)
from nuanxin.kernel.rulebook.words import receipt_in_words

__all__ = [
    "PublicationNotice",
    "adopt_first",
    "agree_upgrade",
    "amend_publication",
    "approve_publication",
    "assess_case",
    "assess_county",
    "assess_household",
    "assess_kept",
    "assess_subject",
    "carry_out",
    "check_publication",
    "check_upgrade",
    "draft_files",
    "draft_value",
    "effective_month",
    "keep_release",
    "keep_release_of",
    "publish_publication",
    "read_facts",
    "receipt_in_words",
    "receipt_text",
    "receipts_aside",
    "refuse_loose_files",
    "register_publication_handler",
    "settle_law",
    "simulate_publication",
    "take_in_files",
    "whatif",
    "withdraw_publication",
]
