"""Reading the month: runs, steps, what is unfinished, open questions; takeover lists with faults and differences."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Max, Min, QuerySet

from nuanxin.kernel.casework.selectors import open_applications
from nuanxin.kernel.core.months import add_months, month_of
from nuanxin.kernel.cycle.assessing import assessments
from nuanxin.kernel.cycle.loading import template
from nuanxin.kernel.cycle.loading.run import terms_of
from nuanxin.kernel.cycle.loading.schema import tables
from nuanxin.kernel.cycle.models import (
    LoadFile,
    LoadTotal,
    MonthRun,
    MonthStep,
    TakeoverDifference,
    TakeoverFault,
    TakeoverList,
)
from nuanxin.kernel.engine.duck import opened
from nuanxin.kernel.payments.selectors import open_runs

STEPS = {
    "snapshot": "取快照",
    "assess": "测算",
    "compare": "比对",
    "apply": "自动调整",
    "propose": "提出建议",
    "dues": "生成应发",
    "prepare": "编制发放",
}


@dataclass(frozen=True)
class Question:
    """A subject for whom the rules cannot say yes or no: nothing is granted and nothing refused."""

    benefit: str
    subject_id: int
    pays: str


def month_run(county: str, month: dt.date) -> MonthRun | None:
    """Return the run of a month, None when it has not begun."""
    return MonthRun.objects.filter(county=county, month=month).first()


def months_run(county: str) -> QuerySet[MonthRun]:
    """Return the county's month runs, newest first."""
    return MonthRun.objects.filter(county=county).order_by("-month")


def steps_of(run: MonthRun) -> list[MonthStep]:
    """Return the steps of a month in the order they were begun."""
    return list(MonthStep.objects.filter(run=run).order_by("id"))


def first_month(county: str) -> dt.date | None:
    """Return the first month that was run, None when none was."""
    first: dt.date | None = MonthRun.objects.filter(county=county).aggregate(first=Min("month"))["first"]
    return first


def month_to_begin(county: str) -> dt.date | None:
    """Return the first month that is to be handled where none is closed: of the first run, else after the takeover."""
    taken = takeover_lists(county).filter(takes_over=True, state="in_force").aggregate(last=Max("as_of"))["last"]
    return first_month(county) or (add_months(month_of(taken), 1) if taken else None)


def unfinished(county: str, month: dt.date) -> list[str]:
    """Return what a month still lacks before it may be closed, in Chinese; empty when nothing."""
    run = month_run(county, month)
    if run is None:
        return ["尚未测算"]
    done = set(MonthStep.objects.filter(run=run, state="done").values_list("name", flat=True))
    lacking = [f"“{title}”未完成" for name, title in STEPS.items() if name not in done]
    waiting = open_runs(county).filter(pay_month=month).count()
    return lacking + ([f"{waiting} 个发放批次未回盘"] if waiting else [])


def open_questions(run: MonthRun, limit: int = 1000) -> list[Question]:
    """Return the subjects of a month whose grant or application meets an unknown in the benefit's rules."""
    if run.assessment_run_id is None:
        return []
    source = assessments()
    folder = source.receipts(run.assessment_run_id)
    found: list[Question] = []
    with opened(scanner=False) as con:
        for code, rule in source.rules(run.county, run.month).items():
            path = folder / f"{code}.parquet"
            if not path.exists() or run.snapshot_id is None:
                continue
            grants = source.tables(run.snapshot_id)["grant"]
            subject = "household_id" if rule.pays == "household" else "person_id"
            asked = [getattr(one, subject) for one in open_applications(run.county, code)]
            ids = ", ".join(str(pk) for pk in asked if pk is not None) or "-1"
            rows = con.execute(
                f"select subject_id from read_parquet('{path}') where granted is null and (subject_id in ({ids})"
                f" or subject_id in (select {subject} from read_parquet('{grants}')"
                f" where benefit = '{code}' and to_date is null)) order by 1 limit {limit}"
            ).fetchall()
            found += [Question(code, row[0], rule.pays) for row in rows]
    return found[:limit]


def takeover_lists(county: str) -> QuerySet[TakeoverList]:
    """Return the county's takeover lists, newest first."""
    return TakeoverList.objects.filter(county=county).select_related("first_signer", "second_signer").order_by("-id")


def takeover_by_id(list_id: int) -> TakeoverList | None:
    """Return a takeover list, None when there is none."""
    return TakeoverList.objects.filter(pk=list_id).select_related("first_signer", "second_signer").first()


def faults_of(list_id: int) -> QuerySet[TakeoverFault]:
    """Return what stops rows of a load, by sheet and row."""
    return TakeoverFault.objects.filter(list_id=list_id, level="fault").order_by("sheet", "row", "id")


def notices_of(list_id: int) -> QuerySet[TakeoverFault]:
    """Return what a load's files hold that was not read, or that is otherwise registered; it stops nothing."""
    return TakeoverFault.objects.filter(list_id=list_id, level="notice").order_by("sheet", "row", "id")


def totals_of_load(list_id: int) -> QuerySet[LoadTotal]:
    """Return a load's control totals in the order of its tables."""
    return LoadTotal.objects.filter(list_id=list_id).order_by("id")


def files_of(list_id: int) -> QuerySet[LoadFile]:
    """Return a load's files in the order in which they came."""
    return LoadFile.objects.filter(list_id=list_id).order_by("id")


def load_template(county: str, as_of: dt.date, names: Sequence[str] = ()) -> bytes:
    """Return the workbook to fill in for a county: all tables, or those named."""
    return template.load_template(terms_of(county, as_of), names)


def load_tables() -> dict[str, str]:
    """Return the title of each table a load may bring, by name."""
    return {name: spec.title for name, spec in tables().items()}


def differences_of(list_id: int, state: str | None = None) -> QuerySet[TakeoverDifference]:
    """Return the grants of a list whose stated money is not what the rules say, with their subjects."""
    rows = TakeoverDifference.objects.filter(list_id=list_id).select_related("grant", "grant__person")
    return (rows.filter(state=state) if state else rows).order_by("grant__benefit", "grant__township", "id")
