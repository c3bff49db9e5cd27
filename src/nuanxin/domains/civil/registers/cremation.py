"""Cremations: one per deceased, with what was really charged."""

from collections.abc import Sequence

from django.db import models
from django.db.models import Q

from nuanxin.kernel.core.models import Change
from nuanxin.kernel.registry import selectors as registry
from nuanxin.kernel.registry.register import VOID, Declared, RecordObjection, Register, TallyOf

CHARGES = ("transport", "storage", "farewell", "cremation", "urn", "keeping", "disinfection")
TWO_DAYS = "请核对哪一天属实：原报告有误的，到居民页面订正或撤回那一条；这里有误的，改正后重新提交。"
CHARGE_COLUMNS = tuple(f"{item}_fen" for item in CHARGES)


class Cremation(Register):
    """One cremation; recording it confirms the death and writes the charges as circumstances of the deceased."""

    deceased = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="+", verbose_name="逝者")
    died_on = models.DateField("死亡日期")
    cremated_on = models.DateField("火化日期")
    parlour = models.CharField("殡仪馆", max_length=60, blank=True, default="")
    applicant = models.ForeignKey(
        "registry.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="经办人"
    )
    transport_fen = models.BigIntegerField("遗体接运费", default=0)
    storage_fen = models.BigIntegerField("遗体存放费", default=0)
    farewell_fen = models.BigIntegerField("告别费", default=0)
    cremation_fen = models.BigIntegerField("火化费", default=0)
    urn_fen = models.BigIntegerField("骨灰盒费", default=0)
    keeping_fen = models.BigIntegerField("骨灰寄存费", default=0)
    disinfection_fen = models.BigIntegerField("消毒费", default=0)

    declared = Declared(
        code="cremation",
        title="火化登记",
        line="funeral",
        date_column="cremated_on",
        place_from="deceased",
        subject="deceased",
        list_columns=("deceased", "division", "died_on", "cremated_on", "parlour", "state"),
        form_columns=("deceased", "died_on", "cremated_on", "parlour", "applicant", *CHARGE_COLUMNS),
        search_columns=("deceased", "parlour"),
        filters=("parlour",),
        duplicate_key=("deceased",),
        event_columns=("deceased", "died_on"),
        stands_on=(("deceased", "death"),),
        tallies=(TallyOf("cremation", "火化遗体", columns=("parlour", *CHARGE_COLUMNS)),),
        retention_years=100,
    )

    class Meta:
        indexes = [
            models.Index(fields=["county", "booked_month"], name="civil_cremation_month"),
            models.Index(fields=["county", "-cremated_on", "-id"], name="civil_cremation_newest"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["deceased"],
                condition=~Q(state=VOID),
                name="civil_cremation_once",
                violation_error_message="一名逝者只能登记一次火化",
            ),
            models.CheckConstraint(condition=Q(cremated_on__gte=models.F("died_on")), name="civil_cremation_dates"),
        ]

    def faults(self) -> list[tuple[str, str]]:
        """Return what cannot be true: cremated before death, dead before birth."""
        found = []
        if self.cremated_on < self.died_on:
            found.append(("cremated_on", f"火化日期 {self.cremated_on} 早于死亡日期 {self.died_on}。"))
        if self.deceased.birth and self.died_on < self.deceased.birth:
            found.append(("died_on", f"死亡日期 {self.died_on} 早于出生日期 {self.deceased.birth}。"))
        if self.applicant_id is not None and self.applicant_id == self.deceased_id:
            found.append(("applicant", "经办人不能是逝者本人。"))
        return found

    @property
    def charges(self) -> dict[str, int]:
        """Return the charges above nought by item, in fen."""
        return {item: fen for item in CHARGES if (fen := getattr(self, f"{item}_fen"))}

    @classmethod
    def follow(cls, records: Sequence["Cremation"], change: Change) -> None:
        """Confirm the deaths and write the charges."""
        from nuanxin.domains.civil.services import funeral

        funeral.record_funerals(records=records, change=change)

    @classmethod
    def unfollow(cls, records: Sequence["Cremation"], change: Change) -> None:
        """End the charges and withdraw the deaths that the records confirmed."""
        from nuanxin.domains.civil.services import funeral

        funeral.undo_funerals(records=records, change=change)

    @classmethod
    def objections(cls, records: Sequence["Cremation"]) -> list[RecordObjection]:
        """Ask where a death is reported or confirmed for another day: two offices disagree, a person decides."""
        deaths = registry.deaths_of([one.deceased_id for one in records])
        found = []
        for index, one in enumerate(records):
            event = deaths.get(one.deceased_id)
            day = event.on if event is not None else one.deceased.death
            if day is None or day == one.died_on:
                continue
            known = f"已由“{event.source}”{event.get_state_display()}" if event is not None else "登记"
            said = f"{one.deceased.name}的死亡日期{known}为 {day}，这里填的是 {one.died_on}。"
            found.append(RecordObjection(index, "died_on", said, TWO_DAYS, person_id=one.deceased_id))
        return found

    @classmethod
    def refollow(cls, old: "Cremation", new: "Cremation", change: Change) -> None:
        """Rewrite the charges; who and when are corrected by withdrawing the death and confirming it anew."""
        from nuanxin.domains.civil.services import funeral

        funeral.end_charges(record=old, change=change)
        funeral.record_charges(records=[new], change=change)
