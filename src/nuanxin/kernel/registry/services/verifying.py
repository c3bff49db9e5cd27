"""Verifying what was only declared or observed: an act of its own, with the source it rests on."""

from collections.abc import Sequence

from django.db import transaction

from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.registry.enums import Standing
from nuanxin.kernel.registry.models import Circumstance
from nuanxin.kernel.registry.services.facts import record_circumstance
from nuanxin.kernel.registry.services.timeline import clear_stretch


@transaction.atomic
def verify_circumstances(*, change: Change, circumstance_ids: Sequence[int], source: str) -> list[Circumstance]:
    """Record each as verified as it stands, by a source; what was declared or observed stays in the history.

    Refused where one is verified already or was replaced meanwhile: nothing is verified then.
    """
    rows = list(Circumstance.objects.select_for_update().filter(pk__in=list(circumstance_ids)).order_by("pk"))
    if not rows or len(rows) != len(set(circumstance_ids)):
        raise Refused("circumstance.none", "还没有选要核实的情况。", "请在表中勾选一项或几项再提交。", "ids")
    return [_verify(row, change, source) for row in rows]


def _verify(row: Circumstance, change: Change, source: str) -> Circumstance:
    if row.superseded_at is not None or row.standing == Standing.VERIFIED:
        raise Refused("circumstance.verified", "所选情况中有已经核实或已被更新的。", "请刷新页面后重新勾选。", "ids")
    clear_stretch([row], start=row.valid_from, end=row.valid_to, change=change)
    return record_circumstance(
        change=change, kind=row.kind, valid_from=row.valid_from, valid_to=row.valid_to, person_id=row.person_id,
        household_id=row.household_id, amount_fen=row.amount_fen, level=row.level, code=row.code,
        standing=Standing.VERIFIED, source=source,
    )  # fmt: skip
