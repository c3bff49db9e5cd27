"""Closed months with their frozen files, and reports as submitted."""

from django.db import models
from django.db.models import F, Q

from nuanxin.kernel.statistics.enums import ReportState


class Close(models.Model):
    """A closed month: the SM3 chain head over its frozen files and the previous close, and a keyed seal of the head."""

    county = models.CharField(max_length=6)
    month = models.DateField()
    previous = models.CharField(max_length=64, default="")
    head = models.CharField(max_length=64)
    seal = models.CharField(max_length=64, default="")
    closed_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(auto_now_add=True)
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["county", "month"], name="statistics_close_once")]


class ClosedFile(models.Model):
    """One frozen Parquet file of a closed month."""

    close = models.ForeignKey(Close, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=60)
    path = models.CharField(max_length=200)
    rows = models.BigIntegerField()
    sm3 = models.CharField(max_length=64)


class SubmittedReport(models.Model):
    """A report as a county submitted it: written by one person, confirmed by another, restated as the next version.

    `head` is the chain head of the period's last closed month; `sm3` covers the version before, the head and all rows.
    """

    county = models.CharField(max_length=6)
    period = models.CharField(max_length=7)
    version = models.IntegerField()
    previous = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="restated_by")
    state = models.CharField(max_length=10, choices=ReportState.choices)
    reason = models.CharField(max_length=200, default="")
    head = models.CharField(max_length=64)
    sm3 = models.CharField(max_length=64)
    maker = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    made_on = models.DateField()
    checker = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+")
    checked_on = models.DateField(null=True)
    note = models.CharField(max_length=200, default="")
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)
    checked_change = models.ForeignKey(
        "core.Change", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(checker__isnull=True) | ~Q(checker=F("maker")),
                name="statistics_report_by_two",
                violation_error_message="编报人不能确认自己编报的数字",
            ),
            models.CheckConstraint(
                condition=Q(state=ReportState.WAITING, checker__isnull=True)
                | Q(state__in=[ReportState.CONFIRMED, ReportState.REJECTED], checker__isnull=False),
                name="statistics_report_checked",
            ),
            models.CheckConstraint(
                condition=Q(version=1, previous__isnull=True)
                | (Q(version__gt=1, previous__isnull=False) & ~Q(reason="")),
                name="statistics_report_restated",
            ),
            models.UniqueConstraint(
                fields=["county", "period", "version"],
                condition=~Q(state=ReportState.REJECTED),
                name="statistics_report_version",
            ),
        ]


class SubmittedFigure(models.Model):
    """One figure of a submitted report: `value` over `over` in base units (heads, fen), and as it was printed.

    `definition` is the SM3 of the indicator's whole definition at that time; `adjusted` is by how much its
    `adjustments` of closed months moved it.
    """

    report = models.ForeignKey(SubmittedReport, on_delete=models.PROTECT, related_name="figures")
    place = models.IntegerField()
    number = models.CharField(max_length=40, default="")
    indicator = models.CharField(max_length=60)
    title = models.CharField(max_length=300)
    unit = models.CharField(max_length=10)
    value = models.BigIntegerField(null=True)
    over = models.BigIntegerField(default=1)
    printed = models.CharField(max_length=40, default="")
    records = models.BigIntegerField(null=True)
    adjustments = models.BigIntegerField(default=0)
    adjusted = models.BigIntegerField(null=True)
    definition = models.CharField(max_length=64, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["report", "place"], name="statistics_figure_place"),
            models.CheckConstraint(condition=Q(over__gt=0), name="statistics_figure_over"),
        ]
