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


class Side(models.TextChoices):
    """What a proposal does to what people get: a change is a raise, a cut, or of persons only."""

    START = "start", "新增"
    RAISE = "raise", "调增"
    SAME = "same", "人员调整"
    CUT = "cut", "调减"
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


class StageState(models.TextChoices):
    """Where a part of a decision paid in stages stands."""

    PLANNED = "planned", "待复查"
    CONFIRMED = "confirmed", "可发放"
    STOPPING = "stopping", "停发待复核"
    STOPPED = "stopped", "已停发"


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


class ReviewClass(models.TextChoices):
    """Why a grant is looked at again."""

    REGULAR = "regular", "定期复核"
    STABLE = "stable", "收入稳定"
    UNSTABLE = "unstable", "收入不稳定或有劳动能力"
    DEATH = "death", "成员死亡"
    FAULT = "fault", "抽查或投诉发现问题"


class ReviewState(models.TextChoices):
    """The life of a review; `confirmed` waits for a second person's look."""

    OPEN = "open", "待核查"
    CONFIRMED = "confirmed", "待抽查"
    CASE = "case", "已立案"
    DONE = "done", "已办结"
    DROPPED = "dropped", "不再需要"


class SampleState(models.TextChoices):
    """What a look at a delegated decision found."""

    DRAWN = "drawn", "待抽查"
    GOOD = "good", "未发现问题"
    FAULT = "fault", "发现问题"


class AppealKind(models.TextChoices):
    """What somebody brings against a decision or a payment."""

    REPORT = "report", "举报"
    COMPLAINT = "complaint", "投诉信访"
    RECHECK = "recheck", "复核申请"
    RECONSIDERATION = "reconsideration", "行政复议答复"


class AppealState(models.TextChoices):
    """The life of an appeal."""

    RECEIVED = "received", "待指派"
    ASSIGNED = "assigned", "核查中"
    DECIDED = "decided", "已办结"


class AppealOutcome(models.TextChoices):
    """What came of it."""

    UPHELD = "upheld", "属实"
    PARTLY = "partly", "部分属实"
    UNFOUNDED = "unfounded", "不属实"
    NOT_OURS = "not_ours", "不属本机关职责，已转送"
    WITHDRAWN = "withdrawn", "本人撤回"


RIGHT = (AppealOutcome.UPHELD, AppealOutcome.PARTLY)
"""The outcomes that say the complainant was right, in whole or in part."""


class ReassessmentState(models.TextChoices):
    """The life of a look back at months already paid; `open` was found by the system."""

    OPEN = "open", "待核算"
    PROPOSED = "proposed", "待复核"
    IN_FORCE = "in_force", "已更正"
    LEFT = "left", "不予更正"
    REFUSED = "refused", "已退回"


class Pursuit(models.TextChoices):
    """What is asked for of months that were paid otherwise than the rules say."""

    CORRECT = "correct", "补发或追回"
    REINSTATE = "reinstate", "恢复待遇并补发"
    LEAVE = "leave", "不予更正"
