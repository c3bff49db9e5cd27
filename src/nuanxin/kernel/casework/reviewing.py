"""Which grants are due to be looked at, how often, and what changed since: read for a whole county at once."""

import datetime as dt
import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from nuanxin.kernel.casework.enums import Outcome, ReviewClass
from nuanxin.kernel.casework.models import Decision, Review
from nuanxin.kernel.casework.values import Draft
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.months import add_months, month_end, month_of
from nuanxin.kernel.engine.duck import opened
from nuanxin.kernel.grants.standing import Standing, standing_grants
from nuanxin.kernel.registry.selectors import changed
from nuanxin.kernel.rulebook import selectors as rulebook
from nuanxin.kernel.rulebook.types import AssessmentRun

AHEAD, CHECKED, DEATH = "review_ahead_months", "review_check_per_cent", "death_review_months"
PHASE_OUT, VISIBLE = "phase_out_months", "dibao_visible_change"
YEAR = 12
Subject = tuple[str, int]
Found = dict[str, object]


@dataclass(frozen=True)
class Cycle:
    """How often a benefit's grants are looked at again, in months by class; `by` names the step of unstable ones."""

    months: dict[ReviewClass, int]
    by: str = ""

    def months_of(self, kind: ReviewClass) -> int:
        """Return the months between two reviews of a class."""
        return self.months[kind]


@dataclass(frozen=True)
class Assessed:
    """What the newest assessment says of one subject: None when nothing is known; `unstable` when it says so."""

    fen: int | None = None
    unstable: bool = False
    asked: bool = False


@dataclass
class Due:
    """A grant whose review is due: its class, month, from when changes count, and what they are."""

    grant: Standing
    kind: ReviewClass
    month: dt.date
    since: dt.date
    assessed: Assessed
    found: list[Found] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        """Tell whether something visible changed: a bulk confirmation does not take it."""
        return bool(self.found)


def number(county: str, name: str, on: dt.date, code: str = "") -> int:
    """Return a whole number among the parameters of casework; Refused where the county has none."""
    value = rulebook.numbers(county, name, on).get(code)
    if not isinstance(value, int):
        raise Refused("casework.parameter", f"参数“{name}”没有适用的值。", "请在参数表里补上，再运行 nuanxin check。")
    return value


def cycles(county: str, month: dt.date) -> dict[str, Cycle]:
    """Return for each benefit paid by the month in a county how often its grants are looked at again."""
    offered = rulebook.benefits(county, month)
    return {
        code: _cycle(county, month, one.review)
        for code, one in offered.items()
        if one.period == "month" and one.review and (one.review.get("months") or one.review.get("param"))
    }


def _cycle(county: str, month: dt.date, review: dict[str, object]) -> Cycle:
    if not review.get("param"):
        return Cycle({ReviewClass.REGULAR: int(str(review["months"]))})
    values = rulebook.numbers(county, str(review["param"]), month)
    if set(values) == {""}:
        return Cycle({ReviewClass.REGULAR: int(str(values[""]))})
    classes = (ReviewClass.STABLE, ReviewClass.UNSTABLE)
    return Cycle({one: int(str(values[one.value])) for one in classes}, str(review.get("by") or ""))


def newest_run(county: str, month: dt.date) -> AssessmentRun | None:
    """Return the newest assessment of a county up to a month, looking a year back."""
    for back in range(YEAR + 1):
        run = rulebook.latest_run(county, add_months(month, -back))
        if run is not None:
            return run
    return None


def assessed_in(run: AssessmentRun | None, benefit: str, by: str) -> dict[int, Assessed]:
    """Return by subject what a run's receipts say of a benefit: amount (None unknown), and whether it is unstable."""
    path = rulebook.receipt_file(run, benefit) if run is not None else None
    if path is None or not path.exists():
        return {}
    with opened(scanner=False) as con:
        columns = {row[0] for row in con.execute(f"describe select * from read_parquet('{path}')").fetchall()}
        unstable = f"coalesce({by} > 0, true)" if by in columns else "false"
        rows = con.execute(
            "select subject_id, case when granted then coalesce(amount_fen, 0) when not granted then 0 end,"
            f" {unstable} from read_parquet('{path}')"
        ).fetchall()
    return {subject: Assessed(fen, unstable, asked=True) for subject, fen, unstable in rows}


def due_reviews(county: str, month: dt.date) -> list[Due]:
    """Return the grants to be looked at in a month, with what changed: those due, and later ones taken in ahead.

    A grant taken over from the bureau's lists has no known review: these are spread over their whole cycle. A month
    that has less to do than a cycle's even share takes in what is due in the next months, the earliest first.
    """
    offered, run = cycles(county, month), newest_run(county, month)
    grants = standing_grants(county, offered)
    since = last_looks(county, grants)
    busy = set(Review.objects.filter(county=county, closed_on__isnull=True).values_list("grant_id", flat=True))
    found: list[Due] = []
    for benefit, cycle in offered.items():
        known = assessed_in(run, benefit, cycle.by)
        mine = [grant for grant in grants if grant.benefit == benefit]
        dues = [_due(grant, cycle, known.get(grant.subject, Assessed()), since[grant.grant_id]) for grant in mine]
        found += _levelled([one for one in dues if one.grant.grant_id not in busy], mine, cycle, month, county)
    describe(found, month_end(month), run is not None)
    return found


def last_looks(county: str, grants: Sequence[Standing]) -> dict[int, tuple[dt.date, bool]]:
    """Return by grant the day of the last decision or review on it, and whether it was one (not a takeover)."""
    found = {one.grant_id: (one.written_on, one.basis != "takeover") for one in grants}
    decisions = Decision.objects.filter(
        county=county, outcome=Outcome.APPROVED, decided_on__isnull=False, proposal__grant__isnull=False
    )
    looked = Review.objects.filter(county=county, closed_on__isnull=False).exclude(state="dropped")
    rows = [
        *decisions.values_list("proposal__grant_id", "decided_on"),
        *looked.values_list("grant_id", "closed_on"),
    ]
    for grant, day in rows:
        if grant in found and day is not None and (day >= found[grant][0] or not found[grant][1]):
            found[grant] = (day, True)
    return found


def _due(grant: Standing, cycle: Cycle, assessed: Assessed, look: tuple[dt.date, bool]) -> Due:
    since, looked = look
    kind = ReviewClass.REGULAR
    if ReviewClass.STABLE in cycle.months:
        kind = ReviewClass.UNSTABLE if assessed.unstable else ReviewClass.STABLE
    every = cycle.months_of(kind)
    after = every if looked else 1 + grant.grant_id % every
    return Due(grant, kind, add_months(month_of(since), after), since, assessed)


def _levelled(dues: list[Due], grants: list[Standing], cycle: Cycle, month: dt.date, county: str) -> list[Due]:
    """Return what is due by the month, and per township so much of the next months that the load is even."""
    last = add_months(month, number(county, AHEAD, month))
    waiting: dict[str, list[Due]] = defaultdict(list)
    for one in sorted(dues, key=lambda due: (due.month, due.grant.grant_id)):
        waiting[one.grant.township].append(one)
    shortest = min(cycle.months.values())
    share = {town: math.ceil(count / shortest) for town, count in Counter(g.township for g in grants).items()}
    chosen: list[Due] = []
    for town, listed in waiting.items():
        now = [one for one in listed if one.month <= month]
        ahead = [one for one in listed if month < one.month <= last]
        chosen += now + ahead[: max(0, share[town] - len(now))]
    return chosen


def describe(dues: Sequence[Due], on: dt.date, assessed: bool) -> None:
    """Note in each due what changed since: circumstances, members, life events, observed values, the amount."""
    if not dues:
        return
    earliest = min(one.since for one in dues)
    persons = sorted({person for one in dues for person in one.grant.persons})
    homes = sorted({one.grant.household_id for one in dues if one.grant.household_id})
    rows = [
        *(("circumstance", row) for row in changed.circumstances_recorded(persons, homes, earliest)),
        *(("member", row) for row in changed.memberships_recorded(homes, earliest)),
        *(("event", row) for row in changed.events_recorded(persons, earliest)),
    ]
    noted: dict[Subject, list[tuple[str, changed.Recorded]]] = defaultdict(list)
    for what, row in rows:
        noted[row.subject].append((what, row))
    observed = changed.observed_otherwise(persons, homes, on)
    for due in dues:
        due.found = _found(due, noted, observed, assessed)


def _found(
    due: Due,
    noted: dict[Subject, list[tuple[str, changed.Recorded]]],
    observed: dict[Subject, set[str]],
    assessed: bool,
) -> list[Found]:
    subjects: list[Subject] = [("person", person) for person in due.grant.persons]
    subjects += [("household", due.grant.household_id)] if due.grant.household_id else []
    fresh = [
        (what, row.kind, row.valid_from)
        for subject in subjects
        for what, row in noted.get(subject, ())
        if row.recorded_on > due.since
    ]
    kinds: dict[tuple[str, str], list[dt.date]] = defaultdict(list)
    for what, kind, day in fresh:
        kinds[what, kind].append(day)
    found: list[Found] = [
        {"what": what, "kind": kind, "on": max(days).isoformat(), "count": len(days)}
        for (what, kind), days in sorted(kinds.items())
    ]
    differing = sorted({kind for subject in subjects for kind in observed.get(subject, ())})
    found += [{"what": "observed", "kind": kind} for kind in differing]
    return found + _amount(due, assessed)


def _amount(due: Due, assessed: bool) -> list[Found]:
    """Return that the newest assessment would not pay what is paid, or cannot tell."""
    now = due.assessed
    if not assessed:
        return []
    if not now.asked:
        return [{"what": "amount", "kind": "not_applicable", "before": due.grant.fen}]
    if now.fen is None:
        return [{"what": "amount", "kind": "unknown", "before": due.grant.fen}]
    if now.fen == due.grant.fen:
        return []
    return [{"what": "amount", "kind": "differs", "before": due.grant.fen, "after": now.fen}]


def as_text(found: Iterable[Found]) -> str:
    """Return what was found as canonical JSON."""
    return json.dumps(list(found), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def phases_out(county: str, benefit: str, month: dt.date) -> bool:
    """Tell whether a benefit goes on for some months in a county after income passed the standard."""
    months = rulebook.numbers(county, PHASE_OUT, month).get("")
    return bool(months) and "phase_out" in rulebook.circumstances_read(county, month).get(benefit, ())


def visible_changes(county: str, month: dt.date, drafts: Sequence[Draft]) -> list[Draft]:
    """Leave out changes of a household's amount too small to be visible: they wait for the review (57号 第三十一条).

    Counted is the difference a month against a dated parameter; members who come or go and new standards always pass.
    """
    least = rulebook.numbers(county, VISIBLE, month).get("")
    if not isinstance(least, int) or least <= 0:
        return list(drafts)
    classed = {code for code, cycle in cycles(county, month).items() if cycle.by}
    return [
        one
        for one in drafts
        if one.kind != "change"
        or one.cause != "circumstance"
        or one.benefit not in classed
        or abs(one.after_fen - one.before_fen) >= least
    ]
