"""The life of a new standard."""

from django.db import models


class PublicationState(models.TextChoices):
    """How far a new standard has come; `published` is in force from its date, whatever has been carried out yet."""

    DRAFT = "draft", "起草"
    CHECKED = "checked", "已检查"
    SIMULATED = "simulated", "已测算"
    APPROVED = "approved", "已核准"
    PUBLISHED = "published", "已发布"
    WITHDRAWN = "withdrawn", "已撤回"


class EffectState(models.TextChoices):
    """Whether a published standard has reached the grants in force."""

    NONE = "", "未发布"
    WAITING = "waiting", "待起效月份"
    DONE = "done", "已全部重算"


class AdoptionState(models.TextChoices):
    """Whether a county goes by a law: proposed until a second person agrees to what it changes."""

    PROPOSED = "proposed", "待同意"
    ADOPTED = "adopted", "采用"
    DROPPED = "dropped", "已作废"
