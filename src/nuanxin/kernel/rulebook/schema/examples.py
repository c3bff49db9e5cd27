"""A benefit's examples: a caseworker's words, the facts, and what must come out.

    benefit: dibao
    examples:
      - id: T-R01-1
        says: 三口之家, 工资与租金
        county: 330522
        month: 2024-06
        parameters: {dibao_standard: 1145 元/月}      # optional; tables: {code: value}
        household: {assistance_file: true, property_ok: true}
        people:                                        # all are counted members unless `member: false`
          - {name: 甲, birth: 1980-01-01, wage_year: 19200 元/年}
          - {name: 乙, birth: 1982-01-01, property_year: 1200 元/年}
          - {name: 丙, birth: 2015-01-01, relations: {parent: [甲, 乙]}}
        subject: 甲                                    # person benefits; default: the first person
        expect:
          granted: true                                # true | false | unknown
          amount: 1735.00 元
          steps: {counted_year: 20400 元/年}           # optional
          conditions: {income: true}                   # optional
          components: {basic: 1735.00 元}              # optional
          excluded_by: tekun                           # optional; none = not excluded
          others: {canji_huli: 250.00 元, tekun: false}  # amount or true/false/unknown

People take base facts, not derived ones; `unknown` makes a record whose value is not known.
"""

import datetime as dt
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from nuanxin.kernel.core.months import parse_month
from nuanxin.kernel.rulebook.schema.common import Declared, File, Label, Name


def _month(value: Any) -> Any:
    return parse_month(value) if isinstance(value, str) and len(value) == 7 else value


class Expectation(Declared):
    """What must come out; keys that are not given are not compared."""

    granted: str
    amount: str | None = None
    steps: dict[Name, str] = {}
    conditions: dict[Name, str] = {}
    components: dict[Name, str] = {}
    excluded_by: str | None = None
    others: dict[Name, str] = {}


Person = dict[str, str | dict[str, list[str]]]


class Example(Declared):
    """One made-up household and the answer the law gives."""

    id: str
    says: Label
    county: str
    month: Annotated[dt.date, BeforeValidator(_month)]
    parameters: dict[Name, str | dict[str, str]] = {}
    household: dict[str, str] = {}
    people: list[Person] = Field(min_length=1)
    subject: str | None = None
    expect: Expectation


class ExampleFile(File):
    """The examples of one benefit."""

    benefit: Name
    examples: list[Example] = Field(min_length=1)
