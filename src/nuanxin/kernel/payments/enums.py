"""States and kinds of the money."""

from django.db import models


class DueKind(models.TextChoices):
    """Why an amount is payable."""

    REGULAR = "regular", "正常"
    ARREARS = "arrears", "补发"
    RECOVERY = "recovery", "追缴"
    EVENT = "event", "一次性"
    RESERVE = "reserve", "备用金"
    PROVIDER = "provider", "服务机构"
    RETURNED = "returned", "退还抵扣"


class DueState(models.TextChoices):
    """A due is live or void."""

    LIVE = "live", "有效"
    VOID = "void", "作废"


class RunState(models.TextChoices):
    """The life of a payment run."""

    BUILDING = "building", "编制中"
    PREPARED = "prepared", "待复核"
    RELEASED = "released", "已复核"
    SENT = "sent", "已送银行"
    RETURNED = "returned", "已回盘"


class LineState(models.TextChoices):
    """The life of a line."""

    PREPARED = "prepared", "待发"
    HELD = "held", "暂缓"
    SENT = "sent", "已送银行"
    PAID = "paid", "已到账"
    FAILED = "failed", "退票"


class ExceptionCode(models.TextChoices):
    """Why a due is not in a run or a line is held."""

    NO_ACCOUNT = "no_account", "无收款账户"
    INVALID_ACCOUNT = "invalid_account", "收款账户已失效"
    SHARED_ACCOUNT = "shared_account", "同一账号登记在多人名下"
    MANY_PAID = "many_paid", "一个账户收多人的款"
    DEAD_HOLDER = "dead_holder", "收款人已死亡"
    DEAD = "dead", "享受人已死亡"
    HELD = "held", "待遇已暂缓"
    CUSTODY = "custody", "享受人在押"
    BANK_ENCODING = "bank_encoding", "户名有银行文件写不出的字"
    BANK_LAYOUT = "bank_layout", "户名或账户有银行文件不能用的符号"
    BANK_LENGTH = "bank_length", "户名超出银行文件的栏宽"


REMEDY_LABELS = {
    ExceptionCode.NO_ACCOUNT: "请在居民页面登记账户，并办理变更收款账户。",
    ExceptionCode.INVALID_ACCOUNT: "请登记新账户，并在居民页面变更收款账户。",
    ExceptionCode.SHARED_ACCOUNT: "请核对账号实际属于谁，停用登记错的一条。",
    ExceptionCode.MANY_PAID: "请核对是否代领；属实的在“一户多人”写明理由，不属实的变更收款账户。",
    ExceptionCode.DEAD_HOLDER: "请在居民页面变更收款账户；以前的应发款办理改付。",
    ExceptionCode.DEAD: "请核对死亡日期；应付给继承人的办理改付。",
    ExceptionCode.HELD: "请办结引起暂缓的事项。",
    ExceptionCode.CUSTODY: "请核对羁押情况；已释放的更新居民情况。",
    ExceptionCode.BANK_ENCODING: "请核对姓名用字，或请银行改收 GB18030 编码文件后修改 bank.yaml。",
    ExceptionCode.BANK_LAYOUT: "请更正姓名、开户银行代码中的符号。",
    ExceptionCode.BANK_LENGTH: "请与银行核对户名，登记与银行一致的写法或另选账户。",
}
"""What a clerk does about a due that is left out of the runs."""


class FileDirection(models.TextChoices):
    """Which way a bank file went."""

    OUT = "out", "送银行"
    IN = "in", "银行回盘"


class ReserveKind(models.TextChoices):
    """What moved the cash of a township's reserve fund."""

    ADVANCE = "advance", "拨入"
    PAYMENT = "payment", "支付"
    REPLENISHMENT = "replenishment", "凭单补足"
    RETURN = "return", "交回"
    REVERSAL = "reversal", "冲正"


class ReserveState(models.TextChoices):
    """What became of something that one person asks and another agrees to."""

    OPEN = "open", "待复核"
    APPROVED = "approved", "已同意"
    REJECTED = "rejected", "已退回"


class ReserveMethod(models.TextChoices):
    """How a person got the money."""

    CASH = "cash", "现金"
    TRANSFER = "transfer", "转账"


class HelpOutcome(models.TextChoices):
    """What the completed file of help given first says."""

    ENTITLED = "entitled", "符合条件"
    RECOVER = "recover", "不符合, 追回"
    WRITE_OFF = "write_off", "不符合, 核销"
    REVERSED = "reversed", "已冲正"


class Cause(models.TextChoices):
    """Why an amount was corrected."""

    DEATH = "death", "死亡"
    DUPLICATE = "duplicate", "重复享受"
    INCOME = "income", "收入或情况变化"
    STANDARD = "standard", "标准调整"
    BANK_RETURN = "bank_return", "银行退票"
    ACCOUNT = "account", "账户错误"
    LATE = "late", "事后查明"
    MOVED = "moved", "迁移或分合户"
    TAKEOVER = "takeover", "接管前的欠款"
    HELP_FIRST = "help_first", "先行救助后查明不符合"
    SET_OFF = "set_off", "抵扣有误"
    REASSESSED = "reassessed", "追溯核算"


class PlanState(models.TextChoices):
    """What two people have said to a plan, a budget or a redirection."""

    PROPOSED = "proposed", "待复核"
    IN_FORCE = "in_force", "有效"
    REFUSED = "refused", "不同意"
    DONE = "done", "已结清"
    REPLACED = "replaced", "已更换"


class SettlementKind(models.TextChoices):
    """How a recovery is settled."""

    SET_OFF = "set_off", "抵扣"
    REFUND = "refund", "退款"
    WRITE_OFF = "write_off", "核销"


class SettlementState(models.TextChoices):
    """A write-off and a set-off taken back wait for their second person; everything else counts at once."""

    PROPOSED = "proposed", "待复核"
    IN_FORCE = "in_force", "有效"
    REFUSED = "refused", "不同意"
