"""States and kinds of cases."""

from django.db import models


class ApplicationState(models.TextChoices):
    """The life of an application."""

    FILED = "filed", "已受理"
    APPROVED = "approved", "已确认"
    REFUSED = "refused", "不予确认"
    WITHDRAWN = "withdrawn", "已撤回"


class ProposalKind(models.TextChoices):
    """What is proposed."""

    START = "start", "新增"
    CHANGE = "change", "调整"
    STOP = "stop", "停发"
    REFUSE = "refuse", "不予确认"


class ProposalState(models.TextChoices):
    """The life of a proposal."""

    OPEN = "open", "待办理"
    MADE = "made", "待复核"
    APPROVED = "approved", "已确认"
    REJECTED = "rejected", "已否决"
    SUPERSEDED = "superseded", "已失效"


class Outcome(models.TextChoices):
    """What was decided."""

    PENDING = "pending", "待复核"
    APPROVED = "approved", "同意"
    REJECTED = "rejected", "不同意"
