"""Parts of a decision that is made once and paid in several months (一次审批、分阶段救助)."""

from django.db import models
from django.db.models import F, Q

from nuanxin.kernel.casework import enums


class Stage(models.Model):
    """One part of what a decision pays once: the first in the month it takes effect, each further one a month later.

    Only the first is due by the decision alone. A later one is due once somebody looked at the need again and found
    that it still exists (`confirmed`), and never once two people have recorded that it ended (`stopped`).
    """

    decision = models.ForeignKey("casework.Decision", on_delete=models.CASCADE, related_name="stages")
    number = models.IntegerField()
    amount_fen = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=enums.StageState.choices)
    looked_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+")
    looked_on = models.DateField(null=True)
    found = models.CharField(max_length=200, default="")
    heard = models.CharField(max_length=500, default="")
    checked_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+")
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["decision", "number"], name="casework_stage_once"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0, number__gt=0), name="casework_stage_amount"),
            models.CheckConstraint(
                condition=Q(number=1, state="confirmed") | Q(state="planned") | Q(looked_by__isnull=False),
                name="casework_stage_looked_at",
                violation_error_message="后续各期须先复查困难是否仍然存在",
            ),
            models.CheckConstraint(
                condition=~Q(state="stopped")
                | (Q(checked_by__isnull=False) & ~Q(checked_by=F("looked_by")) & ~Q(heard="")),
                name="casework_stage_stopped_by_two",
                violation_error_message="停发剩余各期须由两人办理，并听取当事人意见",
            ),
        ]
