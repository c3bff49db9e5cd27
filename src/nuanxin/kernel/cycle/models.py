"""The month's run and its steps; takeover lists."""

from django.db import models


class MonthRun(models.Model):
    """The county's month, from snapshot to closed payment runs; a killed run goes on where it stopped.

    `inputs_change_id` and `inputs_at` mark how far the records were written when the snapshot was begun.
    """

    county = models.CharField(max_length=6)
    month = models.DateField()
    state = models.CharField(max_length=12, default="running")
    snapshot_id = models.BigIntegerField(null=True)
    inputs_change_id = models.BigIntegerField(null=True)
    inputs_at = models.DateTimeField(null=True)
    assessment_run_id = models.BigIntegerField(null=True)
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["county", "month"], name="cycle_month_once")]


class MonthStep(models.Model):
    """One resumable step of a month: done or not, how many records, how long."""

    run = models.ForeignKey(MonthRun, on_delete=models.PROTECT, related_name="steps")
    name = models.CharField(max_length=30)
    state = models.CharField(max_length=10, default="running")
    records = models.BigIntegerField(default=0)
    seconds = models.FloatField(null=True)
    note = models.CharField(max_length=300, default="")
    change_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "name"], name="cycle_step_once")]


class TakeoverList(models.Model):
    """A load of a bureau's own files as of a month's end; in force only when two people signed its control totals.

    `takes_over` tells whether it states grants or debts, so that the first month follows it; `partial` that the two
    accepted the rows without faults and left the others out. `worked_at` is the instant its work last went on.
    """

    county = models.CharField(max_length=6)
    as_of = models.DateField()
    name = models.CharField(max_length=120)
    sm3 = models.CharField(max_length=64, unique=True)
    blob = models.CharField(max_length=200)
    state = models.CharField(max_length=12, default="checked")
    households = models.IntegerField(default=0)
    persons = models.IntegerField(default=0)
    grants = models.IntegerField(default=0)
    total_fen = models.BigIntegerField(default=0)
    takes_over = models.BooleanField(default=True)
    partial = models.BooleanField(default=False)
    faulty_rows = models.IntegerField(default=0)
    progress = models.CharField(max_length=120, default="")
    worked_at = models.BigIntegerField(default=0)
    assessment_run_id = models.BigIntegerField(null=True)
    first_signer = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+")
    second_signer = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+")
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(second_signer__isnull=True) | ~models.Q(second_signer=models.F("first_signer")),
                name="cycle_two_signers",
                violation_error_message="同一人不能签认两次",
            )
        ]


class LoadFile(models.Model):
    """A file of a load, sealed as it came; a correction replaces the rows that were faulty when it was brought."""

    list = models.ForeignKey(TakeoverList, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=120)
    sm3 = models.CharField(max_length=64)
    blob = models.CharField(max_length=200)
    size = models.BigIntegerField()
    correction = models.BooleanField(default=False)
    read = models.BooleanField(default=False)
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)


class LoadTotal(models.Model):
    """A line of a load's control totals: rows stated, left out for faults, registered already; money in fen."""

    list = models.ForeignKey(TakeoverList, on_delete=models.CASCADE, related_name="totals")
    code = models.CharField(max_length=60)
    label = models.CharField(max_length=60)
    rows = models.IntegerField()
    left_out = models.IntegerField()
    known = models.IntegerField()
    fen = models.BigIntegerField()
    left_out_fen = models.BigIntegerField()

    @property
    def accepted(self) -> int:
        """Return how many of the rows can be loaded or are registered already."""
        return self.rows - self.left_out


class TakeoverFault(models.Model):
    """Why a row of a load cannot be taken in (or what was not read, or is otherwise registered), and what to do."""

    list = models.ForeignKey(TakeoverList, on_delete=models.CASCADE, related_name="faults")
    file = models.CharField(max_length=120, default="")
    level = models.CharField(max_length=8, default="fault")
    sheet = models.CharField(max_length=40)
    row = models.IntegerField()
    column = models.CharField(max_length=40)
    message = models.CharField(max_length=300)


class TakeoverDifference(models.Model):
    """A taken-over grant whose amount is not what the rulebook says: a work list, not a stop."""

    list = models.ForeignKey(TakeoverList, on_delete=models.PROTECT, related_name="differences")
    grant = models.ForeignKey("grants.Grant", on_delete=models.PROTECT, related_name="+")
    stated_fen = models.BigIntegerField()
    assessed_fen = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=60)
    state = models.CharField(max_length=10, default="open")
