"""Accounts with a data area, and the log of every disclosure of personal data."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q

from nuanxin.kernel.access import enums


class Account(AbstractUser):
    """A member of staff; `area` is a path in the division tree, `role` names permissions, `lines` what business.

    Wrong tries before `unlocked_at` are forgiven. The second factor's secret is encrypted; it counts once a first code
    confirmed it (`factor_on`), and no code of a time step up to `factor_step` is taken again.
    """

    display_name = models.CharField(max_length=40)
    title = models.CharField(max_length=60, default="")
    role = models.CharField(max_length=30)
    area = models.CharField(max_length=80)
    lines = models.CharField(max_length=200, default="")
    unlocked_at = models.DateTimeField(null=True)
    must_change_password = models.BooleanField(default=False)
    factor_cipher = models.BinaryField(default=bytes)
    factor_key_id = models.CharField(max_length=12, default="")
    factor_on = models.BooleanField(default=False)
    factor_step = models.BigIntegerField(default=0)


class Disclosure(models.Model):
    """One look at a full identity number, account or phone: who, whose, why; append-only and hash-chained.

    `seal` is keyed, so that who rewrites an entry cannot make the chain fit again without the key file.
    """

    at = models.DateTimeField()
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    person_id = models.BigIntegerField(null=True)
    what = models.CharField(max_length=40)
    purpose = models.CharField(max_length=200)
    previous = models.CharField(max_length=64, unique=True)
    chain = models.CharField(max_length=64)
    seal = models.CharField(max_length=64, default="")


class FormerPassword(models.Model):
    """A password an account had before, as its hash, so that it is not taken again soon."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="former_passwords")
    password = models.CharField(max_length=128)
    until = models.DateTimeField()


class RecoveryCode(models.Model):
    """One of ten codes that stand in for a lost telephone once each; only its keyed digest is kept."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="recovery_codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)


class SignIn(models.Model):
    """One try to sign in, good or not; append-only."""

    at = models.DateTimeField()
    username = models.CharField(max_length=150)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    address = models.CharField(max_length=45)
    good = models.BooleanField()
    how = models.CharField(max_length=12, choices=enums.SignInKind.choices)

    class Meta:
        indexes = [
            models.Index(fields=["at"], name="access_signin_at"),
            models.Index(fields=["username", "at"], name="access_signin_name"),
            models.Index(fields=["address", "at"], name="access_signin_address"),
        ]


class AccountRequest(models.Model):
    """What the system administrator asks for an account, without effect until the security administrator agrees."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="requests")
    kind = models.CharField(max_length=10, choices=enums.RequestKind.choices)
    role = models.CharField(max_length=30, default="")
    area = models.CharField(max_length=80, default="")
    password = models.CharField(max_length=128, default="")
    reason = models.CharField(max_length=200)
    state = models.CharField(max_length=8, choices=enums.RequestState.choices, default=enums.RequestState.WAITING)
    asked_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=200, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account"], condition=Q(state=enums.RequestState.WAITING), name="access_request_one_waiting"
            )
        ]
