"""Coded values of the room."""

from django.db.models import TextChoices


class TaskState(TextChoices):
    """Where a task stands."""

    OPEN = "open", "待办"
    DONE = "done", "办结"
    DROPPED = "dropped", "取消"


class AttachmentState(TextChoices):
    """Whether an attachment counts."""

    KEPT = "kept", "有效"
    VOID = "void", "作废"


class VisitState(TextChoices):
    """How far a visit's record is signed."""

    OPEN = "open", "待签名"
    SIGNED = "signed", "已签名"


class LetterKind(TextChoices):
    """What a letter tells."""

    ACCEPTED = "accepted", "受理通知书"
    WANTED = "wanted", "一次性告知书"
    APPROVED = "approved", "确认通知书"
    REFUSED = "refused", "不予确认通知书"
    CHANGED = "changed", "调整通知书"
    HEARING = "hearing", "听取意见通知书"
    STOPPED = "stopped", "停发通知书"
    ARREARS = "arrears", "补发通知书"
    RECOVERY = "recovery", "追缴通知书"
    RETURNED = "returned", "退还抵扣通知书"
    ANSWER = "answer", "答复意见书"
    STANDARD = "standard", "新标准告知书"
    DEATH = "death", "死亡停发告知书"
    EXPIRY = "expiry", "证件到期提醒"
    ACCOUNT = "account", "提供收款账户通知书"


class LetterState(TextChoices):
    """Where a letter stands: queued without a number, issued with one, delivered, or void."""

    QUEUED = "queued", "待制发"
    ISSUED = "issued", "已制发"
    DELIVERED = "delivered", "已送达"
    VOID = "void", "作废"


class Delivery(TextChoices):
    """How a letter reached the person (民事诉讼法 第八十八条至第九十五条, as 文书送达 is done)."""

    HANDED = "handed", "直接送达"
    LEFT = "left", "留置送达"
    POST = "post", "邮寄送达"
    PROXY = "proxy", "委托送达"
    NOTICE = "notice", "公告送达"
