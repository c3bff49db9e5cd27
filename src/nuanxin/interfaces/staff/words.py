"""Codes that rooms store, in words; benefit titles and labels of coded lists, so that English knows them too."""

from collections.abc import Mapping

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as say

CAUSES: Mapping[str, str] = {
    "application": say("申请"),
    "already_in_force": say("已经在享"),
    "not_applicable": say("不适用"),
    "not_eligible": say("不再符合条件"),
    "card_expired": say("证件到期"),
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
    say("股长"), say("财政"), say("局领导"), say("审计"), say("不再计入"), say("补计入"), say("更正前"),
    say("更正后"), say("待确认"), say("已报送"), say("已退回"),
)  # fmt: skip

DECLARED = (
    say("城乡低保户数"), say("退出城乡低保户数"), say("城乡低保户数净增"), say("新增城乡低保户数"),
    say("退出城乡低保人数"), say("城乡低保人数净增"), say("新增城乡低保人数"),
    say("集中供养的失能半失能特困人员数"), say("失能半失能特困人员数"), say("失能半失能特困人员集中供养率"),
    say("失能半失能特困人员集中供养率要求"), say("退出特困供养人数"), say("新增特困供养人数"), say("临时救助人次"),
    say("火化率"), say("登记死亡人数"), say("受理离婚申请对数"), say("补领离婚证件数"), say("离婚登记对数"),
    say("离婚登记跨区域通办对数"), say("惠民殡葬补贴发放额"), say("享受惠民殡葬补贴人数"), say("补领结婚证件数"),
    say("婚姻登记件数"), say("婚姻登记合格件数"), say("婚姻登记合格率"), say("结婚登记对数"),
    say("结婚登记跨区域通办对数"), say("低收入居家养老服务补贴支出额"), say("低收入居家养老服务补贴人次"),
    say("高龄津贴支出额"), say("儿童基本生活补贴发放额"), say("残疾人两项补贴标准"), say("困难残疾人生活补贴人数"),
    say("残疾人两项补贴发放额"), say("享受孤儿和事实无人抚养儿童补贴人数"), say("人次"), say("万元"), say("具"),
    say("对"), say("件"), say("元/人/月"), say("元/年"), say("级"), say("项"), say("已建救助档案"),
    say("财产符合规定"), say("年工资性收入"), say("年经营净收入"), say("年财产净收入"), say("年转移净收入"),
    say("年认定重病重残刚性支出"), say("残疾等级"), say("残疾类别"), say("认定的重特大疾病"),
    say("生活自理不能达到的项数"), say("无法定义务人或其无履行能力"), say("义务教育或高中阶段在读"),
    say("服刑或强制隔离戒毒"), say("无残疾人证"), say("视力"), say("听力"), say("言语"), say("肢体"), say("智力"),
    say("精神"), say("多重"), say("待复查"), say("可发放"), say("停发待复核"), say("已停发"), say("分阶段救助"),
)  # fmt: skip


def cause(code: str, titles: Mapping[str, str] | None = None) -> str:
    """Return why something is proposed, changed or ended."""
    if code.startswith(EXCLUDED):
        other = code.removeprefix(EXCLUDED)
        return gettext("已享受%(other)s") % {"other": (titles or {}).get(other, other)}
    return gettext(CAUSES[code]) if code in CAUSES else code
