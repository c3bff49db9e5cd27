"""What the page of a case shows of a decision paid in stages, and what may be done about it."""

from typing import Any

from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.casework import selectors as casework


def about(account: Any, case: Any, decision: Any) -> dict[str, Any]:
    """Return the parts of a case's decision and who may look, stop and agree; nothing where it is paid in one sum."""
    parts = casework.parts_of(decision) if decision is not None else None
    if parts is None:
        return {}
    mine = access.sees_path(account, case.handled_in.path) and decision.outcome == "approved"
    return {
        "parts": parts,
        "may_look": mine and access.may(account, "cases.make"),
        "may_check_stop": mine and access.may(account, "cases.check"),
    }
