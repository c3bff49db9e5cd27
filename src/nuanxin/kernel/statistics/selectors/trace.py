"""From a figure to one of its records and on down to document and article."""

import datetime as dt

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.core.crypto import sm3_hex
from nuanxin.kernel.rulebook import selectors as rulebook
from nuanxin.kernel.statistics import units
from nuanxin.kernel.statistics.catalogue import catalogue
from nuanxin.kernel.statistics.enums import KIND_LABELS, Kind
from nuanxin.kernel.statistics.lineage import Reader, TraceStep, walk_record
from nuanxin.kernel.statistics.lineage.steps import money, person_words
from nuanxin.kernel.statistics.models import ClosedFile
from nuanxin.kernel.statistics.periods import Period, parse_period
from nuanxin.kernel.statistics.published import read_published
from nuanxin.kernel.statistics.schema import Indicator
from nuanxin.kernel.statistics.selectors.areas import township_for
from nuanxin.kernel.statistics.selectors.figures import Figure, figure
from nuanxin.kernel.statistics.selectors.months import closed_months
from nuanxin.kernel.statistics.selectors.records import Adjusts, Record, area_sql, read_page, shown_leaf
from nuanxin.kernel.statistics.sources import source_of


def trace(
    code: str, county: str, period: Period | str, account: Account | None = None, nth: int = 0
) -> list[TraceStep]:
    """Walk one record of a figure, chosen by the indicator's code, within the account's area; all of it without one.

    `nth` counts on from that record, round and round.
    `code` may also be the figure's number in the county's published report, as the report table prints it.

    Refused on an unknown or awaited indicator, without `figures.read`, and outside the account's area.
    """
    township = township_for(account, county) if account is not None else ""
    span = parse_period(period) if isinstance(period, str) else period
    code = next((row.indicator for row in read_published(county, span) if row.id == code), code)
    one, made = catalogue().get(code), figure(code, county, span, township)
    steps = [_figure_step(made), _definition_step(one)]
    if one.kind is Kind.TARGET:
        return steps
    if one.kind is Kind.STANDARD:
        return [*steps, *_standard_steps(one, county, span)]
    record = _sample(code, county, span, area_sql(account) if account else "true", nth)
    if record is None:
        return [*steps, TraceStep("record", "记录", (("说明", "期内(或您的范围内)没有记录"),))]
    return [*steps, *_record_steps(one, county, span, record, Reader(account))]


def _sample(code: str, county: str, period: Period, area: str, nth: int) -> Record | None:
    """Return one record of the figure: always the same for the same indicator and close."""
    total = read_page(code, county, period, area, 1, size=1).total
    if not total:
        return None
    chosen = (int(sm3_hex(code)[:12], 16) + nth) % total
    return read_page(code, county, period, area, chosen + 1, size=1).records[0]


def _figure_step(made: Figure) -> TraceStep:
    lines = [
        ("期间", made.period.title),
        ("计算", units.text(made.computed, made.unit)),
        ("公布", units.text(made.published, made.unit)),
        ("记录", "—" if made.records is None else f"{made.records:,} 条"),
        ("状况", made.status_label),
    ]
    lines += [(label, text) for label, text in (("假定", made.assumption), ("说明", made.remark)) if text]
    return TraceStep("figure", f"{made.id} {made.title}".strip(), tuple(lines))


def _definition_step(one: Indicator) -> TraceStep:
    lines = [("定义", one.definition), ("出处", f"{one.source.document} {one.source.article}".strip())]
    if one.leaf:
        parts = (KIND_LABELS[one.kind], source_of(one).title, one.where or "")
        lines.append(("计数", " · ".join(part for part in parts if part)))
    elif one.kind is Kind.RATIO:
        lines.append(("计数", f"{_title(one.numerator)} ÷ {_title(one.denominator)}"))
    elif one.kind is Kind.DERIVED:
        added, taken = ([_title(code) for code in codes] for codes in (one.plus, one.minus))
        lines.append(("计数", " − ".join([" + ".join(added), *taken])))
    return TraceStep("definition", "指标定义", tuple(lines))


def _title(code: str | None) -> str:
    return catalogue().get(code or "").title


def _standard_steps(one: Indicator, county: str, period: Period) -> list[TraceStep]:
    found = rulebook.parameter_fen(county, one.parameter or "", period.last)
    if found is None:
        return []
    _, used = found
    assumed = "是" if used.assumption else "否"
    lines = [("参数", f"{used.label}: {used.text}"), ("文件", f"{used.document} {used.article}".strip())]
    lines += [("起始", str(used.since)), ("假定", assumed)] + ([("说明", used.note)] if used.note else [])
    return [TraceStep("law", "文件和条款", tuple(lines))]


def _record_steps(one: Indicator, county: str, period: Period, record: Record, reader: Reader) -> list[TraceStep]:
    leaf, _ = shown_leaf(one)
    assert leaf is not None
    source = source_of(leaf)
    closed = [c for c in closed_months(county, period) if source.standing or c.month == record.booked][-1]
    return [
        _closed_step(county, closed.month, closed.head, source.adjustment if record.adjusts else source.name),
        _record_step(source.tally.title, record),
        *_adjustment_steps(record.adjusts),
        *walk_record(record.tally, record.id, closed.month, reader),
    ]


def _closed_step(county: str, month: dt.date, head: str, name: str) -> TraceStep:
    file = ClosedFile.objects.filter(close__county=county, close__month=month, name=name).first()
    lines = [("月份", f"{month:%Y-%m}"), ("链头", head)]
    if file is not None:
        lines += [("文件", f"{file.path}, {file.rows:,} 行"), ("SM3", file.sm3)]
    return TraceStep("closed", "月结", tuple(lines))


def _adjustment_steps(adjusts: Adjusts | None) -> list[TraceStep]:
    """Return what a record adjusts: the month in which it was first counted, how, and who changed it why."""
    if adjusts is None:
        return []
    lines = [("调整", f"{adjusts.label} ({adjusts.sign:+d})"), ("原计入", f"{adjusts.counted:%Y-%m}")]
    lines += [("事由", adjusts.reason), ("更改人", f"{adjusts.actor} {adjusts.on}")] if adjusts.reason else []
    return [TraceStep("adjustment", "对已结账月份的调整", tuple(lines))]


def _record_step(title: str, record: Record) -> TraceStep:
    lines = [("记录", f"{title} {record.id}"), ("乡镇", record.township), ("登记月份", f"{record.booked:%Y-%m}")]
    if record.person_id is not None:
        lines.append(("对象", person_words(record.person_id)))
    if record.household_id is not None:
        lines.append(("家庭", str(record.household_id)))
    if record.amount_fen is not None:
        lines.append(("金额", money(record.amount_fen)))
    link = ("household", record.household_id) if record.household_id else None
    return TraceStep(
        "record", "冻结的记录", tuple(lines), link or (("person", record.person_id) if record.person_id else None)
    )
