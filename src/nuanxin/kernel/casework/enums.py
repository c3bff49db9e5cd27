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


class CaseKind(models.TextChoices):
    """Why there is a case."""

    APPLY = "apply", "申请"
    REVIEW = "review", "复核"
    CHANGE = "change", "变更"
    STOP = "stop", "停发"
    APPEAL = "appeal", "申诉"


class NoticeState(models.TextChoices):
    """The life of a public notice."""

    OPEN = "open", "公示中"
    ELAPSED = "elapsed", "期满无异议"
    OBJECTED = "objected", "有异议"
    WITHDRAWN = "withdrawn", "已撤下"


class HearingOutcome(models.TextChoices):
    """What came of hearing the person."""

    INVITED = "invited", "已通知"
    AGREES = "agrees", "无异议"
    OBJECTS = "objects", "有异议"
    ABSENT = "absent", "经通知未到"
