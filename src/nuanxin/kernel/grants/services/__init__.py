"""The only writers of grants, coverage and shares."""

from nuanxin.kernel.grants.services.award import award_grant, award_grants
from nuanxin.kernel.grants.services.change import (
    add_coverage,
    change_grants,
    change_payee,
    end_coverage,
    end_grant,
    end_grants,
)
from nuanxin.kernel.grants.services.reinstate import reinstate_grant
from nuanxin.kernel.grants.services.restate import restate_shares

__all__ = [
    "add_coverage",
    "award_grant",
    "award_grants",
    "change_grants",
    "change_payee",
    "end_coverage",
    "end_grant",
    "end_grants",
    "reinstate_grant",
    "restate_shares",
]
