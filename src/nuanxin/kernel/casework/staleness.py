"""Whether what a result was computed from still holds: nothing is decided on rows that have changed since.

A proposal of the month bears the mark of its snapshot; whatever was written later about its subject, those around it or
its grant makes it void, and so does another law of the benefit. One from the counter is compared row by row.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from nuanxin.kernel.casework.assessed import assessor
from nuanxin.kernel.casework.models import Proposal
from nuanxin.kernel.casework.values import Live
from nuanxin.kernel.core.changes import Mark
from nuanxin.kernel.core.months import month_end
from nuanxin.kernel.grants.touched import coverage_touched_since, grants_touched_since
from nuanxin.kernel.registry.enums import EventKind
from nuanxin.kernel.registry.selectors import household_of
from nuanxin.kernel.registry.selectors.touched import Subject, Touched, people_around, touched_since
from nuanxin.kernel.rulebook.kinds import circumstance_kinds
from nuanxin.kernel.rulebook.records_read import RecordsRead, records_read

Reads = dict[tuple[str, dt.date], dict[str, RecordsRead]]
LAW, GRANT = "law", "grant"
WORDS = {
    "member": "家庭成员有变动", "relation": "亲属或赡养扶养关系有变动", "person": "人员基本信息有变动",
    "coverage": "其他待遇有变动", GRANT: "本项待遇已另有变动", LAW: "标准或政策规则已更新",
}  # fmt: skip


def stale_proposals(proposals: Sequence[Proposal]) -> dict[int, tuple[str, ...]]:
    """Return by proposal, for those that are void, what changed since it was computed, in words."""
    found: dict[int, set[Touched]] = defaultdict(set)
    groups: dict[Mark, list[Proposal]] = defaultdict(list)
    for one in proposals:
        if one.inputs_change_id is not None and one.inputs_at is not None:
            groups[Mark(one.inputs_change_id, one.inputs_at)].append(one)
    for mark, group in groups.items():
        _by_records(mark, group, found)
    _by_law(proposals, found)
    return {pk: change_words(touched) for pk, touched in found.items() if touched}


def _by_records(mark: Mark, group: Sequence[Proposal], found: dict[int, set[Touched]]) -> None:
    households, persons = _subjects(group)
    touched = touched_since(mark, households=households, persons=persons)
    grants = grants_touched_since(mark, [one.grant_id for one in group if one.grant_id is not None])
    reads = _reads(group)
    for one in group:
        read = _read(one, reads)
        found[one.pk] |= {what for what in touched.get(_subject(one), ()) if _concerns(what, read)}
        found[one.pk] |= {Touched(GRANT, "")} if one.grant_id in grants else set()
    for pk, benefit in _coverage(mark, group, reads):
        found[pk].add(Touched("coverage", benefit))


def _coverage(mark: Mark, group: Sequence[Proposal], reads: Reads) -> Iterator[tuple[int, str]]:
    """Yield (proposal, benefit) where a benefit its rules ask for begins or ends for its people within its month."""
    wanted = {one.pk: read.benefits - {one.benefit} for one in group if (read := _read(one, reads)) is not None}
    reading = [one for one in group if wanted.get(one.pk)]
    if not reading:
        return
    households, persons = _subjects(reading)
    people = people_around(households=households, persons=persons)
    benefits = frozenset().union(*(wanted[one.pk] for one in reading))
    until = max(month_end(one.month) for one in reading)
    changed = coverage_touched_since(mark, frozenset().union(*people.values()), benefits, until) if people else set()
    for one in reading if changed else ():
        around = people.get(_subject(one), set())
        yield from ((one.pk, benefit) for person, benefit in changed if person in around and benefit in wanted[one.pk])


def _subjects(group: Sequence[Proposal]) -> tuple[list[int], list[int]]:
    households = [one.household_id for one in group if one.household_id is not None]
    persons = [one.person_id for one in group if one.household_id is None and one.person_id is not None]
    return households, persons


def _reads(group: Sequence[Proposal]) -> Reads:
    return {key: records_read(*key) for key in {(one.county, one.month) for one in group}}


def _read(one: Proposal, reads: Reads) -> RecordsRead | None:
    return reads.get((one.county, one.month), {}).get(one.benefit)


def _concerns(what: Touched, read: RecordsRead | None) -> bool:
    return what.what != "circumstance" or read is None or what.kind in read.kinds


def _subject(one: Proposal) -> Subject:
    return ("household", one.household_id) if one.household_id is not None else ("person", one.person_id or 0)


def _by_law(proposals: Sequence[Proposal], found: dict[int, set[Touched]]) -> None:
    """Add the law where the benefit's is another now than in the release that computed a proposal.

    A release that a later law was found to say the same as stands on the proposal itself; else it is its run's.
    """
    moved: dict[tuple[str, str, dt.date, str], bool] = {}
    runs = {one.assessment_run_id or 0 for one in proposals if not one.release_id}
    released = {run: assessor().release_of(run) for run in runs}
    for one in proposals:
        release = one.release_id or released[one.assessment_run_id or 0]
        key = (release, one.county, one.month, one.benefit)
        if key not in moved:
            moved[key] = assessor().law_moved(*key)
        if moved[key]:
            found[one.pk].add(Touched(LAW, ""))


def change_words(touched: Iterable[Touched]) -> tuple[str, ...]:
    """Return in words what changed, each once: members first, then what is known of whom."""
    kinds, said = circumstance_kinds(), []
    for one in sorted(touched, key=lambda t: (t.what, t.kind)):
        if one.what == "circumstance":
            label = kinds[one.kind].label if one.kind in kinds else one.kind
            said.append(f"“{label}”有新的登记")
        elif one.what == "event":
            said.append(f"有{EventKind(one.kind).label}登记")
        else:
            said.append(WORDS[one.what])
    return tuple(dict.fromkeys(said))


def changed_since(proposal: Proposal) -> str:
    """Return in words what changed since a proposal was computed, empty when all still holds.

    One frozen at the counter keeps its input rows: they are compared one by one, and the law by its result.
    """
    if not proposal.inputs:
        return "、".join(stale_proposals([proposal]).get(proposal.pk, ()))
    live = live_now(proposal)
    if live.inputs != proposal.inputs:
        return "、".join(stale_proposals([proposal]).get(proposal.pk, ("登记的事实有变动",)))
    same_law = live.release_id == proposal.release_id
    result = (live.amount_fen, len(live.persons))
    return "" if same_law or result == (proposal.after_fen, proposal.persons_after) else WORDS[LAW]


def live_now(proposal: Proposal) -> Live:
    """Return what the rules say now of a proposal's subject in the proposal's month."""
    home = proposal.household_id
    if home is None and proposal.person_id is not None:
        household = household_of(proposal.person_id, month_end(proposal.month))
        home = household.pk if household else None
    return assessor().live(proposal.county, proposal.month, proposal.benefit, proposal.person_id, home)
