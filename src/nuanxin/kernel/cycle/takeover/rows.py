"""The workbook's rows as values: every cell read on its own, every fault kept with its place."""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from nuanxin.kernel.casework.values import BenefitRule
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.fen import parse_yuan
from nuanxin.kernel.core.identifiers import check_citizen_id, normalise_citizen_id
from nuanxin.kernel.core.months import month_of
from nuanxin.kernel.cycle.takeover.workbook import Row, RowFault

ROLES = {
    "户主": "head",
    "配偶": "spouse",
    "子女": "child",
    "父母": "parent",
    "孙子女": "grandchild",
    "兄弟姐妹": "sibling",
    "其他": "other",
}
DEBTS = {"欠发": "arrears", "应追回": "recovery"}


@dataclass(frozen=True)
class HouseholdRow:
    """A household by the bureau's own number."""

    row: int
    number: str
    division: str
    address: str


@dataclass(frozen=True)
class MemberRow:
    """A member of a household."""

    row: int
    household: str
    citizen_id: str
    name: str
    role: str
    counted: bool
    reason: str


@dataclass(frozen=True)
class GrantRow:
    """One component of a grant in force: of a household (its number) or of a person (the citizen number)."""

    row: int
    benefit: str
    household: str
    citizen_id: str
    name: str
    division: str
    component: str
    fen: int
    start: dt.date
    account: str

    @property
    def subject(self) -> tuple[str, str]:
        """Return benefit and subject: rows that agree are one grant."""
        return self.benefit, self.household or self.citizen_id


@dataclass(frozen=True)
class AccountRow:
    """An account of a person."""

    row: int
    citizen_id: str
    bank_code: str
    number: str


@dataclass(frozen=True)
class DebtRow:
    """What is owed from before: arrears to the person, or recovery from them."""

    row: int
    citizen_id: str
    benefit: str
    kind: str
    month: dt.date
    fen: int
    note: str


@dataclass
class Book:
    """The whole list as values, with every fault found on the way."""

    households: list[HouseholdRow] = field(default_factory=list)
    members: list[MemberRow] = field(default_factory=list)
    grants: list[GrantRow] = field(default_factory=list)
    accounts: list[AccountRow] = field(default_factory=list)
    debts: list[DebtRow] = field(default_factory=list)
    faults: list[RowFault] = field(default_factory=list)

    def add_fault(self, sheet: str, row: int, column: str, message: str) -> None:
        """Note a fault."""
        self.faults.append(RowFault(sheet, row, column, message))


class Reader:
    """Reads rows into a book; a row with a fault is left out."""

    def __init__(self, book: Book, rules: Mapping[str, BenefitRule], as_of: dt.date) -> None:
        self.book, self.as_of, self.rules = book, as_of, rules
        self.benefits = {**{rule.title: code for code, rule in rules.items()}, **{code: code for code in rules}}
        self.checked: dict[str, str] = {}
        self.dates: dict[str, dt.date] = {}

    def read(self, sheets: Mapping[str, list[Row]]) -> Book:
        """Read every sheet."""
        book = self.book
        self._sheet("家庭", sheets, self._household, book.households)
        self._sheet("成员", sheets, self._member, book.members)
        self._sheet("待遇", sheets, self._grant, book.grants)
        self._sheet("账户", sheets, self._account, book.accounts)
        self._sheet("欠款", sheets, self._debt, book.debts)
        return book

    def _sheet(self, name: str, sheets: Mapping[str, list[Row]], make: Callable[[Row], object], into: list) -> None:  # type: ignore[type-arg]
        for row in sheets.get(name, []):
            self.column = ""
            try:
                into.append(make(row))
            except Refused as fault:
                self.book.add_fault(name, row.number, self.column, f"{fault.message}{fault.todo}")

    def _need(self, row: Row, column: str) -> str:
        self.column = column
        if not row[column]:
            raise Refused("takeover.empty", f"“{column}”不能为空。", "请补填。")
        return row[column]

    def _citizen(self, row: Row) -> str:
        text = normalise_citizen_id(self._need(row, "身份证号"))
        if text not in self.checked:
            self.checked[text] = " ".join(check_citizen_id(text, self.as_of))
        if self.checked[text]:
            raise Refused("takeover.citizen_id", self.checked[text], "请对照证件更正。")
        return text

    def _choice(self, row: Row, column: str, choices: Mapping[str, str]) -> str:
        text = self._need(row, column)
        if text not in choices:
            raise Refused("takeover.choice", f"“{column}”不能是“{text}”。", f"请从{'、'.join(choices)}中选。")
        return choices[text]

    def _village(self, row: Row) -> str:
        code = self._need(row, "村(社区)代码")
        if not re.fullmatch(r"[0-9]{12}", code):
            raise Refused("takeover.village", "村(社区)代码应为12位数字。", "请查区划代码表。")
        return code

    def _household(self, row: Row) -> HouseholdRow:
        return HouseholdRow(row.number, self._need(row, "家庭编号"), self._village(row), row["地址"])

    def _member(self, row: Row) -> MemberRow:
        household, citizen = self._need(row, "家庭编号"), self._citizen(row)
        name, role = self._need(row, "姓名"), self._choice(row, "与户主关系", ROLES)
        counted = self._choice(row, "是否计入", {"是": "1", "否": ""}) == "1"
        return MemberRow(row.number, household, citizen, name, role, counted, row["不计入原因"])

    def _grant(self, row: Row) -> GrantRow:
        self._need(row, "待遇")
        if row["待遇"] not in self.benefits:
            raise Refused("takeover.benefit", f"没有待遇“{row['待遇']}”。", "请填待遇代码或全称。")
        benefit = self.benefits[row["待遇"]]
        rule = self.rules[benefit]
        if rule.once:
            raise Refused("takeover.once", "一次性待遇没有在享人员。", "请删去这一行。")
        household = self._need(row, "家庭编号") if rule.pays == "household" else ""
        citizen = "" if rule.pays == "household" else self._citizen(row)
        self.column = "家庭编号" if rule.pays == "person" else "身份证号"
        if row[self.column]:
            raise Refused("takeover.subject", f"{rule.title}这一栏应留空。", "家庭待遇填家庭编号，个人待遇填身份证号。")
        village = self._village(row) if row["村(社区)代码"] else ""
        component, fen = self._component(row, rule), self._money(row, rule)
        start = self._start(row)
        return GrantRow(
            row.number, benefit, household, citizen, row["姓名"], village, component, fen, start, row["收款账号"]
        )

    def _component(self, row: Row, rule: BenefitRule) -> str:
        self.column = "构成"
        if row["构成"] and row["构成"] not in rule.components:
            raise Refused(
                "takeover.component", f"{rule.title}没有构成“{row['构成']}”。", f"可填：{'、'.join(rule.components)}。"
            )
        return row["构成"] or (rule.components[0] if rule.components else "")

    def _money(self, row: Row, rule: BenefitRule) -> int:
        self.column = "月金额"
        fen = parse_yuan(row["月金额"] or "0")
        if rule.recognises and fen:
            raise Refused("takeover.no_money", f"{rule.title}不发钱。", "月金额请留空。")
        if not rule.recognises and fen <= 0:
            raise Refused("takeover.amount", "月金额应大于零。", "请补填；已停发的请删去这一行。")
        return fen

    def _start(self, row: Row) -> dt.date:
        text = self._need(row, "开始日期")[:10]
        if text not in self.dates:
            try:
                self.dates[text] = dt.date.fromisoformat(text)
            except ValueError as error:
                raise Refused("takeover.date", f"日期“{text}”不存在。", "请写成 2021-07-01 的形式。") from error
        if self.dates[text] > self.as_of:
            raise Refused("takeover.late", f"开始日期晚于接管日 {self.as_of.isoformat()}。", "请核对。")
        return month_of(self.dates[text])

    def _account(self, row: Row) -> AccountRow:
        citizen, bank = self._citizen(row), self._need(row, "银行代码")
        number = self._need(row, "账号").replace(" ", "")
        if not re.fullmatch(r"[0-9]{6,32}", number):
            raise Refused("takeover.account", "账号应为6至32位数字。", "请核对存折或银行卡。")
        return AccountRow(row.number, citizen, bank, number)

    def _debt(self, row: Row) -> DebtRow:
        citizen = self._citizen(row)
        self._need(row, "待遇")
        if row["待遇"] not in self.benefits:
            raise Refused("takeover.benefit", f"没有待遇“{row['待遇']}”。", "请填待遇代码或全称。")
        kind = self._choice(row, "种类", DEBTS)
        month = self._month(row)
        self.column = "金额"
        fen = parse_yuan(self._need(row, "金额"))
        if fen <= 0:
            raise Refused("takeover.amount", "金额应大于零。", "请核对。")
        return DebtRow(row.number, citizen, self.benefits[row["待遇"]], kind, month, fen, row["说明"])

    def _month(self, row: Row) -> dt.date:
        text = self._need(row, "所属月份")[:7]
        try:
            month = dt.date.fromisoformat(f"{text}-01")
        except ValueError as error:
            raise Refused("takeover.month", f"月份“{text}”不存在。", "请写成 2023-11 的形式。") from error
        if month > self.as_of:
            raise Refused("takeover.late", f"所属月份晚于接管日 {self.as_of.isoformat()}。", "请核对。")
        return month
