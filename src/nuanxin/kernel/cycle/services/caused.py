"""Drafts with what changed their amounts, in fen, and the cause under which they are listed."""

import json
from collections.abc import Sequence
from dataclasses import replace

from nuanxin.kernel.casework.values import Draft
from nuanxin.kernel.cycle.assessing import Assessments
from nuanxin.kernel.cycle.causes import cause_of
from nuanxin.kernel.cycle.compare import Ground


def with_causes(source: Assessments, ground: Ground, drafts: Sequence[Draft]) -> list[Draft]:
    """Return the drafts, changes and stops with their causes: derived from the inputs that changed, not guessed."""
    found = source.causes(ground, drafts)
    return [
        replace(draft, cause=cause_of(draft, found[k]), causes=json.dumps(found[k])) if k in found else draft
        for k, draft in enumerate(drafts)
    ]
