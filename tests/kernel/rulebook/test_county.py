"""A county assessed from the operational database: receipts, the counter, releases, what-if."""

import datetime as dt
import shutil
from pathlib import Path

import duckdb
import pytest

from nuanxin.kernel.core.errors import Fault, Refused
from nuanxin.kernel.engine.services import take_snapshot
from nuanxin.kernel.registry import services as registry
from nuanxin.kernel.rulebook import books, releases, selectors, services
from nuanxin.kernel.rulebook.models import AssessmentRun
from nuanxin.kernel.rulebook.services.runs import _run
from tests.factories.county import SmallCounty

COUNTY, MARCH, APRIL = "340223", dt.date(2024, 3, 1), dt.date(2024, 4, 1)
STANDARD = 77_000


class Home:
    """A household on file with wages, an old member and a disabled one."""

    def __init__(self) -> None:
        self.county = SmallCounty()
        self.head = self.county.person("王一", birth=dt.date(1970, 1, 1))
        self.old = self.county.person("王二", birth=dt.date(1934, 3, 20))
        self.disabled = self.county.person("王三", birth=dt.date(2000, 1, 1))
        self.household = self.county.household(self.head, self.old, self.disabled)
        self.record("assistance_file", household_id=self.household.pk)
        self.record("property_ok", household_id=self.household.pk, level=1)
        self.record("wage_year", person_id=self.head.pk, amount_fen=1_200_000)
        self.record("disability", person_id=self.disabled.pk, level=1, code="4")

    def record(self, kind: str, **values: object) -> None:
        values.setdefault("standing", "verified")
        registry.record_circumstance(
            change=self.county.change, kind=kind, valid_from=dt.date(2023, 1, 1), source="测试", **values
        )


@pytest.fixture
def home(db: None) -> Home:
    return Home()


@pytest.mark.db
def test_receipts_of_a_county_and_of_the_counter_agree(home: Home) -> None:
    run = services.assess_county(county=COUNTY, month=MARCH, snapshot=take_snapshot(county=COUNTY))
    assert (run.state, run.county, run.month) == ("done", COUNTY, MARCH)
    at_the_counter = services.assess_household(county=COUNTY, month=MARCH, household_id=home.household.pk)
    assert {r.benefit for r in at_the_counter} >= {"dibao", "gaoling_jintie", "canji_huli"}
    for receipt in at_the_counter:
        stored = selectors.read_receipt(run, receipt.benefit, receipt.subject_id)
        assert stored.to_json() | {"run_id": None, "snapshot_id": None} == receipt.to_json()


@pytest.mark.db
def test_the_receipt_says_how_the_amount_came_about(home: Home) -> None:
    found = services.assess_household(county=COUNTY, month=MARCH, household_id=home.household.pk)
    dibao = next(r for r in found if r.benefit == "dibao")
    assert dibao.granted
    parts = {c.id: c.amount_fen for c in dibao.components}
    assert parts["basic"] == 3 * STANDARD - 100_000
    assert dibao.amount_fen == sum(parts.values())
    assert {s.name: s.value for s in dibao.steps}["counted_year"] == 1_200_000
    assert sum(c.amount_fen for m in dibao.members for c in m.components) == dibao.amount_fen
    standard = next(p for p in dibao.parameters if p.name == "dibao_standard")
    assert standard.text == "770.00 元/月"
    assert standard.document
    words = services.receipt_in_words(dibao)
    assert not any("元/元" in line for line in words)
    assert words[1].startswith("结论: 符合条件, 应发 ")


@pytest.mark.db
def test_the_old_are_counted_at_the_months_before(home: Home) -> None:
    """Ninety on 20 March: the higher band counts from April."""
    for month, fen in ((MARCH, 5_000), (APRIL, 10_000)):
        run = services.assess_county(county=COUNTY, month=month, snapshot=take_snapshot(county=COUNTY))
        assert selectors.read_receipt(run, "gaoling_jintie", home.old.pk).amount_fen == fen


@pytest.mark.db
def test_only_verified_values_decide(home: Home) -> None:
    home.record("property_ok", household_id=home.household.pk, level=1, standing="observed")
    found = services.assess_household(county=COUNTY, month=MARCH, household_id=home.household.pk)
    watched = services.assess_household(county=COUNTY, month=MARCH, household_id=home.household.pk, purpose="watch")
    assert next(r for r in found if r.benefit == "dibao").granted in (True, None)
    assert next(r for r in watched if r.benefit == "dibao").granted is True


def _again(run: AssessmentRun) -> AssessmentRun:
    """Run an assessment again by the release it kept."""
    return _run(releases.read_release(run.release_id), run.month, run.snapshot, run.purpose)


def test_a_benefit_that_does_not_apply_has_no_receipt(home: Home) -> None:
    run = services.assess_county(county=COUNTY, month=MARCH, snapshot=take_snapshot(county=COUNTY))
    with pytest.raises(Refused, match="不适用"):
        selectors.read_receipt(run, "gaoling_jintie", home.head.pk)


@pytest.mark.db
def test_a_release_runs_again_when_todays_declarations_are_gone(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = services.assess_county(county=COUNTY, month=MARCH, snapshot=take_snapshot(county=COUNTY))
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.setattr(books, "PACKAGE", empty)
    monkeypatch.setattr(books.Roots, "given", lambda self: iter(()))
    monkeypatch.setattr(books.Roots, "own", lambda self: iter(()))
    again = _again(run)
    assert again.release_id == run.release_id
    for name in ("dibao", "dibao_members", "gaoling_jintie", "canji_huli", "tekun"):
        paths = [selectors.run_folder(r) / f"{name}.parquet" for r in (run, again)]
        one, other = (duckdb.execute(f"select * from '{p}'").fetchall() for p in paths)
        assert one == other
    assert one is not None


def test_an_altered_release_is_not_run(home: Home) -> None:
    run = services.assess_county(county=COUNTY, month=MARCH, snapshot=take_snapshot(county=COUNTY))
    path = selectors.store.absolute(run.release.folder) / "release.json"
    path.write_text(path.read_text("utf-8").replace("770", "777"), "utf-8")
    releases._read.cache_clear()
    with pytest.raises(Fault, match="altered"):
        _again(run)


def test_the_same_law_is_one_release(home: Home) -> None:
    snapshot = take_snapshot(county=COUNTY)
    runs = [services.assess_county(county=COUNTY, month=m, snapshot=snapshot) for m in (MARCH, APRIL)]
    assert runs[0].release_id == runs[1].release_id


def test_receipts_hold_keys_and_no_names(home: Home) -> None:
    run = services.assess_county(county=COUNTY, month=MARCH, snapshot=take_snapshot(county=COUNTY))
    folder = selectors.run_folder(run)
    for path in folder.glob("*.parquet"):
        text = str(duckdb.execute(f"select * from '{path}'").fetchall())
        assert "王" not in text


def test_what_if_the_standard_rose(home: Home) -> None:
    snapshot = take_snapshot(county=COUNTY)
    answer = services.whatif(county=COUNTY, month=MARCH, changes={"dibao_standard": "+10%"}, snapshot=snapshot)
    dibao = next(b for b in answer.benefits if b.benefit == "dibao")
    assert (dibao.gainers, dibao.losers, dibao.begin, dibao.end) == (1, 0, 0, 0)
    assert dibao.cost_fen >= 3 * STANDARD // 10
    assert [t.township for t in answer.townships] == ["340223100"]
    assert answer.cost_fen == sum(t.cost_fen for t in answer.townships)
    rows = duckdb.execute(f"select subject_id, after_fen - before_fen from '{answer.subjects}' where benefit = 'dibao'")
    assert rows.fetchall() == [(home.household.pk, dibao.cost_fen)]


def test_a_what_if_does_not_read_what_was_consented_for_one_case(home: Home) -> None:
    from nuanxin.kernel.engine.duck import opened
    from nuanxin.kernel.engine.selectors import snapshot_files
    from nuanxin.kernel.rulebook.assessing import compute

    home.record("obligor_household", person_id=home.disabled.pk, amount_fen=900_000, level=3)
    files, law = snapshot_files(take_snapshot(county=COUNTY)), releases.law_of(COUNTY, MARCH)
    read = {}
    for purpose in ("month", "whatif"):
        with opened(scanner=False) as con:
            compute(con, law, files, MARCH, purpose)
            read[purpose] = {kind for (kind,) in con.execute("select distinct kind from circumstance").fetchall()}
    assert read["month"] - read["whatif"] == {"obligor_household"}
    assert "wage_year" in read["whatif"]


def test_results_in_one_statement_are_those_of_the_whole_program(home: Home) -> None:
    from nuanxin.kernel.engine.duck import opened
    from nuanxin.kernel.engine.selectors import snapshot_files
    from nuanxin.kernel.rulebook.assessing import attach, compute, results_sql

    files, law = snapshot_files(take_snapshot(county=COUNTY)), releases.law_of(COUNTY, MARCH)
    columns, key = "subject_id, granted, amount_fen", ("benefit", "subject_id")
    with opened(scanner=False) as con:
        attach(con, law, files, MARCH, "month")
        rows = con.execute(f"select benefit, {columns} from ({results_sql(law)}) order by {', '.join(key)}").fetchall()
    with opened(scanner=False) as con:
        compute(con, law, files, MARCH, "month")
        whole = [
            (code, *row)
            for code in sorted(law.plan.benefits)
            for row in con.execute(f"select {columns} from {code} order by subject_id").fetchall()
        ]
    assert rows == whole
    assert any(granted for _, _, granted, _ in rows)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"dibao_standart": "+10%"}, "没有待遇用到参数"),
        ({"dibao_standard": "10"}, "请连单位写出"),
        ({"gaoling_bands.70": "+1%"}, "没有“70”"),
    ],
)
def test_a_wrong_what_if_is_refused(home: Home, changes: dict[str, str], words: str) -> None:
    with pytest.raises(Refused, match=words):
        services.whatif(county=COUNTY, month=MARCH, changes=changes, snapshot=take_snapshot(county=COUNTY))


def test_a_pruned_snapshot_is_refused(home: Home) -> None:
    snapshot = take_snapshot(county=COUNTY)
    shutil.rmtree(selectors.store.absolute(snapshot.folder))
    snapshot.state = "pruned"
    with pytest.raises(Refused, match="快照"):
        services.assess_county(county=COUNTY, month=MARCH, snapshot=snapshot)


def test_what_is_offered(db: None) -> None:
    offered = selectors.benefits(COUNTY, MARCH)
    assert {"dibao", "gaoling_jintie", "linshi_jiuzhu"} <= set(offered)
    assert offered["gaoling_jintie"].starts == "month_after_birthday"
    assert [c[0] for c in offered["tekun"].components] == ["basic", "care"]
    shown = selectors.parameters(COUNTY, "gaoling_jintie", MARCH)
    assert all(p.document for p in shown)
    assert len(selectors.parameters(COUNTY)) > len(shown)
