"""A reason that says something: what a change of records is recorded with."""

import re
from typing import Any

from django.utils.translation import gettext as _

from nuanxin.interfaces.staff import reading
from nuanxin.kernel.core.errors import Refused

HAN = re.compile(r"[\u3400-\u9fff]")
LEAST_HAN, LEAST_LETTERS = 2, 6


def written(data: Any, name: str = "reason", *, most: int = reading.LONGEST) -> str:
    """Return a reason; Refused when it says nothing: two different Han characters or six letters at least."""
    text = reading.text(data, name, most=most)
    letters = {letter for letter in text if letter.isalnum()}
    enough = len(set(HAN.findall(text))) >= LEAST_HAN or (len(text) >= LEAST_LETTERS and len(letters) >= LEAST_HAN)
    if not enough:
        said = _("请写明事由和依据。") if not text else _("“%(text)s”没有说明事由。") % {"text": text[:20]}
        raise Refused("form.reason", said, _("请写明事项和依据，如：派出所证明、入户核实、重复登记。"), name)
    return text
