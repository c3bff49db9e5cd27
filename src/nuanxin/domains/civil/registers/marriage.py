"""Marriages, divorces and certificates issued again."""

import datetime as dt
from collections.abc import Sequence

from django.db import models

from nuanxin.kernel.core.models import Change
from nuanxin.kernel.registry.events import EventNotice
from nuanxin.kernel.registry.register import VOID, Declared, RecordObjection, Register, TallyOf


class MarriageKind(models.TextChoices):
    """What the register office did."""

    MARRIAGE = "marriage", "结婚登记"
    DIVORCE_APPLICATION = "divorce_application", "离婚申请"
    DIVORCE = "divorce", "离婚登记"
    MARRIAGE_REISSUE = "marriage_reissue", "补领结婚证"
    DIVORCE_REISSUE = "divorce_reissue", "补领离婚证"


ACTS = (MarriageKind.MARRIAGE, MarriageKind.DIVORCE)


class MarriageRecord(Register):
    """One act of the register office; where both parties are known here, a marriage or divorce is their life event."""

    kind = models.CharField("业务类型", max_length=20, choices=MarriageKind.choices)
    registered_on = models.DateField("办理日期")
    party_a_name = models.CharField("甲方姓名", max_length=60)
    party_b_name = models.CharField("乙方姓名", max_length=60)
    party_a = models.ForeignKey(
        "registry.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="甲方"
    )
    party_b = models.ForeignKey(
        "registry.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="乙方"
    )
    cross_region = models.BooleanField("跨区域通办", default=False)
    quality_passed = models.BooleanField("质量检查合格", default=True)
    certificate_no = models.CharField("证书字号", max_length=40, blank=True, default="")

    declared = Declared(
        code="marriage",
        title="婚姻登记",
        line="marriage",
        date_column="registered_on",
        place_from="division",
        subject="id",
        list_columns=(
            "kind", "registered_on", "party_a_name", "party_b_name", "cross_region", "certificate_no", "state",
        ),
        form_columns=(
            "division", "kind", "registered_on", "party_a_name", "party_b_name", "party_a", "party_b",
            "cross_region", "quality_passed", "certificate_no",
        ),
        search_columns=("party_a_name", "party_b_name", "certificate_no"),
        filters=("kind", "cross_region", "quality_passed"),
        duplicate_key=("kind", "registered_on", "party_a_name", "party_b_name", "certificate_no"),
        tallies=(TallyOf("marriage", "婚姻登记", columns=("kind", "cross_region", "quality_passed")),),
        private_columns=("party_a_name", "party_b_name", "certificate_no"),
        names=(("party_a_name", "party_a"), ("party_b_name", "party_b")),
        event_columns=("kind", "registered_on", "party_a", "party_b"),
        retention_years=100,
    )  # fmt: skip

    class Meta:
        indexes = [
            models.Index(fields=["county", "booked_month", "kind"], name="civil_marriage_month"),
            models.Index(fields=["county", "-registered_on", "-id"], name="civil_marriage_newest"),
        ]

    def faults(self) -> list[tuple[str, str]]:
        """Return what cannot be true: a party of both sides, one who was dead, one too young to be born."""
        found = []
        if self.party_a_id is not None and self.party_a_id == self.party_b_id:
            found.append(("party_b", "甲乙双方不能是同一个人。"))
        for name in ("party_a", "party_b"):
            person = getattr(self, name)
            if person is None or self.pk is not None:
                continue
            if person.death is not None and person.death < self.registered_on:
                found.append((name, f"{person.name}已于 {person.death} 死亡。"))
            if person.birth is not None and person.birth >= self.registered_on:
                found.append((name, f"{person.name}的出生日期 {person.birth} 不早于办理日期。"))
        return found

    @property
    def is_event(self) -> bool:
        """Tell whether the act changes the standing of two people known here."""
        return self.kind in ACTS and self.party_a_id is not None and self.party_b_id is not None

    @classmethod
    def follow(cls, records: Sequence["MarriageRecord"], change: Change) -> None:
        """Confirm the marriages and divorces of people known here."""
        from nuanxin.domains.civil.services import marriage

        marriage.confirm_marriages(records=records, change=change)

    @classmethod
    def unfollow(cls, records: Sequence["MarriageRecord"], change: Change) -> None:
        """Withdraw those events."""
        from nuanxin.domains.civil.services import marriage

        marriage.withdraw_marriages(records=records, change=change)

    @classmethod
    def refollow(cls, old: "MarriageRecord", new: "MarriageRecord", change: Change) -> None:
        """Nothing follows from a certificate's number or a name; the event's own columns are corrected anew."""

    @classmethod
    def objections(cls, records: Sequence["MarriageRecord"]) -> list[RecordObjection]:
        """Return what the law, the registry and the register say against marriages and divorces."""
        from nuanxin.domains.civil.services import marriage

        return marriage.object_to_records(records)

    @classmethod
    def standing_on(cls, event: EventNotice) -> "models.QuerySet[MarriageRecord]":
        """Return the records of the very marriage or divorce that would be withdrawn."""
        return cls.of_couple(event.kind, event.on, event.person_id, event.other_id)

    @classmethod
    def of_couple(cls, kind: str, on: dt.date, one: int, other: int | None) -> "models.QuerySet[MarriageRecord]":
        """Return the records in force of one act of a couple, in either order."""
        either = models.Q(party_a=one, party_b=other) | models.Q(party_a=other, party_b=one)
        return cls._default_manager.filter(either, kind=kind, registered_on=on).exclude(state=VOID)
