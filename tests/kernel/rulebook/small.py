"""A law of a few lines in files of its own, and the answers it gives to rows."""

import datetime as dt
from pathlib import Path
from textwrap import dedent
from typing import Any

from nuanxin.kernel.rulebook.books import Roots
from nuanxin.kernel.rulebook.household import run_rows
from nuanxin.kernel.rulebook.releases import Law, law_of
from tests.kernel.rulebook.rows import Rows, run_in_duckdb

COUNTY, JUNE = "340223", dt.date(2024, 6, 1)
FACTS = """
facts:
  birth: {label: 出生日期, of: person, type: date, column: birth}
  death: {label: 死亡日期, of: person, type: date, column: death}
  hukou_county: {label: 户籍县, of: person, type: code, column: hukou_county}
  counted: {label: 计入, of: person, type: yesno, column: counted}
  age: {label: 周岁, of: person, type: number, unit: 岁, is: "age_on(birth, month_end)"}
  alive: {label: 在世, of: person, type: yesno, is: not known(death) or death > month_end}
  wage: {label: 年工资, of: person, type: money, unit: 元/年, circumstance: wage, take: sum, least: 0, most: 10000000,
    absent: 0 元/年, ask: 税务}
  level: {label: 等级, of: person, type: number, circumstance: level, take: level, least: 0, most: 9, absent: unknown, ask: 残联}
  file: {label: 档案, of: household, type: yesno, circumstance: file, take: exists}
  ok: {label: 财产, of: household, type: yesno, circumstance: ok, take: level, absent: unknown, ask: 核对}
  old_in_force: {label: 在享甲, of: person, type: yesno, coverage: old}
  gone: {label: 不在, of: person, type: yesno, is: not alive}
  parents_gone: {label: 不在的父母, of: person, type: number, relation: parent, where: gone}
"""
PARAMETERS = """
parameters:
  standard: {label: 标准, type: money, unit: 元/月, values: [{from: 2020-01-01, value: 1000 元/月, document: 文, article: 一}]}
  start_age: {label: 起始年龄, type: number, unit: 岁, values: [{from: 2020-01-01, value: 80 岁, document: 文}]}
  extra: {label: 增发, type: money, unit: 元/月, values: [{from: 2020-01-01, value: 100.01 元/月, document: 文}]}
  bands:
    label: 分段
    type: money
    unit: 元/月
    by: 岁
    values: [{from: 2020-01-01, bands: {80: 50 元/月, 90: 100 元/月}, document: 文}]
"""
HEAD = (
    "in_force: {from: 2020-01-01}\nbasis: [{document: 文, article: 一}]\nperiod: month\nstarts: month_after_decision\n"
    "payee: [own]\n"
)
OLD = f"""
benefit: old
title: 甲
pays: person
month: apply
{HEAD}
applies: age >= start_age
conditions: [{{id: alive, says: 在世, holds: alive}}]
amount: band(bands, age)
"""
HOME = f"""
benefit: home
title: 户
pays: household
month: propose
{HEAD}
applies: file
members: counted and alive
member_steps:
  income: {{says: 收入, is: wage}}
  more: {{says: 增发, is: case when age >= start_age then extra else 0 end}}
steps:
  line: {{says: 年标准, is: standard * members * 12}}
conditions:
  - {{id: income, says: 低于标准, holds: income < line}}
  - {{id: ok, says: 财产, holds: ok}}
components:
  - {{id: basic, says: 差额, amount: (line - income) / 12}}
  - {{id: more, says: 增发, member: more}}
"""


def person_benefit(code: str, amount: str = "standard", applies: str = "age >= 0", condition: str = "alive") -> str:
    """Return the file of a person benefit."""
    return (
        f"benefit: {code}\ntitle: {code}\npays: person\nmonth: apply\n{HEAD}applies: {applies}\n"
        f"conditions: [{{id: test, says: 条件, holds: '{condition}'}}]\namount: {amount}\n"
    )


def write_books(folder: Path, **files: str) -> Roots:
    """Write a tree of declarations: `old_benefits="…"` is `domains/d/benefits/old.yaml`; facts and parameters stand."""
    given = {"f_facts": FACTS, "p_parameters": PARAMETERS, **files}
    for key, text in given.items():
        name, _, kind = key.rpartition("_")
        place, _, bare = name.rpartition("__")
        root = folder / "counties" / place.removeprefix("c") if place else folder / "domains" / "d"
        path = root / kind / f"{bare}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
    return Roots(package=folder)


def small_law(folder: Path, month: dt.date = JUNE, **files: str) -> Law:
    """Return the compiled law of a few files."""
    return law_of(COUNTY, month, write_books(folder, **files))


def answers(law: Law, rows: Rows, month: dt.date = JUNE) -> dict[str, dict[int, dict[str, Any]]]:
    """Return each benefit's rows by subject; DuckDB and SQLite must agree in every column."""
    lite, duck = run_rows(law, month, rows.tables), run_in_duckdb(law, month, rows)
    assert lite == duck
    return {
        relation: {row.get("subject_id", row.get("person_id")): row for row in found}
        for relation, found in lite.items()
    }
