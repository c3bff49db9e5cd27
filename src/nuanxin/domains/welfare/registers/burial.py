"""Burials that save land: several of one deceased may follow one another, the first only is subsidised."""

from collections.abc import Sequence

from django.db import models
from django.db.models import Q

from nuanxin.kernel.core.models import Change
from nuanxin.kernel.registry.register import VOID, Declared, Register, TallyOf


class Method(models.TextChoices):
    """How ashes were laid to rest; the codes are those of the parameter `eco_burial_tariff`."""

    NICHE = "niche", "骨灰格位"
    TREE = "tree", "树葬"
    FLOWER = "flower", "花坛葬"
    LAWN = "lawn", "草坪葬"
    DEGRADABLE = "degradable", "可降解不留标志"
    DEEP = "deep", "深埋"
    SEA = "sea", "撒海"
    RIVER = "river", "江葬"


class EcoBurial(Register):
    """One burial; the first of a deceased writes the circumstance that 节地生态安葬奖补 reads, a move writes none."""

    deceased = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="+", verbose_name="逝者")
    buried_on = models.DateField("安葬日期")
    method = models.CharField("安葬方式", max_length=12, choices=Method.choices)
    place = models.CharField("安葬地点", max_length=80, blank=True, default="")
    moved = models.BooleanField("由别处迁来", default=False)
    applicant = models.ForeignKey(
        "registry.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="经办人"
    )
    certificate_no = models.CharField("安葬证明编号", max_length=40, blank=True, default="")

    declared = Declared(
        code="eco_burial",
        title="节地生态安葬",
        line="funeral",
        date_column="buried_on",
        place_from="deceased",
        subject="deceased",
        list_columns=("deceased", "division", "buried_on", "method", "place", "moved", "state"),
        form_columns=("deceased", "buried_on", "method", "place", "moved", "applicant", "certificate_no"),
        search_columns=("deceased", "place"),
        filters=("method", "moved"),
        duplicate_key=("deceased", "buried_on"),
        stands_on=(("deceased", "death"),),
        tallies=(TallyOf("eco_burial", "节地生态安葬", columns=("method", "moved")),),
        private_columns=("certificate_no",),
        retention_years=100,
    )

    class Meta:
        indexes = [models.Index(fields=["county", "booked_month"], name="welfare_burial_month")]
        constraints = [
            models.UniqueConstraint(
                fields=["deceased"],
                condition=~Q(state=VOID) & Q(moved=False),
                name="welfare_first_burial_once",
                violation_error_message="首次安葬只登记一次，以后的请勾选“由别处迁来”",
            )
        ]

    def faults(self) -> list[tuple[str, str]]:
        """Return what cannot be true: buried before death, a second first burial, a move before the first."""
        found = []
        if self.deceased.death is None:
            found.append(("deceased", f"{self.deceased.name}没有死亡登记。"))
        elif self.buried_on < self.deceased.death:
            found.append(("buried_on", f"安葬日期 {self.buried_on} 早于死亡日期 {self.deceased.death}。"))
        if self.applicant_id is not None and self.applicant_id == self.deceased_id:
            found.append(("applicant", "经办人不能是逝者本人。"))
        others = EcoBurial.objects.filter(deceased_id=self.deceased_id).exclude(state=VOID).exclude(pk=self.pk)
        if not self.moved and others.exists():
            found.append(("moved", "这位逝者已登记过安葬；这次是迁葬，请勾选“由别处迁来”。"))
        return found

    @classmethod
    def follow(cls, records: Sequence["EcoBurial"], change: Change) -> None:
        """Write method and day of the first burials."""
        from nuanxin.domains.welfare.services import circumstances

        circumstances.write_burials(records=records, change=change)

    @classmethod
    def unfollow(cls, records: Sequence["EcoBurial"], change: Change) -> None:
        """Take it back."""
        from nuanxin.domains.welfare.services import circumstances

        circumstances.end_burials(records=records, change=change)
