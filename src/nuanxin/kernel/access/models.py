"""Accounts with a data area, and the log of every disclosure of personal data."""

from django.contrib.auth.models import AbstractUser
from django.db import models


class Account(AbstractUser):
    """A member of staff; `area` is a path in the division tree, `role` names permissions, `lines` what business."""

    display_name = models.CharField(max_length=40)
    title = models.CharField(max_length=60, default="")
    role = models.CharField(max_length=30)
    area = models.CharField(max_length=80)
    lines = models.CharField(max_length=200, default="")
    failed_sign_ins = models.SmallIntegerField(default=0)
    last_failed_at = models.DateTimeField(null=True)


class Disclosure(models.Model):
    """One look at a full identity number, account or phone: who, whose, why; append-only and hash-chained."""

    at = models.DateTimeField()
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    person_id = models.BigIntegerField(null=True)
    what = models.CharField(max_length=40)
    purpose = models.CharField(max_length=200)
    previous = models.CharField(max_length=64, unique=True)
    chain = models.CharField(max_length=64)
