"""Closed lists of the room: kinds of indicator, flows, units, the standing of a figure."""

from enum import StrEnum

from django.db import models


class Kind(StrEnum):
    """How an indicator is made."""

    COUNT = "count"
    DISTINCT = "distinct"
    SUM = "sum"
    STOCK = "stock"
    RATIO = "ratio"
    DERIVED = "derived"
    STANDARD = "standard"
    TARGET = "target"


KIND_LABELS = {
    Kind.COUNT: "记录数",
    Kind.DISTINCT: "去重人数",
    Kind.SUM: "合计",
    Kind.STOCK: "期末存量",
    Kind.RATIO: "比率",
    Kind.DERIVED: "推算",
    Kind.STANDARD: "标准",
    Kind.TARGET: "要求值",
}
LEAVES = (Kind.COUNT, Kind.DISTINCT, Kind.SUM, Kind.STOCK)


class Flow(StrEnum):
    """Which movement of a stock tally is counted."""

    IN = "in"
    OUT = "out"


class Cause(StrEnum):
    """Why a closed month's record is adjusted in a later one."""

    GONE = "gone"
    LATE = "late"
    BEFORE = "before"
    AFTER = "after"


CAUSE_LABELS = {
    Cause.GONE: "不再计入",
    Cause.LATE: "补计入",
    Cause.BEFORE: "更正前",
    Cause.AFTER: "更正后",
}


class Unit(StrEnum):
    """The unit a figure is printed in."""

    PERSONS = "人"
    HOUSEHOLDS = "户"
    PERSON_TIMES = "人次"
    COUPLES = "对"
    CERTIFICATES = "件"
    BODIES = "具"
    CASES = "例"
    PLACES = "处"
    BEDS = "张"
    SESSIONS = "场"
    ORGANISATIONS = "个"
    RECORDS = "条"
    PLATES = "块"
    PROJECTS = "项"
    RANK = "名次"
    RATIO = "%"
    WAN_YUAN = "万元"
    YUAN = "元"
    YUAN_PERSON_MONTH = "元/人/月"


class Status(StrEnum):
    """How far a figure may be relied on."""

    COMPUTED = "computed"
    PARTIAL = "partial"
    TARGET = "target"
    UNCOUNTED = "uncounted"


STATUS_LABELS = {
    Status.COMPUTED: "已计算",
    Status.PARTIAL: "未结齐",
    Status.TARGET: "要求值",
    Status.UNCOUNTED: "尚未计数",
}

NOTE_LABELS = {
    "awaits": "等待",
    "unclosed": "期内还没有已结账的月份",
    "closed": "只含已结账的",
    "other_period": "公布数说的是",
}


class ReportState(models.TextChoices):
    """The life of a report: it is submitted when a second person confirms it."""

    WAITING = "waiting", "待确认"
    CONFIRMED = "confirmed", "已报送"
    REJECTED = "rejected", "已退回"
