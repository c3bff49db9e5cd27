"""Codes that rooms store, in words; benefit titles and labels of coded lists, so that English knows them too."""

from collections.abc import Mapping

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as say

CAUSES: Mapping[str, str] = {
    "application": say("申请"),
    "already_in_force": say("已经在享"),
    "not_applicable": say("不适用"),
    "not_eligible": say("不再符合条件"),
    "membership": say("成员变动"),
    "circumstance": say("情况变化"),
    "standard": say("标准调整"),
    "death": say("死亡"),
    "move_out": say("迁出"),
    "takeover": say("存量接收"),
    "amount": say("金额不同"),
    "persons": say("人数不同"),
    "unknown": say("情况未核实"),
    "no_receipt": say("规则不适用"),
}
EXCLUDED = "excluded_"
LABELS = (
    say("最低生活保障"), say("最低生活保障边缘家庭"), say("特困人员救助供养"), say("临时救助"), say("高龄津贴"),
    say("低收入居家养老服务补贴"), say("困难残疾人生活补贴"), say("重度残疾人护理补贴"), say("孤儿基本生活费"),
    say("事实无人抚养儿童基本生活补贴"), say("惠民殡葬补贴"), say("火化登记"), say("婚姻登记"),
    say("城乡低保人数"), say("特困人员数"), say("享受高龄津贴人数"), say("重度残疾人护理补贴人数"),
    say("救助资金发放额"), say("火化遗体数"), say("未知"), say("男"), say("女"), say("未说明"), say("户主"),
    say("配偶"), say("子女"), say("父母"), say("孙子女"), say("兄弟姐妹"), say("其他"), say("监护人"),
    say("法定义务人"), say("代领人"), say("本人申报"), say("数据显示"), say("已核实"), say("出生"), say("死亡"),
    say("迁入"), say("迁出"), say("结婚"), say("离婚"), say("成年"), say("档案合并"), say("已报告"), say("已确认"),
    say("已撤回"), say("公民身份号码"), say("残疾人证号"), say("电话"), say("正常"), say("补发"), say("追缴"),
    say("一次性"), say("备用金"), say("服务机构"), say("编制中"), say("待复核"), say("已复核"), say("已送银行"),
    say("已回盘"), say("待发"), say("暂缓"), say("已到账"), say("退票"), say("新增"), say("调整"), say("停发"),
    say("不予确认"), say("待办理"), say("已否决"), say("已失效"), say("同意"), say("不同意"), say("无收款账户"),
    say("收款账户已失效"), say("同一账号登记在多人名下"), say("收款人已死亡"), say("享受人已死亡"),
    say("待遇已暂缓"), say("享受人在押"), say("送银行"), say("银行回盘"), say("取快照"), say("测算"), say("比对"),
    say("自动调整"), say("提出建议"), say("生成应发"), say("编制发放"), say("已登记"), say("已作废"),
    say("已计算"), say("未结齐"), say("要求值"), say("尚未计数"), say("乡镇民政助理"), say("县局经办"),
    say("股长"), say("财政"), say("局领导"), say("审计"),
)  # fmt: skip


def cause(code: str, titles: Mapping[str, str] | None = None) -> str:
    """Return why something is proposed, changed or ended."""
    if code.startswith(EXCLUDED):
        other = code.removeprefix(EXCLUDED)
        return gettext("已享受%(other)s") % {"other": (titles or {}).get(other, other)}
    return gettext(CAUSES[code]) if code in CAUSES else code
