"""What each role may do and how far its data area reaches."""

from dataclasses import dataclass

PERMISSIONS = {
    "people.read": "查看居民",
    "people.write": "登记居民",
    "registers.read": "查看台账",
    "registers.write": "登记台账",
    "grants.read": "查看待遇",
    "cases.make": "经办",
    "cases.check": "审核",
    "cases.sample": "抽查委托审批",
    "appeals.receive": "受理申诉投诉",
    "appeals.handle": "办理申诉投诉",
    "payments.prepare": "编制发放",
    "payments.release": "放行发放",
    "payments.reconcile": "对账",
    "reserve.pay": "备用金支出",
    "reserve.check": "备用金审核",
    "budget.write": "登记预算",
    "vouchers.write": "登记凭证",
    "money.audit": "资金核对",
    "figures.read": "查看数据",
    "reports.read": "查看报送表",
    "reports.make": "编报",
    "reports.check": "报送确认",
    "rulebook.read": "查看政策",
    "rulebook.draft": "起草政策标准",
    "rulebook.approve": "批准政策标准",
    "month.run": "月度测算",
    "month.close": "月度结账",
    "disclose": "查看完整号码",
    "accounts.manage": "管理账号",
    "accounts.approve": "批准账号",
    "logs.read": "查看日志",
}
APART = (
    ("cases.make", "cases.check"),
    ("payments.prepare", "payments.release"),
    ("rulebook.draft", "rulebook.approve"),
    ("reserve.pay", "reserve.check"),
    ("reports.make", "reports.check"),
    ("accounts.manage", "accounts.approve"),
)
"""Pairs of maker and checker: no role holds both."""
ADMINISTRATION = frozenset({"accounts.manage", "accounts.approve", "logs.read"})
"""What the three administrators hold, one each, and nobody else holds any (GB/T 22239-2019 8.1.5, 三员分立)."""
APPROVING = frozenset({"cases.check", "payments.release", "rulebook.approve", "reserve.check", "reports.check"})
"""Who holds one of these decides for good: such an account needs a second factor."""

CUT_BY_LINE = frozenset({"registers.read", "registers.write"})
"""What knows lines of business: an account that has lines holds nothing else until everything is cut by line."""


@dataclass(frozen=True)
class Role:
    """A set of permissions; `area_level` is where an account of the role stands in the division tree.

    `sensitivity` 0 shows nobody, 1 shows masked people, 2 their means and health, 3 also bank balances and
    obligors inside a case.
    """

    code: str
    title: str
    area_level: str
    sensitivity: int
    permissions: frozenset[str]


def _role(code: str, title: str, area_level: str, sensitivity: int, permissions: str) -> Role:
    return Role(code, title, area_level, sensitivity, frozenset(permissions.split()))


READING = "people.read registers.read grants.read figures.read rulebook.read"

ROLES: dict[str, Role] = {
    role.code: role
    for role in (
        _role(
            "township_clerk",
            "乡镇民政助理",
            "township",
            3,
            f"{READING} people.write registers.write cases.make appeals.receive reserve.pay disclose",
        ),
        _role("township_leader", "乡镇分管领导", "township", 3, f"{READING} cases.check reserve.check disclose"),
        _role(
            "county_examiner",
            "县局经办",
            "county",
            3,
            f"{READING} people.write registers.write cases.make cases.sample appeals.receive appeals.handle "
            "payments.prepare payments.reconcile month.run rulebook.draft reports.read reports.make disclose",
        ),
        _role(
            "section_chief",
            "股长",
            "county",
            3,
            f"{READING} cases.check cases.sample appeals.receive appeals.handle payments.release payments.reconcile "
            "reserve.check month.run month.close rulebook.approve reports.read reports.check money.audit disclose",
        ),
        _role(
            "finance",
            "财政",
            "county",
            1,
            "grants.read payments.release payments.reconcile budget.write vouchers.write money.audit figures.read "
            "reports.read rulebook.read",
        ),
        _role("leader", "局领导", "county", 1, f"{READING} reports.read money.audit payments.reconcile"),
        _role("auditor", "审计", "county", 2, f"{READING} reports.read money.audit payments.reconcile"),
        _role("system_admin", "系统管理员", "county", 0, "accounts.manage"),
        _role("security_admin", "安全管理员", "county", 0, "accounts.approve"),
        _role("audit_admin", "审计管理员", "county", 0, "logs.read"),
    )
}
ADMINISTRATORS = tuple(code for code, role in ROLES.items() if role.permissions & ADMINISTRATION)
"""The roles of the three administrators: system, security, audit."""
