"""People resettled for a reservoir: one record each; the roster of their village makes them applicants."""

from collections.abc import Sequence

from django.db import models
from django.db.models import F, Q

from nuanxin.kernel.core.models import Change
from nuanxin.kernel.registry.register import VOID, Declared, Register, TallyOf


class Removal(models.TextChoices):
    """Why a resettler was taken off; a death comes from the registry and needs no entry here."""

    PAYROLL = "payroll", "转为财政供养"
    NON_FARM = "non_farm", "转为非农业户口"
    WRONG = "wrong", "核查不符"


class Resettler(Register):
    """A resettled person; recording writes the circumstance `resettler` from the day the move was complete."""

    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="+", verbose_name="移民")
    reservoir = models.CharField("水库", max_length=60)
    moved_from = models.CharField("原库区地点", max_length=120, blank=True, default="")
    completed_on = models.DateField("搬迁安置完成日")
    removed_on = models.DateField("核减日期", null=True, blank=True)
    removal = models.CharField("核减原因", max_length=10, choices=Removal.choices, blank=True, default="")

    declared = Declared(
        code="resettler",
        title="水库移民",
        line="resettlement",
        date_column="completed_on",
        place_from="person",
        subject="person",
        list_columns=("person", "division", "reservoir", "completed_on", "removed_on", "state"),
        form_columns=("person", "reservoir", "moved_from", "completed_on", "removed_on", "removal"),
        search_columns=("person", "reservoir"),
        filters=("reservoir", "removal"),
        duplicate_key=("person",),
        tallies=(TallyOf("resettler", "水库移民登记", columns=("reservoir", "removal")),),
        retention_years=100,
    )

    class Meta:
        indexes = [models.Index(fields=["county", "township", "reservoir"], name="welfare_resettler_place")]
        constraints = [
            models.UniqueConstraint(
                fields=["person"],
                condition=~Q(state=VOID),
                name="welfare_resettler_once",
                violation_error_message="一人只登记一次",
            ),
            models.CheckConstraint(
                condition=Q(removed_on__isnull=True) | Q(removed_on__gt=F("completed_on")),
                name="welfare_resettler_dates",
            ),
        ]

    def faults(self) -> list[tuple[str, str]]:
        """Return what cannot be true: removed before the move, a removal without its day or cause, dead before it."""
        found = []
        if self.removed_on is not None and self.removed_on <= self.completed_on:
            found.append(("removed_on", f"核减日期 {self.removed_on} 不晚于搬迁完成日 {self.completed_on}。"))
        if (self.removed_on is None) != (not self.removal):
            found.append(("removal", "核减日期与核减原因须同时填写。"))
        if self.person.death is not None and self.person.death < self.completed_on:
            found.append(("completed_on", f"{self.person.name}已于 {self.person.death} 死亡，早于搬迁完成日。"))
        return found

    @classmethod
    def follow(cls, records: Sequence["Resettler"], change: Change) -> None:
        """Write that they are resettlers, from the day the move was complete until they are taken off."""
        from nuanxin.domains.welfare.services import circumstances

        circumstances.write_resettlers(records=records, change=change)

    @classmethod
    def unfollow(cls, records: Sequence["Resettler"], change: Change) -> None:
        """Take it back."""
        from nuanxin.domains.welfare.services import circumstances

        circumstances.end_resettlers(records=records, change=change)
