"""Why money stands that the rules would not give: the work item that stands for it, or the rule by which it lags."""

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, field

from nuanxin.kernel.casework.reviewing import visible_changes
from nuanxin.kernel.casework.selectors.matters import Matter, Matters, Unit, matters_of
from nuanxin.kernel.casework.values import Draft
from nuanxin.kernel.cycle.assessing import assessments
from nuanxin.kernel.cycle.facts import Cell
from nuanxin.kernel.cycle.models import TakeoverDifference, TakeoverList
from nuanxin.kernel.engine.duck import opened

UNEXPLAINED, QUESTION = "unexplained", "question"
# Reasons with their words, the gravest first: a pair is counted under the gravest of its months.
REASONS = {
    UNEXPLAINED: "没有依据，也没有待办事项",
    "takeover_difference": "接管金额与测算不一致，待核",
    "proposal": "已有建议，待决定",
    "case": "案件办理中",
    "review": "复核中",
    "reassessment": "追溯核算中",
    "application": "已申请，待测算",
    QUESTION: "事实不明，不能测算",
    "awaits_month_end": "事实晚于最近一次测算，待下次月度办理",
    "below_visible": "变化不明显，待定期复核",
    "kept_by_decision": "经决定不作调整",
    "left_by_decision": "经追溯核算，决定不予更正",
    "takeover_stood": "接管金额，核实前照旧",
    "from_decision": "自决定的次月起调整",
    "stops_next_month": "停发、减员从次月起",
    "learned_later": "测算以后才查明，自查明的月份起调整",
}
OPEN_WORK = frozenset({"takeover_difference", "proposal", "case", "review", "application", "reassessment"})
# Somebody has still to decide: by a work item, or because month-end or the review will ask.
PENDING = OPEN_WORK | {UNEXPLAINED, "awaits_month_end", "below_visible"}
UNDECIDED = ("open", "made")


@dataclass(frozen=True)
class Why:
    """A reason's code and, where there is one, the work item or decision that stands for it."""

    code: str
    item: str = ""


@dataclass
class Undecided:
    """A benefit of a household or person whose money differs from the rules, with its months; fen by direction."""

    unit: Unit
    moves: str
    months: list[tuple[Cell, Why]] = field(default_factory=list)

    @property
    def why(self) -> Why:
        """Return the gravest reason of its months."""
        order = list(REASONS)
        return min((why for _, why in self.months), key=lambda why: order.index(why.code))

    def more_fen(self, codes: Container[str]) -> int:
        """Return what the rules give beyond what was decided, in months that stand by one of the reasons."""
        return sum(cell.fen for cell, why in self.months if why.code in codes and cell.fen > 0)

    def less_fen(self, codes: Container[str]) -> int:
        """Return what was decided beyond what the rules give, in months that stand by one of the reasons."""
        return -sum(cell.fen for cell, why in self.months if why.code in codes and cell.fen < 0)


def explain(county: str, cells: Sequence[Cell]) -> list[Undecided]:
    """Return the pairs that differ with the reason of each month, in the order of units."""
    reasons = _Reasons(county, cells)
    found: dict[Unit, Undecided] = {}
    for cell in cells:
        pair = found.setdefault(cell.unit, Undecided(cell.unit, cell.moves))
        pair.months.append((cell, reasons.of(cell)))
    return [found[unit] for unit in sorted(found, key=str)]


class _Reasons:
    """Looks for the reason of a cell among what is known of its unit; the first that fits."""

    def __init__(self, county: str, cells: Sequence[Cell]) -> None:
        self.county = county
        self.matters = matters_of(county, {cell.unit for cell in cells})
        self.taken = _taken(county, [cell.grant_id for cell in cells if cell.grant_id is not None])
        self.first_found = _found_at_takeover(county, cells)
        self.tests: tuple[Callable[[Cell, Matters], Why | None], ...] = (
            self._looked_back, self._stops, self._from_decision, self._takeover, self._open, self._kept, self._later,
            self._small,
        )  # fmt: skip

    def of(self, cell: Cell) -> Why:
        """Return why a cell stands."""
        if not cell.grounded:
            return Why(UNEXPLAINED)
        if cell.once:
            return Why("learned_later" if cell.then_fen == cell.decided_fen else UNEXPLAINED)
        if cell.due_fen is None:
            return Why(QUESTION)
        matters = self.matters.get(cell.unit, Matters())
        return next((why for test in self.tests if (why := test(cell, matters))), Why(UNEXPLAINED))

    def _looked_back(self, cell: Cell, matters: Matters) -> Why | None:
        """Two people know of these very months, or somebody is asked to look at them."""
        about = [
            one for one in matters.reassessments if one.month and one.until and one.month <= cell.month <= one.until
        ]
        for code, states in (("reassessment", ("open", "proposed")), ("left_by_decision", ("left",))):
            if why := _item(code, next((one for one in about if one.state in states), None)):
                return why
        return None

    def _stops(self, cell: Cell, matters: Matters) -> Why | None:
        """A stop, and a person's leaving, count from the next month: this one is still paid as it was."""
        home = cell.unit[1] is not None  # fewer people in it may well be owed more
        return Why("stops_next_month") if cell.ends and (home or cell.fen < 0) else None

    def _from_decision(self, cell: Cell, matters: Matters) -> Why | None:
        """Two people have agreed to another amount, or to a stop, from a later month on."""
        later = (
            one
            for one in matters.proposals
            if one.from_month is not None and one.from_month > cell.month and one.before_fen == cell.decided_fen
            and one.act in ("change", "stop")
        )  # fmt: skip
        return _item("from_decision", next(later, None))

    def _takeover(self, cell: Cell, matters: Matters) -> Why | None:
        """The bureau's own amount is left alone until what the rules say is another than at the takeover."""
        taken = self.taken.get(cell.grant_id or 0)
        said = cell.due_fen if cell.asked else None
        if taken is None or (taken.stated_fen, taken.assessed_fen) != (cell.decided_fen, said):
            return None
        return Why("takeover_difference" if taken.state == "open" else "takeover_stood", f"takeover:{taken.pk}")

    def _open(self, cell: Cell, matters: Matters) -> Why | None:
        """Somebody has it on the desk: a proposal or review of this very amount, a case, an application."""
        proposed = (one for one in matters.proposals if one.state in UNDECIDED and one.before_fen == cell.decided_fen)
        reviewed = (one for one in matters.reviews if one.before_fen == cell.decided_fen)
        asked = matters.applications if cell.grant_id is None else []
        for code, rows in (
            ("proposal", proposed), ("case", iter(matters.cases)), ("review", reviewed), ("application", iter(asked)),
        ):  # fmt: skip
            if why := _item(code, next(rows, None)):
                return why
        return None

    def _kept(self, cell: Cell, matters: Matters) -> Why | None:
        """People looked at this very change and said no."""
        said = (
            one
            for one in matters.proposals
            if one.state == "rejected" and (one.before_fen, one.after_fen) == (cell.decided_fen, cell.due_fen)
        )
        return _item("kept_by_decision", next(said, None))

    def _later(self, cell: Cell, matters: Matters) -> Why | None:
        """The month's own run found what was decided: the facts came afterwards."""
        if cell.grant_id is None or cell.then_fen not in (cell.decided_fen, None):
            return None
        return Why("awaits_month_end" if cell.last else "learned_later")

    def _small(self, cell: Cell, matters: Matters) -> Why | None:
        """A change of an amount that the rules once gave, too small to be visible, waits for the review."""
        benefit, home, person = cell.unit
        given = {one.after_fen for one in matters.proposals if one.from_month is not None}
        if cell.moves != "propose" or not cell.due_fen or cell.decided_fen not in given | self.first_found[cell.unit]:
            return None
        draft = Draft(
            self.county, "", cell.month, benefit, "change", "circumstance", 0, person, home,
            before_fen=cell.decided_fen, after_fen=cell.due_fen,
        )  # fmt: skip
        return None if visible_changes(self.county, cell.month, [draft]) else Why("below_visible")


def _item(code: str, matter: Matter | None) -> Why | None:
    return Why(code, f"{matter.kind}:{matter.id}") if matter is not None else None


def _taken(county: str, grants: Iterable[int]) -> dict[int, TakeoverDifference]:
    rows = TakeoverDifference.objects.filter(list__county=county, list__state="in_force")
    wanted = set(grants)
    return {one.grant_id: one for one in rows.iterator() if one.grant_id in wanted}


def _found_at_takeover(county: str, cells: Sequence[Cell]) -> dict[Unit, set[int]]:
    """Return what the assessment at the takeover gave the cells' units: a list that agreed with it says the same."""
    found: dict[Unit, set[int]] = defaultdict(set)
    units: dict[str, dict[int, Unit]] = defaultdict(dict)
    for cell in cells:
        benefit, home, person = cell.unit
        units[benefit][home if home is not None else person or 0] = cell.unit
    runs = TakeoverList.objects.filter(county=county, state="in_force", assessment_run_id__isnull=False)
    with opened(scanner=False) as con:
        for run in runs.values_list("assessment_run_id", flat=True):
            for benefit, subjects in units.items():
                path = assessments().receipts(run or 0) / f"{benefit}.parquet"
                if path.exists():
                    listed = ", ".join(map(str, sorted(subjects)))
                    query = f"select subject_id, amount_fen from read_parquet('{path}') where granted"
                    for subject, fen in con.execute(f"{query} and subject_id in ({listed})").fetchall():
                        found[units[benefit][subject]].add(int(fen or 0))
    return found
