"""Divisions, people, households, relations, circumstances, life events, organisations, facilities, accounts."""

from django.db import models
from django.db.models import Q

from nuanxin.kernel.registry import enums


class Division(models.Model):
    """A node of the dated division tree; `path` joins the codes from the province down with dots."""

    code = models.CharField(max_length=12, primary_key=True)
    name = models.CharField(max_length=80)
    level = models.CharField(max_length=10, choices=enums.DivisionLevel.choices)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    path = models.CharField(max_length=80, db_index=True)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    replaced_by = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    source = models.CharField(max_length=120)


class Person(models.Model):
    """One human being; numbers, accounts and phones live encrypted in their own tables."""

    county = models.CharField(max_length=6)
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(max_length=60)
    initials = models.CharField(max_length=20, default="")
    sex = models.SmallIntegerField(choices=enums.Sex.choices)
    birth = models.DateField(null=True)
    birth_estimated = models.BooleanField(default=False, db_default=False)
    death = models.DateField(null=True)
    hukou_county = models.CharField(max_length=6, default="")
    ethnic = models.CharField(max_length=2, default="01")
    unnumbered = models.CharField(max_length=60, default="", db_default="")  # why there is no number of identity
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        indexes = [
            models.Index(fields=["county", "name"], name="registry_person_name"),
            models.Index(fields=["division", "name"], name="registry_person_village"),
            models.Index(fields=["county", "initials"], name="registry_person_initials"),
        ]


class FormerName(models.Model):
    """A name a person went by, or was registered under by mistake, until a day: found by search all the same."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="former_names")
    name = models.CharField(max_length=60)
    initials = models.CharField(max_length=20, default="")
    kind = models.CharField(max_length=10, choices=enums.NameKind.choices)
    until = models.DateField()
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        indexes = [
            models.Index(fields=["name"], name="registry_former_name"),
            models.Index(fields=["initials"], name="registry_former_initials"),
        ]


class PersonIdentifier(models.Model):
    """A dated identifier of a person: SM4 ciphertext, SM3-HMAC blind index, last four characters.

    One that was registered by `mistaken` hand finds nobody and blocks nobody; it stays for history.
    """

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="identifiers")
    kind = models.CharField(max_length=20, choices=enums.IdentifierKind.choices)
    cipher = models.BinaryField()
    key_id = models.CharField(max_length=12)
    blind = models.BinaryField(max_length=32)
    tail = models.CharField(max_length=4)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    mistaken = models.BooleanField(default=False, db_default=False)
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        indexes = [
            models.Index(fields=["blind"], name="registry_identifier_blind"),
            models.Index(fields=["tail"], name="registry_identifier_tail"),
        ]


class Household(models.Model):
    """A benefit unit: the members who live together, not the household register booklet."""

    county = models.CharField(max_length=6)
    number = models.CharField(max_length=40, default="")  # the bureau's own, from the files it started from
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+")
    address = models.CharField(max_length=120, default="")
    opened = models.DateField(null=True)
    closed = models.DateField(null=True)
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)


class HouseholdSuccession(models.Model):
    """`successor` came out of `predecessor` by a split or a merger on a date."""

    predecessor = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="+")
    successor = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=enums.SuccessionKind.choices)
    on = models.DateField()
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)


class Bitemporal(models.Model):
    """Append-only with two times: valid `[valid_from, valid_to)` and known `[recorded_at, superseded_at)`."""

    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    recorded_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        abstract = True


class Membership(Bitemporal):
    """A person's membership of a household; `counted` says whether the person counts for benefits of the unit."""

    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="memberships")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=12, choices=enums.MemberRole.choices)
    counted = models.BooleanField(null=True)
    exclusion_reason = models.CharField(max_length=60, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(valid_to__isnull=True, superseded_at__isnull=True),
                name="registry_one_open_membership",
                violation_error_message="一个人同一时间只能属于一个家庭",
            )
        ]


class Relation(Bitemporal):
    """A dated relation from `person` to `other`: spouse, parent, guardian, obligor, payee."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="relations")
    other = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=enums.RelationKind.choices)


class Circumstance(Bitemporal):
    """One dated fact of a person or household, with standing and source; the facts dictionary declares the kinds."""

    county = models.CharField(max_length=6)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="circumstances")
    household = models.ForeignKey(Household, on_delete=models.PROTECT, null=True, related_name="circumstances")
    kind = models.CharField(max_length=40)
    amount_fen = models.BigIntegerField(null=True)
    level = models.IntegerField(null=True)
    code = models.CharField(max_length=30, null=True)  # absent is not empty: unknown must stay unknown
    standing = models.CharField(max_length=10, choices=enums.Standing.choices)
    source = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False, household__isnull=True)
                | Q(person__isnull=True, household__isnull=False),
                name="registry_circumstance_one_subject",
                violation_error_message="情况须属于一个人或一个家庭",
            )
        ]


class LifeEvent(models.Model):
    """A birth, death, move, marriage, divorce, coming of age or merger of records, recorded once."""

    county = models.CharField(max_length=6)
    kind = models.CharField(max_length=16, choices=enums.EventKind.choices)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="events")
    other = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    on = models.DateField()
    state = models.CharField(max_length=10, choices=enums.EventState.choices)
    confirmed_at = models.DateTimeField(null=True)
    source = models.CharField(max_length=80)
    township = models.CharField(max_length=9)
    booked_month = models.DateField()
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        indexes = [models.Index(fields=["county", "kind", "booked_month"], name="registry_event_month")]


class Organisation(models.Model):
    """The identity of an organisation; contracts live in care, licences in the domains."""

    county = models.CharField(max_length=6)
    uscc = models.CharField(max_length=18, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=30)
    closed = models.DateField(null=True)
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)


class Facility(models.Model):
    """The identity of a place of service: home, canteen, station, funeral parlour."""

    county = models.CharField(max_length=6)
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="facilities")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=30)
    address = models.CharField(max_length=120, default="", db_default="")
    closed = models.DateField(null=True)
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)


class BankAccount(models.Model):
    """An account or passbook money may go to, encrypted; the holder is a person or an organisation."""

    county = models.CharField(max_length=6)
    holder = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="accounts")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="accounts")
    bank_code = models.CharField(max_length=12)
    cipher = models.BinaryField()
    key_id = models.CharField(max_length=12)
    blind = models.BinaryField(max_length=32)
    tail = models.CharField(max_length=4)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        indexes = [models.Index(fields=["blind"], name="registry_account_blind")]
