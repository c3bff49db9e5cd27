"""Releases of the rulebook and the runs that used them; new standards on their way, and the law a county goes by."""

from django.db import models
from django.db.models import F, Q

from nuanxin.kernel.rulebook import enums


class Release(models.Model):
    """The canonical facts, parameters, benefits, compiled SQL and engine version, stored once under their SM3."""

    sm3 = models.CharField(max_length=64, primary_key=True)
    created_at = models.DateTimeField(auto_now_add=True)
    engine_version = models.CharField(max_length=40)
    folder = models.CharField(max_length=200)


class AssessmentRun(models.Model):
    """One assessment of a whole county for a month: release × snapshot → receipts in the store."""

    county = models.CharField(max_length=6)
    month = models.DateField()
    purpose = models.CharField(max_length=12)
    snapshot = models.ForeignKey("engine.Snapshot", on_delete=models.PROTECT, related_name="+")
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="+")
    folder = models.CharField(max_length=200)
    state = models.CharField(max_length=10, default="running")
    seconds = models.FloatField(null=True)


class Publication(models.Model):
    """A new standard: files of the instance's own layer, from draft to in force; nothing counts before `published`.

    `files` is `{"340223/parameters/x.yaml": text}` (null: the file goes); `faults` and `figures` are what checking and
    the what-if found; `law_before` and `law_after` name the resolved declarations under the store's `laws/`.
    """

    county = models.CharField(max_length=6)
    title = models.CharField(max_length=120)
    files = models.JSONField(default=dict)
    effective_from = models.DateField()
    state = models.CharField(max_length=10, choices=enums.PublicationState.choices, default="draft")
    faults = models.JSONField(default=list)
    figures = models.JSONField(default=dict)
    benefits = models.JSONField(default=list)
    snapshot_id = models.BigIntegerField(null=True)
    base_sm3 = models.CharField(max_length=64, default="")
    files_sm3 = models.CharField(max_length=64, default="")
    law_before = models.CharField(max_length=64, default="")
    law_after = models.CharField(max_length=64, default="")
    release = models.ForeignKey(Release, on_delete=models.PROTECT, null=True, related_name="+")
    effect = models.CharField(max_length=8, choices=enums.EffectState.choices, default="", blank=True)
    outcome = models.JSONField(default=dict)
    reason = models.CharField(max_length=200, default="")
    maker = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    checker = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+")
    approved_on = models.DateField(null=True)
    published_on = models.DateField(null=True)
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        indexes = [models.Index(fields=["county", "state"], name="rulebook_publication_state")]
        constraints = [
            models.CheckConstraint(
                condition=Q(checker__isnull=True) | ~Q(checker=F("maker")),
                name="rulebook_maker_is_not_checker",
                violation_error_message="起草人不能核准自己起草的标准",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "published"]) | Q(checker__isnull=False),
                name="rulebook_published_by_two",
            ),
        ]


class Adoption(models.Model):
    """The law a county goes by: resolved declarations, the engine that reads them, the files of its own layer.

    The newest adopted row counts. A changed law that changes a current grant stays `proposed` until a second person
    has agreed to the list (`changes`, a Parquet file under the store).
    """

    county = models.CharField(max_length=6)
    month = models.DateField()
    law_sm3 = models.CharField(max_length=64)
    engine_sm3 = models.CharField(max_length=64)
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="+")
    layer = models.JSONField(default=dict)
    cause = models.CharField(max_length=12)
    state = models.CharField(max_length=10, choices=enums.AdoptionState.choices)
    changed = models.IntegerField(default=0)
    changes = models.CharField(max_length=200, default="")
    why = models.JSONField(default=dict)
    publication = models.ForeignKey(Publication, on_delete=models.PROTECT, null=True, related_name="+")
    maker = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+")
    checker = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+")
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        indexes = [models.Index(fields=["county", "state"], name="rulebook_adoption_state")]
        constraints = [
            models.CheckConstraint(
                condition=Q(checker__isnull=True) | Q(maker__isnull=True) | ~Q(checker=F("maker")),
                name="rulebook_adopted_by_another",
                violation_error_message="提出人不能同意自己提出的名单",
            )
        ]
