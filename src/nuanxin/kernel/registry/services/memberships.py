"""Putting a membership right: since when and until when somebody belonged to a household."""

import datetime as dt

from django.db import transaction

from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.registry import timeline
from nuanxin.kernel.registry.models import Membership
from nuanxin.kernel.registry.services.households import lock_person
from nuanxin.kernel.registry.services.timeline import supersede


@transaction.atomic
def redate_membership(
    *, change: Change, membership_id: int, valid_from: dt.date, valid_to: dt.date | None
) -> Membership:
    """Say that a membership held `[valid_from, valid_to)`; what was known before stays readable.

    Refused when the days are in the wrong order, before the birth, after the death, or in another membership's time.
    """
    row = Membership.objects.filter(pk=membership_id, superseded_at__isnull=True).first()
    if row is None:
        raise Refused("member.unknown", "没有这条成员记录，或已经更正过。", "请刷新页面后重选。")
    _check(row, valid_from, valid_to)
    moment = timeline.next_moment([row])
    supersede([row], moment)
    return Membership.objects.create(
        household_id=row.household_id,
        person_id=row.person_id,
        role=row.role,
        counted=row.counted,
        exclusion_reason=row.exclusion_reason,
        valid_from=valid_from,
        valid_to=valid_to,
        recorded_at=moment,
        change=change,
    )


def _check(row: Membership, start: dt.date, end: dt.date | None) -> None:
    person = lock_person(row.person_id)
    if end is not None and end <= start:
        raise Refused("member.dates", "离开日期应晚于加入日期。", "请核对两个日期。", "valid_to")
    if (start, end) == (row.valid_from, row.valid_to):
        raise Refused("member.same", "填写的日期与登记的一样，没有改动。", "请核对后重填。", "valid_from")
    if person.birth is not None and start < person.birth:
        raise Refused("member.date", f"{person.name} {person.birth} 才出生。", "请核对加入日期。", "valid_from")
    if person.death is not None and start > person.death:
        raise Refused("member.dead", f"{person.name}已于 {person.death} 死亡。", "请核对加入日期。", "valid_from")
    others = Membership.objects.filter(
        timeline.overlapping(start, end), person_id=row.person_id, superseded_at__isnull=True
    )
    other = others.exclude(pk=row.pk).first()
    if other is not None:
        raise Refused(
            "member.elsewhere",
            f"{person.name}自 {other.valid_from} 起是家庭 {other.household_id} 的成员，两段时间重叠。",
            "请核对日期，或先更正另一条。",
            "valid_from",
        )
