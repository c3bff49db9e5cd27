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
    "payments.prepare": "编制发放",
    "payments.release": "放行发放",
    "figures.read": "查看数据",
    "rulebook.read": "查看政策",
    "month.run": "月度测算",
    "month.close": "月度结账",
    "disclose": "查看完整号码",
}


@dataclass(frozen=True)
class Role:
    """A set of permissions; `area_level` is where an account of the role stands in the division tree.

    `sensitivity` 1 shows masked people, 2 their means and health, 3 also bank balances and obligors inside a case.
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
            f"{READING} people.write registers.write cases.make disclose",
        ),
        _role(
            "county_examiner",
            "县局经办",
            "county",
            3,
            f"{READING} people.write registers.write cases.make payments.prepare month.run disclose",
        ),
        _role(
            "section_chief",
            "股长",
            "county",
            3,
            f"{READING} cases.check payments.release month.run month.close disclose",
        ),
        _role("finance", "财政", "county", 1, "grants.read payments.release figures.read rulebook.read"),
        _role("leader", "局领导", "county", 1, READING),
        _role("auditor", "审计", "county", 2, READING),
    )
}
