"""A new standard reaches the grants: months already run are recomputed, proposals renewed, letters queued."""

import datetime as dt
import shutil
from collections.abc import Callable, Sequence
from typing import Any

from nuanxin.kernel.casework.letter_lines import cause_words
from nuanxin.kernel.casework.services.proposals import renew_proposals
from nuanxin.kernel.casework.values import BenefitRule
from nuanxin.kernel.core.changes import Author, Mark, current_mark
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.core.months import months_between
from nuanxin.kernel.cycle.assessing import assessments
from nuanxin.kernel.cycle.compare import Ground, compare
from nuanxin.kernel.cycle.models import MonthRun, MonthStep, TakeoverDifference
from nuanxin.kernel.cycle.services.caused import with_causes
from nuanxin.kernel.cycle.standards import Affected, Sides, affected, changed_subjects, restatements
from nuanxin.kernel.engine import store
from nuanxin.kernel.engine.selectors import snapshot_by_id
from nuanxin.kernel.grants.services import restate_shares
from nuanxin.kernel.grants.values import Restatement
from nuanxin.kernel.registry.selectors import heads_of, people_by_ids
from nuanxin.kernel.registry.selectors.money import homes_of, homes_of_households
from nuanxin.kernel.rulebook import selectors as rulebook
from nuanxin.kernel.rulebook.services import PublicationNotice, assess_kept, carry_out, receipts_aside
from nuanxin.kernel.work.selectors import queued_keys
from nuanxin.kernel.work.services import queue_letters
from nuanxin.kernel.work.values import LetterDraft

BATCH = 2000
OPEN_STATES = ("running", "proposed")
Values = Callable[[Any], tuple[str, str, dict[str, str]]]  # title, key and texts of a record's letter


def carry_out_waiting(*, county: str, month: dt.date, author: Author) -> int:
    """Let published standards whose month has come reach the grants, after the month has been run; returns how many."""
    waiting = rulebook.waiting_publications(county, month)
    for one in waiting:
        carry_out(publication_id=one.pk, author=author)
    return len(waiting)


def carry_out_publication(notice: PublicationNotice) -> dict[str, Any] | None:
    """Recompute what a published standard changes; None while its month, or the next open one, is still to be run.

    `apply` benefits: shares of months already run are restated from the standard's first month, more money only where
    the month has passed; arrears follow with the next dues. `propose` benefits: the open month's proposals are made
    anew, with the cause `standard`. A letter for every household whose `apply` benefit changes; for the others when
    two people have decided. Called again, it changes nothing.
    """
    last = _last_run(notice.county)
    if last is None or notice.effective_month > last.month:
        return None
    mark = current_mark()
    snapshot_id, fresh = _ground(notice, last)
    rules = {
        code: rule
        for code, rule in assessments().rules(notice.county, last.month).items()
        if code in notice.benefits and not rule.once
    }
    moving = [rule for rule in rules.values() if rule.moves == "apply"]
    months = list(months_between(max(notice.effective_month, _first_month(notice.county)), last.month))
    items: list[Restatement] = []
    told: list[Affected] = []
    proposed, is_open = 0, last.state in OPEN_STATES
    for month in months:
        newest = month == last.month
        with _Sides(notice, month, snapshot_id) as sides:
            if not (fresh and newest):
                items += restatements(sides, moving, lasting=newest, only_more=not (newest and is_open))
            if newest:
                told = affected(sides, moving)
                proposed = _propose(notice, last, sides, rules, mark) if is_open and not fresh else 0
    written = restate_shares(change=notice.change, restatements=items)
    if not is_open:
        return None
    return {
        "month": f"{last.month:%Y-%m}",
        "months": [f"{one:%Y-%m}" for one in months],
        "changed": len(told),
        "shares": written,
        "proposals": proposed,
        "letters": _tell(notice, told, rules),
    }


def _last_run(county: str) -> MonthRun | None:
    done = MonthStep.objects.filter(run__county=county, name="propose", state="done").values("run_id")
    return MonthRun.objects.filter(pk__in=done).order_by("-month").first()


def _first_month(county: str) -> dt.date:
    first = MonthRun.objects.filter(county=county).order_by("month").first()
    return first.month if first else dt.date.max


def _ground(notice: PublicationNotice, last: MonthRun) -> tuple[int, bool]:
    """Return the snapshot to stand on, and whether the last month was run under the new law already."""
    run = rulebook.run_by_id(last.assessment_run_id) if last.assessment_run_id else None
    fresh = run is not None and run.release_id == rulebook.kept_release_sm3(notice.law_after, last.month)
    if fresh and last.snapshot_id is not None:
        return last.snapshot_id, True
    return assessments().take_snapshot(notice.county), False


class _Sides:
    """Both laws' receipts of a month; those of the law before are thrown away afterwards."""

    def __init__(self, notice: PublicationNotice, month: dt.date, snapshot_id: int) -> None:
        self.notice, self.month, self.snapshot_id = notice, month, snapshot_id
        self.before = store.absolute(f"whatif/{notice.county}/before-{notice.publication_id}-{month:%Y-%m}")

    def __enter__(self) -> Sides:
        notice, month = self.notice, self.month
        snapshot = snapshot_by_id(self.snapshot_id)
        receipts_aside(law_sm3=notice.law_before, month=month, snapshot=snapshot, folder=self.before)
        run = assess_kept(law_sm3=notice.law_after, month=month, snapshot=snapshot, purpose="standard")
        return Sides(
            county=notice.county,
            month=month,
            before=self.before,
            after=rulebook.run_folder(run),
            run_id=run.pk,
            tables=assessments().tables(self.snapshot_id),
        )

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.before, ignore_errors=True)


def _propose(notice: PublicationNotice, last: MonthRun, sides: Sides, rules: dict[str, BenefitRule], mark: Mark) -> int:
    """Make the open month's proposals anew where the standard changes what the month's assessment said."""
    proposing = [rule for rule in rules.values() if rule.moves == "propose"]
    if not proposing:
        return 0
    changed = changed_subjects(sides, proposing)
    differences = TakeoverDifference.objects.filter(list__county=notice.county, state="open")
    ground = Ground(
        county=notice.county,
        month=last.month,
        run_id=sides.run_id,
        receipts=sides.after,
        tables=sides.tables,
        differences=dict(differences.values_list("grant_id", "assessed_fen")),
        new_standards=notice.benefits,
        mark=mark,
    )
    drafts = [
        draft
        for draft in compare(ground, proposing).drafts
        if (draft.benefit, draft.household_id or draft.person_id or 0) in changed
    ]
    listed = [rule.benefit for rule in proposing]
    drafts = with_causes(assessments(), ground, drafts)
    return renew_proposals(
        change=notice.change, county=notice.county, month=last.month, run_id=sides.run_id, drafts=drafts,
        changed=changed, benefits=listed,
    )  # fmt: skip


def _tell(notice: PublicationNotice, told: Sequence[Affected], rules: dict[str, BenefitRule]) -> int:
    """Queue a letter for each grant that a standard has changed by itself."""

    def values(one: Affected) -> tuple[str, str, dict[str, str]]:
        texts = {
            "before": str(one.before_fen),
            "after": str(one.after_fen),
            "from_month": f"{notice.effective_month:%Y-%m}",
            "document": notice.document,
            "cause": cause_words("standard"),
        }
        return rules[one.benefit].title, f"standard:{notice.publication_id}:{one.grant_id}", texts

    return queue_told(
        notice.change,
        notice.county,
        told,
        values,
        who=lambda one: (one.person_id, one.household_id),
        owner=lambda one: ("publication", notice.publication_id),
    )


def newest_document(county: str, benefit: str, month: dt.date) -> str:
    """Return the documents and articles of a benefit's newest parameters in a month."""
    used = rulebook.parameters(county, benefit, month)
    newest = max((one.since for one in used), default=None)
    named = (f"{one.document} {one.article}".strip() for one in used if one.since == newest)
    return "；".join(dict.fromkeys(named))


def _untold(records: Sequence[Any], values: Values) -> list[Any]:
    """Return the records without a letter: a month's dues are made again and again, its letters once."""
    keys = [values(one)[1] for one in records]
    known = queued_keys(keys)
    return [one for one, key in zip(records, keys, strict=True) if key not in known]


def queue_told(
    change: Change,
    county: str,
    records: Sequence[Any],
    values: Values,
    *,
    who: Callable[[Any], tuple[int | None, int | None]],
    owner: Callable[[Any], tuple[str, int]],
    kind: Callable[[Any], str] = lambda _: "standard",
) -> int:
    """Queue a letter for each record that has none yet; returns how many are new."""
    queued = 0
    for start in range(0, len(records), BATCH):
        part = _untold(records[start : start + BATCH], values)
        units = [unit for one in part if (unit := who(one)[1]) is not None]
        persons = [person for one in part if who(one)[1] is None and (person := who(one)[0]) is not None]
        heads, people = heads_of(units, change.business_date), people_by_ids(persons)
        homes, places = homes_of(persons), homes_of_households(units)
        drafts = []
        for one in part:
            person, unit = who(one)
            title, key, texts = values(one)
            name = heads.get(unit, "") if unit is not None else people[person or 0].name
            drafts.append(
                LetterDraft(
                    county=county,
                    division_id=places[unit] if unit is not None else homes[person or 0],
                    kind=kind(one),
                    owner=owner(one),
                    person_id=person if unit is None else None,
                    household_id=unit,
                    values={"name": name or "户主", "benefit": title, **texts},
                    key=key,
                )
            )
        queued += queue_letters(change=change, drafts=drafts)
    return queued
