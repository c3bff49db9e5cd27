"""What stands on a confirmed life event, which is not withdrawn before it: each refusal says what and where."""

import datetime as dt
from collections.abc import Sequence

from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.registry.enums import EventKind, EventState, RelationKind
from nuanxin.kernel.registry.events import EventNotice
from nuanxin.kernel.registry.models import Bitemporal, LifeEvent, Membership, Relation
from nuanxin.kernel.registry.register import all_registers
from nuanxin.kernel.registry.timeline import Stretch


def refuse_while_needed(event: LifeEvent, notice: EventNotice) -> None:
    """Refuse the withdrawal of a confirmed event on which a record, a later event or a later marriage stands."""
    _refuse_records(event, notice)
    _refuse_later_events(event)
    if event.confirmed_at is not None:
        _refuse_other_household(event, event.confirmed_at)
        _refuse_remarried(event, event.confirmed_at)


def _said(event: LifeEvent) -> str:
    return f"{event.person.name}的{EventKind(event.kind).label}（{event.on}）"


def _refuse_records(event: LifeEvent, notice: EventNotice) -> None:
    for spec in all_registers():
        record = spec.model.standing_on(notice).order_by("id").first()
        if record is not None:
            day = getattr(record, spec.declared.date_column)
            said = f"{_said(event)}是“{spec.title}”第 {record.pk} 号记录（{day}）的依据，不能先撤回。"
            raise Refused("event.record", said, f"请先到“{spec.title}”订正或作废第 {record.pk} 号记录，写明原因。")


def _refuse_later_events(event: LifeEvent) -> None:
    """Refuse a marriage before its divorce, and a death before a merger that was agreed on it."""
    if event.kind == EventKind.MARRIAGE:
        couple = [one for one in (event.person_id, event.other_id) if one is not None]
        later = LifeEvent.objects.filter(
            kind=EventKind.DIVORCE, person_id__in=couple, other_id__in=couple, on__gte=event.on
        )
    elif event.kind == EventKind.DEATH:
        merged = LifeEvent.objects.filter(kind=EventKind.MERGED, state=EventState.CONFIRMED)
        later = merged.filter(person_id=event.person_id, other__death__isnull=False)
    else:
        return
    standing = later.exclude(state=EventState.WITHDRAWN).order_by("id").first()
    if standing is not None:
        kind = EventKind(standing.kind).label
        said = f"{_said(event)}之后还有{kind}（{standing.on}），不能先撤回。"
        raise Refused("event.later", said, f"请先撤回那一条{kind}。")


def _refuse_other_household(event: LifeEvent, moment: dt.datetime) -> None:
    """Refuse when the membership that would come back overlaps one that was recorded since."""
    clash = _clash(list(Membership.objects.filter(person_id=event.person_id)), moment)
    if clash is not None:
        said = f"{event.person.name}此后（{clash.valid_from}）已是家庭 {clash.household_id} 的成员，"
        said += f"{_said(event)}不能撤回。"
        raise Refused("event.household", said, "请先在该家庭“办理变动”中办理离开，再撤回。")


def _refuse_remarried(event: LifeEvent, moment: dt.datetime) -> None:
    """Refuse when a marriage that would come back overlaps another of either party."""
    if event.kind not in (EventKind.DEATH, EventKind.DIVORCE):
        return
    ended = Relation.objects.filter(kind=RelationKind.SPOUSE, superseded_at=moment)
    ended = ended.filter(person_id=event.person_id) | ended.filter(other_id=event.person_id)
    parties = {one for row in ended for one in (row.person_id, row.other_id)}
    now = Relation.objects.filter(kind=RelationKind.SPOUSE, person_id__in=parties, superseded_at__isnull=True)
    standing = list(now.select_related("person", "other"))
    for row in ended:
        others = [one for one in standing if one.person_id == row.person_id and one.other_id != row.other_id]
        clash = next((one for one in others if _overlap(_stretch(one), _stretch(row))), None)
        if clash is not None:
            said = (
                f"{clash.person.name}自 {clash.valid_from} 起已与{clash.other.name}登记结婚，{_said(event)}不能撤回。"
            )
            raise Refused("event.remarried", said, "请先核对并撤回后一次结婚登记。")


def _clash(rows: Sequence[Membership], moment: dt.datetime) -> Membership | None:
    """Return a row recorded otherwise that overlaps what an act's undoing would put back; None when there is none."""
    made = [row for row in rows if row.recorded_at == moment]
    if any(row.superseded_at is not None for row in made):
        return None  # changed since: the undoing leaves it as it is
    back = [_stretch(row) for row in rows if row.superseded_at == moment]
    apart = [row for row in rows if row.superseded_at is None and row not in made]
    return next((row for row in apart for stretch in back if _overlap(_stretch(row), stretch)), None)


def _stretch(row: Bitemporal) -> Stretch:
    return row.valid_from, row.valid_to


def _overlap(one: Stretch, other: Stretch) -> bool:
    return (one[1] is None or other[0] < one[1]) and (other[1] is None or one[0] < other[1])
