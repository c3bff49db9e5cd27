import datetime as dt
from decimal import Decimal
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from nuanxin.kernel.core.declarations import Declaration, load_all, load_declaration, parse_document, validate
from nuanxin.kernel.core.errors import DeclarationError, Fault


class Condition(BaseModel):
    model_config = ConfigDict(extra="forbid")
    id: str
    holds: str


class Benefit(Declaration):
    benefit: str
    pays: Literal["person", "household"]
    since: dt.date
    share: Decimal = Decimal(1)
    age: int | None = None
    conditions: list[Condition] = Field(min_length=1)


GOOD = """\
# a comment
benefit: gaoling_jintie
pays: person
since: 2024-01-01
share: 0.35
age:
conditions:
  - {id: no, holds: age >= gaoling_start_age}
  - id: hukou
    holds: hukou_local
"""


def write(tmp_path, text, name="x.yaml"):
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    return file


def faults_of(text, model=Benefit):
    with pytest.raises(DeclarationError) as caught:
        validate(parse_document(text, "x.yaml"), model)
    return [str(fault) for fault in caught.value.faults]


def test_a_good_file_becomes_its_model(tmp_path):
    benefit = load_declaration(write(tmp_path, GOOD), Benefit)
    assert benefit.since == dt.date(2024, 1, 1)
    assert benefit.share == Decimal("0.35")
    assert benefit.age is None
    assert benefit.conditions[0].id == "no"


def test_lines_are_known(tmp_path):
    document = load_declaration(write(tmp_path, GOOD), Benefit).document
    assert document.line_of("pays") == 3
    assert document.line_of("conditions", 1, "holds") == 10
    assert document.line_of("conditions", 1, "nothing") == 9
    assert document.fault("坏。", "since").line == 4


def test_every_scalar_stays_as_written():
    data = parse_document("a: 0100\nb: yes\nc: 2024-01-01\nd: 'null'\ne: ~\n1: 1e3\nf: 0.10\n", "x").data
    assert data == {"a": "0100", "b": "yes", "c": "2024-01-01", "d": "null", "e": None, "1": "1e3", "f": "0.10"}


def test_all_faults_are_gathered_with_their_lines():
    text = "benefit: x\npays: nobody\nsince: soon\nage: old\nconditions: []\ntitel: y\n"
    assert faults_of(text) == [
        "x.yaml:2: “pays”只能是 'person' or 'household' 之一，现在是 'nobody'。",
        "x.yaml:3: “since”应是日期，如 2024-01-01，现在是 'soon'。",
        "x.yaml:4: “age”应是整数，现在是 'old'。",
        "x.yaml:5: “conditions”至少要有 1 项，现在是 []。",
        "x.yaml:6: 不认识的键“titel”。请删除它；这里可用的键是：age、benefit、conditions、pays、share、since。",
    ]


def test_what_is_missing_and_what_is_nearly_right():
    text = "benefit: x\npays: person\nsince: 2024-01-01\nconditions:\n  - id: a\n    hold: b\n"
    assert faults_of(text) == [
        "x.yaml:5: 缺少“conditions.0.holds”。请补上。",
        "x.yaml:6: 不认识的键“conditions.0.hold”。是不是想写“holds”？",
    ]


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("a: 1\na: 2\n", 2, "两次"),
        ("a: &x 1\nb: *x\n", 1, "锚点"),
        ("a: &x [*x]\n", 1, "锚点"),
        ("a: !!python/object:os.system x\n", 1, "标记"),
        ("a: !secret x\n", 1, "标记"),
        ("a: 1\n---\nb: 2\n", 2, "YAML"),
        ("a: [1\n", 2, "YAML"),
        ("? [a]\n: 1\n", 1, "一个词"),
        ("", 1, "空"),
        ("# only words\n", 1, "空"),
    ],
)
def test_what_is_no_plain_yaml(text, line, word):
    with pytest.raises(DeclarationError) as caught:
        parse_document(text, "x.yaml")
    assert (caught.value.faults[0].line, word in caught.value.faults[0].message) == (line, True)


def test_a_list_where_a_mapping_belongs():
    assert faults_of("- a\n")[0].startswith("x.yaml:1:")


def test_faults_of_several_files_come_together(tmp_path):
    files = [write(tmp_path, "benefit: x\n", "a.yaml"), write(tmp_path, "- x\n- x\n", "b.yaml")]
    with pytest.raises(DeclarationError) as caught:
        load_all([*files, write(tmp_path, GOOD, "c.yaml")], Benefit)
    assert {fault.file for fault in caught.value.faults} == {str(file) for file in files}


def test_a_model_made_by_hand_has_no_document():
    made = Benefit(benefit="x", pays="person", since=dt.date(2024, 1, 1), conditions=[Condition(id="a", holds="b")])
    with pytest.raises(Fault):
        assert made.document
