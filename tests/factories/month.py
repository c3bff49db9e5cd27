"""A county whose assessments are written by hand: receipts as Parquet, the snapshot read from the database."""

import datetime as dt
import json
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from nuanxin.kernel.casework.assessed import assessed_text, read_assessed, read_persons, use_assessor
from nuanxin.kernel.casework.models import Application
from nuanxin.kernel.casework.values import Assessed, BenefitRule, Live
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import author_of
from nuanxin.kernel.core.months import month_end
from nuanxin.kernel.core.snapshots import all_snapshot_tables
from nuanxin.kernel.cycle import services as cycle
from nuanxin.kernel.cycle.assessing import use_assessments
from nuanxin.kernel.grants.models import Coverage, Grant, Share
from nuanxin.kernel.grants.values import Covered
from nuanxin.kernel.payments.bank_text import Control, OutLine, read_lines, render_return
from nuanxin.kernel.payments.profiles import load_profile
from nuanxin.kernel.registry import services as registry
from nuanxin.kernel.registry.models import Circumstance, Household, Person
from tests.factories.county import COUNTY, VILLAGE, SmallCounty

RULES = {
    rule.benefit: rule
    for rule in (
        BenefitRule(
            "gaoling_jintie", "高龄津贴", "person", "apply", "month", "month_after_birthday", False, ("amount",)
        ),
        BenefitRule("canji_huli", "护理补贴", "person", "apply", "month", "month_of_application", False, ("amount",)),
        BenefitRule(
            "dibao",
            "最低生活保障",
            "household",
            "propose",
            "month",
            "month_after_decision",
            False,
            ("basic", "extra"),
            files=(("assistance_file", "household"),),
        ),
        BenefitRule("dibao_bianyuan", "低保边缘", "household", "propose", "month", "month_after_decision", True, ()),
        BenefitRule("linshi_jiuzhu", "临时救助", "person", "propose", "once", "event", False, ("amount",)),
    )
}
ASKED_ONLY = {  # benefits that cases ask for and no month of these tests assesses
    rule.benefit: rule
    for rule in (
        BenefitRule("tekun", "特困供养", "person", "propose", "month", "month_after_decision", False, ("amount",)),
        BenefitRule("guer", "孤儿", "person", "propose", "month", "month_after_decision", False, ("amount",)),
    )
}
MODELS = {"grant": Grant, "coverage": Coverage, "share": Share, "application": Application}
DAY = dt.date(2024, 1, 15)


@dataclass
class Receipts:
    """What the next assessment shall find, by benefit: subject → fen, None for unknown, or a dict of columns."""

    home: Path
    found: dict[str, dict[int, Any]] = field(default_factory=dict)
    members: dict[str, dict[int, dict[int, dict[str, int]]]] = field(default_factory=dict)
    runs: int = 0
    fresh_standards: frozenset[str] = frozenset()
    papers: dict[str, list[str]] = field(default_factory=dict)
    said: dict[str, list[str]] = field(default_factory=dict)  # further steps, as columns of a benefit's receipts
    months: dict[dt.date, tuple[Any, Any]] = field(default_factory=dict)
    by_month: bool = False  # the counter, too, finds of a month assessed what is known of it now

    def say(self, benefit: str, subject: int, fen: int | None = 0, **more: Any) -> None:
        """Let the assessment find a person's benefit of so many fen; None is unknown, `granted=False` refused."""
        row = {"granted": None if fen is None else True, "amount_fen": fen, "excluded_by": None, "c_amount": fen} | more
        self.found.setdefault(benefit, {})[subject] = row

    def household(self, benefit: str, household: int, shares: dict[int, dict[str, int]], **more: Any) -> None:
        """Let the assessment find a household's benefit: person → component → fen."""
        components = RULES[benefit].components
        totals = {f"c_{name}": sum(share.get(name, 0) for share in shares.values()) for name in components}
        row = {"granted": True, "amount_fen": sum(totals.values()), "excluded_by": None, **totals} | more
        self.found.setdefault(benefit, {})[household] = row
        self.members.setdefault(benefit, {})[household] = shares

    def forget(self, benefit: str, subject: int) -> None:
        """Let the benefit not apply to a subject any more."""
        self.found[benefit].pop(subject)

    def learn(self, month: dt.date, benefit: str, subject: int, fen: int | None = 0, **more: Any) -> None:
        """Let the facts of a month already assessed turn out otherwise: what assessing it again finds."""
        now, self.found = self.found, self.months[month][0]
        self.say(benefit, subject, fen, **more)
        self.found = now

    def learn_home(
        self, month: dt.date, benefit: str, household: int, shares: dict[int, dict[str, int]], **more: Any
    ) -> None:
        """Let what a household's month should have paid turn out otherwise."""
        now, (self.found, self.members) = (self.found, self.members), self.months[month]
        self.household(benefit, household, shares, **more)
        self.found, self.members = now

    def write(self) -> int:
        """Write a run's folder and return its id."""
        self.runs += 1
        folder = self.receipts(self.runs)
        folder.mkdir(parents=True)
        self.write_to(folder)
        return self.runs

    def write_to(self, folder: Path) -> None:
        for benefit, rule in RULES.items():
            rows = [{"subject_id": pk, **row} for pk, row in sorted(self.found.get(benefit, {}).items())]
            names = [f"c_{name}" for name in rule.components]
            schema = _schema("subject_id", [*names, *self.said.get(benefit, [])])
            pq.write_table(pa.Table.from_pylist(rows, schema=schema), folder / f"{benefit}.parquet")
            if rule.pays == "household":
                self._write_members(folder, rule, names)

    def _write_members(self, folder: Path, rule: BenefitRule, names: list[str]) -> None:
        rows = [
            {"household_id": unit, "person_id": person, "counts": True}
            | {f"c_{name}": share.get(name, 0) for name in rule.components}
            for unit, shares in sorted(self.members.get(rule.benefit, {}).items())
            for person, share in sorted(shares.items())
        ]
        fields = [("household_id", pa.int64()), ("person_id", pa.int64()), ("counts", pa.bool_())]
        schema = pa.schema([*fields, *((name, pa.int64()) for name in names)])
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), folder / f"{rule.benefit}_members.parquet")

    # what the month and casework ask
    def settle_law(self, county: str, month: dt.date, author: Any) -> None:
        """The law is made of receipts written by hand."""

    def take_snapshot(self, county: str) -> int:
        folder = self.home / "snapshots" / str(self.runs + 1)
        folder.mkdir(parents=True, exist_ok=True)
        self.copy_aside(county, folder)
        return self.runs + 1

    def copy_aside(self, county: str, folder: Path) -> dict[str, Path]:
        for name, model in MODELS.items():
            columns = all_snapshot_tables()[name].columns
            fields = {f.column: f.attname for f in model._meta.concrete_fields}
            rows = [
                dict(zip(columns, row, strict=True)) for row in model.objects.values_list(*(fields[c] for c in columns))
            ]
            pq.write_table(pa.Table.from_pylist(rows, schema=_table_schema(model, columns)), folder / f"{name}.parquet")
        return {name: folder / f"{name}.parquet" for name in MODELS}

    def tables(self, snapshot_id: int) -> dict[str, Path]:
        return {name: self.home / "snapshots" / str(snapshot_id) / f"{name}.parquet" for name in MODELS}

    def assess(self, county: str, month: dt.date, snapshot_id: int) -> int:
        self.months[month] = (deepcopy(self.found), deepcopy(self.members))
        return self.write()

    def assess_aside(self, county: str, month: dt.date, tables: dict[str, Path], folder: Path) -> None:
        now = self.found, self.members
        self.found, self.members = self.months.get(month, now)
        self.write_to(folder)
        self.found, self.members = now

    def rules(self, county: str, month: dt.date) -> dict[str, BenefitRule]:
        return RULES

    def receipts(self, run_id: int) -> Path:
        return self.home / "receipts" / str(run_id)

    def causes(self, ground: Any, drafts: Any) -> dict[int, Any]:
        return {}

    def new_standards(self, county: str, month: dt.date) -> frozenset[str]:
        return self.fresh_standards

    def rule(self, county: str, month: dt.date, benefit: str) -> BenefitRule:
        return (RULES | ASKED_ONLY)[benefit]

    def release_of(self, run_id: int) -> str:
        return "0" * 64

    def law_moved(self, release_id: str, county: str, month: dt.date, benefit: str) -> bool:
        return False

    def assessed(self, run_id: int, benefit: str, subjects: list[int]) -> dict[int, Assessed]:
        return read_assessed(self.receipts(run_id), RULES[benefit], subjects)

    def persons(self, run_id: int, benefit: str, subjects: list[int]) -> dict[int, tuple[Covered, ...]]:
        return read_persons(self.receipts(run_id), RULES[benefit], subjects)

    # what a case asks
    def documents(self, county: str, month: dt.date, benefit: str) -> list[str]:
        return self.papers.get(benefit, [])

    def live(self, county: str, month: dt.date, benefit: str, person_id: int | None, household_id: int | None) -> Live:
        rule = (RULES | ASKED_ONLY)[benefit]
        subject = (household_id if rule.pays == "household" else person_id) or 0
        found, members = (
            self.months.get(month, (self.found, self.members)) if self.by_month else (self.found, self.members)
        )
        row = found.get(benefit, {}).get(subject)
        if row is None:
            return Live(benefit, month, False, None, "0" * 64, "{}")
        whole = {"subject_id": subject, **row}
        if rule.pays == "household":
            shares = members.get(benefit, {}).get(subject, {})
            whole["member_rows"] = [
                {"person_id": person, "counts": True, **{f"c_{name}": fen for name, fen in share.items()}}
                for person, share in sorted(shares.items())
            ]
        text = json.dumps(whole, ensure_ascii=False, sort_keys=True)
        facts = Circumstance.objects.filter(superseded_at=None).order_by("id").values_list("id", flat=True)
        inputs = json.dumps({"circumstance": [[pk] for pk in facts]})
        return Live(benefit, month, row["granted"], assessed_text(text, rule), "0" * 64, inputs)

    def keep(self, live: Live, county: str) -> str:
        return live.release_id


def _schema(key: str, names: list[str]) -> pa.Schema:
    fields = [(key, pa.int64()), ("granted", pa.bool_()), ("amount_fen", pa.int64()), ("excluded_by", pa.string())]
    return pa.schema([*fields, *((name, pa.int64()) for name in names)])


def _table_schema(model: Any, columns: tuple[str, ...]) -> pa.Schema:
    kinds = {"DateField": pa.date32(), "DateTimeField": pa.timestamp("us", "UTC"), "CharField": pa.string()}
    fields = {
        f.column: (f.target_field if f.is_relation else f).get_internal_type() for f in model._meta.concrete_fields
    }
    return pa.schema([(column, kinds.get(fields[column], pa.int64())) for column in columns])


class MonthCounty(SmallCounty):
    """A small county with officers, a bank that answers, and assessments written by hand."""

    def __init__(self, home: Path) -> None:
        super().__init__()
        clock.move_to(DAY)
        self.receipts = Receipts(home)
        use_assessor(self.receipts)
        use_assessments(self.receipts)
        self.maker, self.checker = self.account("county_examiner"), self.account("section_chief")
        self.author = author_of(self.maker)

    def payee(self, person: Person, number: str = "") -> int:
        """Open a bank account for a person."""
        number = number or f"6217{person.pk:012d}"
        table = pa.table(
            {
                "county": [COUNTY],
                "holder_id": pa.array([person.pk], pa.int64()),
                "bank_code": ["102"],
                "number": [number],
            }
        )
        return registry.load_accounts(change=self.change, table=table)[0].as_py()

    def apply(self, benefit: str, person: Person, household: Household | None = None, *, filed: dt.date = DAY) -> int:
        """File an application paid to the person's own account."""
        from nuanxin.kernel.casework.services import file_application

        return file_application(
            author=self.author,
            county=COUNTY,
            benefit=benefit,
            person_id=person.pk,
            household_id=household.pk if household else None,
            filed_on=filed,
            payee_id=self.payee(person),
        ).pk

    def decide(self, month: dt.date) -> list[int]:
        """Let two officers decide everything the month proposes."""
        from nuanxin.kernel.casework import selectors, services

        made = services.make_decisions(maker=self.maker, proposal_ids=selectors.open_proposal_ids(COUNTY, month))
        return services.check_decisions(checker=self.checker, decision_ids=made)

    def pay(self, month: dt.date, bounce: set[int] | None = None) -> list[Any]:
        """Make dues and runs, release, send and take the bank's answer; `bounce` names persons whose lines fail."""
        cycle.build_dues(county=COUNTY, month=month, author=self.author)
        runs = cycle.prepare_payment_runs(county=COUNTY, month=month, author=self.author)
        return [self.settle(run.pk, bounce or set()) for run in runs]

    def settle(self, run_id: int, bounce: set[int]) -> Any:
        """Release, send and answer one run."""
        cycle.release_run(run_id=run_id, account=self.checker)
        cycle.write_bank_file(run_id=run_id, author=self.author)
        return cycle.accept_return(run_id=run_id, data=self.answer(run_id, bounce), author=self.author)

    def answer(self, run_id: int, bounce: set[int] | None = None) -> bytes:
        """Return the bank's answer to a run's file."""
        from nuanxin.kernel.payments.models import Line

        failing = set(Line.objects.filter(run_id=run_id, person_id__in=bounce or ()).values_list("seq", flat=True))
        _, data = cycle.open_bank_file(run_id=run_id, account=self.maker, purpose="测试回盘")
        return bank_answer(data, failing)

    def month(self, month: dt.date) -> None:
        """Run a month whole: assess, decide, pay; the clock stands at its 15th."""
        clock.move_to(month.replace(day=15))
        cycle.run_month(county=COUNTY, month=month, author=self.author)
        self.decide(month)
        clock.move_to(month_end(month))
        self.pay(month)


def bank_answer(data: bytes, failing: set[int] | None = None, **change: Any) -> bytes:
    """Return what a bank would answer to a file; `failing` lines have no such account, `change` alters the control."""
    profile = load_profile(COUNTY)
    control, rows = read_lines(profile, data)
    cells = [dict(zip(profile.columns, row, strict=True)) for row in rows]
    lines = [
        (
            OutLine(
                int(cell["seq"]), cell["name"], "", "", cell["account"], round(float(cell["amount"]) * 100), "", ""
            ),
            "02" if int(cell["seq"]) in (failing or ()) else "00",
            "账号不存在" if int(cell["seq"]) in (failing or ()) else "成功",
        )
        for cell in cells
    ]
    values = {"batch_no": control.batch_no, "line_count": control.line_count, "total_fen": control.total_fen} | change
    return render_return(profile, Control(**values, date=control.date), lines)


__all__ = ["COUNTY", "DAY", "RULES", "VILLAGE", "MonthCounty", "Receipts", "bank_answer"]
