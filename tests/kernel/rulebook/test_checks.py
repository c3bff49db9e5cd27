"""`nuanxin check`: every fault at once, with file, line and what to do."""

import datetime as dt
from pathlib import Path

import pytest

from nuanxin.kernel.core.errors import DeclarationError
from nuanxin.kernel.engine.expressions.types import parse_money, parse_number, parse_rate
from nuanxin.kernel.rulebook.books import Roots
from nuanxin.kernel.rulebook.checks import check_books
from nuanxin.kernel.rulebook.releases import law_of, local_law
from tests.kernel.rulebook.small import (
    COUNTY,
    HEAD,
    HOME,
    JUNE,
    OLD,
    PARAMETERS,
    person_benefit,
    small_law,
    write_books,
)


def messages(folder: Path, **files: str) -> list[str]:
    """Return the faults of a tree with one county in it."""
    files.setdefault("c340223__v_parameters", "values:\n  extra: [{from: 2021-01-01, value: 1 元/月, document: 文}]\n")
    report = check_books(write_books(folder, old_benefits=OLD, home_benefits=HOME, **files), with_examples=False)
    return [f"{Path(f.file).name}:{f.line}: {f.message}" for f in report.faults]


def test_what_is_right_passes(tmp_path: Path) -> None:
    assert messages(tmp_path) == []


def test_a_parameter_that_a_county_lacks_is_told_once_though_several_days_are_compiled() -> None:
    remarks = check_books(with_examples=False).remarks
    assert remarks
    reasons = [remark.partition(" ")[0] + remark.partition(":")[2] for remark in remarks]
    assert len(reasons) == len(set(reasons))


def test_all_faults_come_at_once_with_file_and_line(tmp_path: Path) -> None:
    found = messages(
        tmp_path,
        one_benefits=person_benefit("one", "standart"),
        two_benefits=person_benefit("two", condition="agee > 1"),
        x_parameters="parameters:\n  lone: {label: 无人用, type: rate, values: [{from: 2020-01-01, value: 3, document: 文}]}\n",
    )
    assert found == [
        "x.yaml:2: 参数“lone”没有被任何事实或待遇使用。请删去或改正名字; 由办案、发放读取的写 read_by。",
        "one.yaml:12: 不认识名字“standart”; 是不是 standard?",
        "two.yaml:11: 不认识名字“agee”; 是不是 age?",
    ]


VALUE = "values:\n  standard:\n    - {from: 2024-01-01, %s, document: 文}\n"


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("bad_benefits", OLD.replace("title: 甲", "titel: 甲").replace("benefit: old", "benefit: bad"), "titel"),
        ("bad_benefits", OLD.replace("benefit: old", "benefit: bad").replace("basis", "bases"), "basis"),
        ("bad_benefits", person_benefit("bad", "standard * 12"), "元/月"),
        ("bad_benefits", person_benefit("bad", "age"), "应得出金额"),
        ("bad_benefits", person_benefit("bad", "sqrt(standard)"), "没有函数“sqrt”"),
        ("bad_benefits", person_benefit("bad", condition="home.granted and home.nothing"), "home.nothing"),
        ("bad_benefits", person_benefit("bad", condition="nobody.granted"), "nobody.granted"),
        ("old2_benefits", OLD, "重叠"),
        (
            "old2_benefits",
            OLD.replace("{from: 2020-01-01}", "{from: 2018-01-01, to: 2019-01-01}"),
            "之间没有版本",
        ),
        ("c340223__w_parameters", VALUE % "value: 100 元/年", "单位应为 元/月"),
        ("c340223__w_parameters", VALUE % "value: 100", "请连单位写出"),
        ("c340223__w_parameters", VALUE % "bands: {1: 100 元/月}", "应写 value"),
        (
            "c340223__w_parameters",
            "values:\n  standart:\n    - {from: 2024-01-01, value: 1 元/月, document: 文}\n",
            "不认识的参数",
        ),
        ("c340223__w_parameters", "values:\n  standard:\n    - {from: 2024-01-01, value: 1 元/月}\n", "document"),
        (
            "c340223__w_parameters",
            VALUE % "to: 2024-03-01, value: 1 元/月" + "    - {from: 2024-02-01, value: 2 元/月, document: 文}\n",
            "重叠",
        ),
        (
            "c340223__w_parameters",
            VALUE % "to: 2024-03-01, value: 1 元/月" + "    - {from: 2024-04-01, value: 2 元/月, document: 文}\n",
            "没有规定",
        ),
        ("f2_facts", "facts:\n  age: {label: 又一个, of: person, type: date, column: birth}\n", "已经声明过"),
        ("f2_facts", "facts:\n  lost: {of: person, type: date, column: birth}\n", "label"),
        ("f2_facts", "facts:\n  lost: {label: 无, of: person, type: date, circumstance: a1}\n", "take"),
        (
            "f2_facts",
            "facts:\n  lost: {label: 无, of: person, type: money, unit: 斤, circumstance: a1, take: sum}\n",
            "absent",
        ),
        ("e_examples", "benefit: none_such\nexamples: []\n", "examples"),
        (
            "_exclusions_benefits",
            "exclusions: [{id: xx, how: refuse, drop: old, says: 说, from: 2020-01-01, basis: [{document: 文}]}]",
            "keep",
        ),
    ],
)
def test_a_fault_is_told(tmp_path: Path, name: str, text: str, words: str) -> None:
    found = messages(tmp_path, **{name: text})
    assert any(words in fault for fault in found), found


def test_steps_in_a_circle_are_printed(tmp_path: Path) -> None:
    steps = "steps:\n  one: {says: 一, is: two + 1}\n  two: {says: 二, is: one + 1}\n"
    found = messages(tmp_path, bad_benefits=person_benefit("bad") + steps)
    assert any("one → two → one" in fault for fault in found)


def test_a_step_may_not_take_a_name_that_means_something(tmp_path: Path) -> None:
    found = messages(tmp_path, bad_benefits=person_benefit("bad") + "steps:\n  age: {says: 年龄, is: age}\n")
    assert any("已是事实、参数或保留字" in fault for fault in found)


def test_the_nearest_layer_wins_then_the_latest_start(tmp_path: Path) -> None:
    roots = write_books(
        tmp_path / "package",
        c34__v_parameters="values:\n  standard: [{from: 2024-03-01, value: 1100 元/月, document: 省}]\n",
        c340223__v_parameters=(
            "values:\n  standard:\n    - {from: 2021-01-01, to: 2024-05-01, value: 1200 元/月, document: 县}\n"
            "    - {from: 2024-07-01, value: 1300 元/月, document: 县}\n"
        ),
    )
    standard = local_law(COUNTY, roots).parameters["standard"]
    months = [dt.date(2024, m, 1) for m in (1, 5, 6, 7)]
    assert [v.value for m in months if (v := standard.on(m))] == [
        "1200 元/月",
        "1100 元/月",
        "1100 元/月",
        "1300 元/月",
    ]
    assert local_law("330522", roots).parameters["standard"].on(JUNE).document == "文"  # type: ignore[union-attr]


def test_the_instance_has_the_last_word(tmp_path: Path) -> None:
    package = write_books(tmp_path / "package", old_benefits=OLD)
    own = tmp_path / "home" / "counties" / COUNTY / "parameters"
    own.mkdir(parents=True)
    (own / "mine.yaml").write_text(
        "values:\n  start_age: [{from: 2024-01-01, value: 70 岁, document: 本县}]\n", "utf-8"
    )
    law = law_of(COUNTY, JUNE, Roots(package=package.package, home=tmp_path / "home"))
    assert law.row(JUNE)["start_age"] == 70


def test_a_benefit_changes_with_its_version_and_its_county(tmp_path: Path) -> None:
    later = OLD.replace("{from: 2020-01-01}", "{from: 2024-07-01}").replace("title: 甲", "title: 乙")
    earlier = OLD.replace("{from: 2020-01-01}", "{from: 2020-01-01, to: 2024-07-01}")
    own = OLD.replace("title: 甲", "title: 丙")
    roots = write_books(tmp_path, a_benefits=earlier, b_benefits=later, c330522__old_benefits=own)
    titles = [
        law_of(c, m, roots).plan.benefits["old"].title for c in (COUNTY, "330522") for m in (JUNE, dt.date(2024, 7, 1))
    ]
    assert titles == ["甲", "乙", "丙", "丙"]


def test_a_county_gives_only_what_differs(tmp_path: Path) -> None:
    override = (
        "benefit: old\noverrides: true\nin_force: {from: 2020-01-01}\nbasis: [{document: 县办法}]\n"
        "conditions: [{id: local, says: 本县户籍, holds: hukou_county = county}]\namount: extra\n"
    )
    law = small_law(tmp_path, old_benefits=OLD, c340223__old_benefits=override)
    plan = law.plan.benefits["old"]
    assert [c.id for c in plan.conditions] == ["alive", "local"]
    assert plan.basis[0]["document"] == "县办法"
    assert "extra" in plan.parameters


def test_an_override_of_nothing_is_told(tmp_path: Path) -> None:
    text = "benefit: none_such\noverrides: true\nin_force: {from: 2020-01-01}\nbasis: [{document: 县}]\n"
    assert any("没有可以改动的版本" in fault for fault in messages(tmp_path, c340223__none_such_benefits=text))


def test_a_benefit_without_its_numbers_is_not_offered_and_says_why(tmp_path: Path) -> None:
    parameters = PARAMETERS.replace("values: [{from: 2020-01-01, value: 80 岁, document: 文}]", "values: []")
    law = small_law(
        tmp_path,
        p_parameters=parameters,
        old_benefits=OLD,
        more_benefits=person_benefit("more", condition="not old.granted"),
    )
    assert law.plan.skipped == {"old": "甲缺参数: 起始年龄(start_age)"}
    assert list(law.plan.benefits) == ["more"]


def test_faulty_declarations_assess_nothing(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match=r"bad\.yaml:1"):
        small_law(tmp_path, bad_benefits="benefit: bad\n" + HEAD)


@pytest.mark.parametrize("county", ["330522", "340223", "440303"])
@pytest.mark.parametrize("year", range(2016, 2030))
def test_the_law_of_every_month_that_a_page_may_name_compiles(county: str, year: int) -> None:
    """Also of months in which a benefit that others read is not offered yet."""
    for month in (1, 3, 4, 6, 7, 9, 10, 12):
        assert law_of(county, dt.date(year, month, 1)).plan.benefits


@pytest.mark.parametrize(
    "text",
    ["9" * 30 + " 元/年", "10000000000000.01 元", "-99999999999999999999 万元", "9" * 20 + " 岁", "9" * 16 + " 倍"],
)
def test_a_value_that_sums_could_carry_out_of_int64_is_refused(text: str) -> None:
    reader = parse_money if "元" in text else parse_rate if "倍" in text else parse_number
    with pytest.raises(ValueError, match="太大"):
        reader(text)
