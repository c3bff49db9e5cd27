"""Cuts and stops of the month taken up as cases, where the person is heard (社会救助法 第四十八条)."""

from collections.abc import Sequence

from django.db import transaction

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import area_filter
from nuanxin.kernel.access.services import require
from nuanxin.kernel.casework.county_matters import CASE_KINDS
from nuanxin.kernel.casework.enums import ProposalKind, ProposalState
from nuanxin.kernel.casework.models import Case, Proposal
from nuanxin.kernel.casework.selectors.proposal_sums import LOWERING
from nuanxin.kernel.casework.services.cases import open_case_of_proposal
from nuanxin.kernel.core.changes import author_of, open_change
from nuanxin.kernel.core.errors import Refused


def open_lowering_cases(*, account: Account, proposal_ids: Sequence[int]) -> list[Case]:
    """Take up undecided cuts and stops as cases of their grants; returns the cases opened.

    Left out are others, those outside the area, handled already, and whose grant has an open case of the kind.
    Refused when none of those chosen can be taken up.
    """
    require(account, "cases.make")
    near = area_filter(account, "household__division") | area_filter(account, "person__division")
    chosen = Proposal.objects.filter(near, LOWERING, pk__in=list(proposal_ids), state=ProposalState.OPEN, case=None)
    cases = []
    with transaction.atomic():
        rows = list(chosen.select_related("application").order_by("id"))
        busy = set(
            Case.objects.filter(
                closed_on=None, grant_id__in=[one.grant_id for one in rows if one.grant_id]
            ).values_list("grant_id", flat=True)
        )
        free = [one for one in rows if one.grant_id not in busy]
        if not free:
            raise Refused(
                "proposal.no_case", "所选建议中没有可以转为案件的调减或停发。", "已有同类案件的，请在原案件中办理。"
            )
        change = open_change(
            author=author_of(account), verb="open_lowering_cases", reason="调减、停发先听取意见", source="月度建议",
            rows=len(free),
        )  # fmt: skip
        for one in free:
            kind = CASE_KINDS[ProposalKind(one.kind)]
            cases.append(open_case_of_proposal(change=change, proposal=one, kind=kind, application=one.application))
    return cases
