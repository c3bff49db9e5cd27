"""A new standard: drafted, checked beside what is in force, simulated, approved by another person, published."""

import datetime as dt
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from nuanxin.kernel.core.changes import author_of
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.engine.services import take_snapshot
from nuanxin.kernel.rulebook import laws, layers, selectors, services
from nuanxin.kernel.rulebook.amendments import first_difference
from nuanxin.kernel.rulebook.models import Adoption, Publication
from nuanxin.kernel.rulebook.releases import law_of, local_law
from tests.factories.county import COUNTY
from tests.kernel.rulebook.test_county import Home

MARCH, APRIL = dt.date(2024, 3, 1), dt.date(2024, 4, 1)
OLD = "7.70 元"


class Desk(Home):
    """A household on file, one who drafts and one who approves."""

    def __init__(self) -> None:
        super().__init__()
        self.maker, self.checker = self.county.account("county_examiner"), self.county.account("section_chief")
        self.author = author_of(self.maker)

    def draft(self, value: str = "800 元/月", start: dt.date = APRIL, **more: object) -> Publication:
        given = {"parameter": "dibao_standard", "document": "南民〔2024〕9号", "article": "第一条"} | more
        return services.draft_value(account=self.maker, county=COUNTY, value=value, effective_from=start, **given)

    def simulated(self, **more: object) -> Publication:
        one = self.draft(**more)
        one = services.check_publication(account=self.maker, publication_id=one.pk)
        assert one.state == "checked", one.faults
        return services.simulate_publication(account=self.maker, publication_id=one.pk)

    def published(self, **more: object) -> Publication:
        one = self.simulated(**more)
        services.approve_publication(account=self.checker, publication_id=one.pk)
        return services.publish_publication(account=self.checker, publication_id=one.pk)

    def dropped(
        self, text: str = "values:\n  dibao_standard:\n    - {from: 2024-04-01, value: 900 元/月, document: 手写}\n"
    ):
        path = layers.home() / COUNTY / "parameters" / "手放.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path


@pytest.fixture
def desk(db: None) -> Desk:
    return Desk()


def standard(month: dt.date) -> str | None:
    value = local_law(COUNTY).parameters["dibao_standard"].on(month)
    return value and value.value


@pytest.fixture(autouse=True)
def no_months():
    """The rulebook alone: nobody recomputes."""
    from nuanxin.kernel.rulebook.services import publications

    held = list(publications._handlers)
    publications._handlers.clear()
    yield
    publications._handlers[:] = held


@pytest.mark.db
def test_a_value_goes_from_draft_to_in_force(desk: Desk) -> None:
    one = desk.simulated()
    assert standard(APRIL) == "770 元/月"
    assert one.figures["month"] == "2024-04"
    assert "dibao" in one.benefits
    row = next(b for b in one.figures["benefits"] if b["key"] == "dibao")
    assert (row["subjects"], row["gainers"], row["losers"]) == (1, 1, 0)
    services.approve_publication(account=desk.checker, publication_id=one.pk)
    assert standard(APRIL) == "770 元/月"
    one = services.publish_publication(account=desk.checker, publication_id=one.pk)
    assert (one.state, one.maker_id, one.checker_id) == ("published", desk.maker.pk, desk.checker.pk)
    assert (standard(MARCH), standard(APRIL)) == ("770 元/月", "800 元/月")
    assert one.release_id == law_of(COUNTY, APRIL).sm3
    used = next(p for p in selectors.parameters(COUNTY, "dibao", APRIL) if p.name == "dibao_standard")
    assert (used.document, used.article) == ("南民〔2024〕9号", "第一条")
    assert not layers.unpublished(COUNTY, selectors.adopted(COUNTY).layer)


@pytest.mark.db
def test_the_maker_never_approves(desk: Desk) -> None:
    one = desk.simulated()
    with pytest.raises(Refused, match="没有"):
        services.approve_publication(account=desk.maker, publication_id=one.pk)
    one.maker = desk.checker
    one.save()
    with pytest.raises(Refused, match="不能核准自己"):
        services.approve_publication(account=desk.checker, publication_id=one.pk)
    for values in ({"checker": desk.checker}, {"state": "published"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Publication.objects.filter(pk=one.pk).update(**values)


def test_all_faults_are_shown_with_file_and_line_and_nothing_in_force_is_touched(desk: Desk) -> None:
    name = f"{COUNTY}/parameters/错.yaml"
    text = "values:\n  dibao_standard:\n    - {from: 2024-04-01, value: 八百, document: 文}\n  nothing:\n    - {from: 2024-04-01, value: 1 元/月, document: 文}\n"
    before = law_of(COUNTY, APRIL).sm3
    one = services.draft_files(
        account=desk.maker, county=COUNTY, files={name: text}, title="错的", effective_from=APRIL
    )
    one = services.check_publication(account=desk.maker, publication_id=one.pk)
    assert one.state == "draft"
    assert {(f["file"], f["line"]) for f in one.faults} == {(name, 3), (name, 4)}
    assert law_of(COUNTY, APRIL).sm3 == before
    assert not (layers.home() / name).exists()
    with pytest.raises(Refused, match="没有通过检查"):
        services.simulate_publication(account=desk.maker, publication_id=one.pk)
    one = services.amend_publication(
        account=desk.maker,
        publication_id=one.pk,
        files={name: text.split("  nothing")[0].replace("八百", "800 元/月")},
        effective_from=APRIL,
    )
    assert services.check_publication(account=desk.maker, publication_id=one.pk).state == "checked"


def test_a_draft_that_alters_earlier_months_than_it_says_or_nothing_is_a_fault(desk: Desk) -> None:
    name, text = (
        f"{COUNTY}/parameters/早.yaml",
        "values:\n  dibao_standard:\n    - {{from: {}, to: 2024-05-01, value: {}, document: 文}}\n",
    )
    for start, value, words in (
        ("2024-03-01", "800 元/月", "早于写明的起效日"),
        ("2024-04-01", "770 元/月", "没有改动任何"),
    ):
        one = services.draft_files(
            account=desk.maker, county=COUNTY, files={name: text.format(start, value)}, title="早", effective_from=APRIL
        )
        assert words in services.check_publication(account=desk.maker, publication_id=one.pk).faults[0]["message"]


@pytest.mark.db
def test_text_or_law_changed_after_the_what_if_must_be_simulated_again(desk: Desk) -> None:
    first, second = desk.simulated(), desk.simulated(value="810 元/月", start=dt.date(2024, 5, 1))
    for one in (first, second):
        services.approve_publication(account=desk.checker, publication_id=one.pk)
    services.publish_publication(account=desk.checker, publication_id=first.pk)
    with pytest.raises(Refused, match="又有改动"):
        services.publish_publication(account=desk.checker, publication_id=second.pk)
    assert standard(dt.date(2024, 5, 1)) == "800 元/月"


def test_a_file_dropped_by_hand_is_seen_and_the_month_does_not_run_on_it(desk: Desk) -> None:
    services.settle_law(county=COUNTY, month=MARCH, author=desk.author)
    path = desk.dropped()
    layer = selectors.adopted(COUNTY).layer
    assert [(one.file, one.how) for one in layers.unpublished(COUNTY, layer)] == [
        (f"{COUNTY}/parameters/手放.yaml", "new")
    ]
    with pytest.raises(Refused, match="与发布的不一致"):
        services.settle_law(county=COUNTY, month=MARCH, author=desk.author)
    one = services.take_in_files(account=desk.maker, county=COUNTY, title="手放的", effective_from=APRIL)
    assert not path.exists()
    assert "900 元/月" in one.files[f"{COUNTY}/parameters/手放.yaml"]
    services.settle_law(county=COUNTY, month=MARCH, author=desk.author)
    assert services.check_publication(account=desk.maker, publication_id=one.pk).state == "checked"


def test_a_published_file_edited_or_removed_by_hand_can_be_put_back(desk: Desk) -> None:
    one = desk.published()
    path = layers.home() / next(iter(one.files))
    for spoil in (lambda: path.write_text(path.read_text("utf-8").replace("800", "850"), "utf-8"), path.unlink):
        spoil()
        with pytest.raises(Refused, match="发布后被"):
            services.settle_law(county=COUNTY, month=APRIL, author=desk.author)
        draft = services.take_in_files(account=desk.maker, county=COUNTY, title="", effective_from=APRIL)
        services.withdraw_publication(account=desk.maker, publication_id=draft.pk, reason="误改")
        assert "800" in path.read_text("utf-8")
        services.settle_law(county=COUNTY, month=APRIL, author=desk.author)


def test_what_is_published_is_not_withdrawn(desk: Desk) -> None:
    one = desk.published()
    with pytest.raises(Refused, match="已经发布"):
        services.withdraw_publication(account=desk.maker, publication_id=one.pk, reason="写错了")


@pytest.mark.parametrize(
    ("name", "words"),
    [("../x.yaml", "不是本县"), ("330522/parameters/x.yaml", "不是本县"), (f"{COUNTY}/secrets/x.yaml", "不是本县")],
)
def test_only_files_of_the_own_layers_are_taken(desk: Desk, name: str, words: str) -> None:
    with pytest.raises(Refused, match=words):
        services.draft_files(account=desk.maker, county=COUNTY, files={name: "x"}, title="x", effective_from=APRIL)


@pytest.mark.db
def test_a_kept_law_is_the_law(desk: Desk) -> None:
    local = local_law(COUNTY)
    sm3 = laws.keep_law(local)
    again = laws.kept_law(sm3)
    assert laws.law_text(again) == laws.law_text(local)
    assert laws.kept_law_in(sm3, APRIL).plan.program.sm3 == law_of(COUNTY, APRIL).plan.program.sm3
    assert laws.kept_law_in(sm3, APRIL).row(APRIL) == law_of(COUNTY, APRIL).row(APRIL)
    assert first_difference(local, again) is None
    assert not laws.amended(local, again, APRIL).benefits


@pytest.mark.db
def test_a_benefits_file_is_a_new_standard_too(desk: Desk) -> None:
    name = f"{COUNTY}/benefits/gaoling.yaml"
    text = (
        "benefit: gaoling_jintie\noverrides: true\nin_force: {from: 2024-04-01}\n"
        "basis: [{document: 南民〔2024〕10号, article: 第二条}]\nsteps: {}\namount: 2 * band(gaoling_bands, age_before)\n"
    )
    body = local_law(COUNTY).benefits["gaoling_jintie"][-1][1].item
    text = text.replace("2 * band(gaoling_bands, age_before)", f"2 * ({body.amount})")
    one = services.draft_files(
        account=desk.maker, county=COUNTY, files={name: text}, title="翻倍", effective_from=APRIL
    )
    one = services.check_publication(account=desk.maker, publication_id=one.pk)
    assert one.state == "checked", one.faults
    one = services.simulate_publication(account=desk.maker, publication_id=one.pk)
    row = next(b for b in one.figures["benefits"] if b["key"] == "gaoling_jintie")
    assert (row["gainers"], row["after_fen"]) == (1, 2 * row["before_fen"])


# upgrades


@pytest.fixture
def upgraded(desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Return a verb that changes the package's own number for the county."""
    import shutil

    from nuanxin.kernel.rulebook import books

    package = tmp_path / "package"

    def change(old: str, new: str) -> None:
        if not package.exists():
            shutil.copytree(books.PACKAGE / "domains", package / "domains", ignore=shutil.ignore_patterns("*.py"))
            shutil.copytree(books.PACKAGE / "counties", package / "counties")
            shutil.copytree(books.PACKAGE / "kernel" / "rulebook" / "facts", package / "kernel" / "rulebook" / "facts")
            monkeypatch.setattr(books, "default_roots", lambda: books.Roots(package, layers.home().parent))
        for path in (package / "counties").glob("*/parameters/*.yaml"):
            path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")

    return change


def in_force(desk: Desk) -> None:
    from nuanxin.kernel.grants.services import award_grants
    from nuanxin.kernel.grants.values import Award, Covered

    people = (desk.head, desk.old, desk.disabled)
    award = Award(
        county=COUNTY, township="340223100", division="340223100001", benefit="dibao", pays="household",
        from_date=dt.date(2024, 1, 1), persons=tuple(Covered(p.pk, (("basic", 40_000),)) for p in people),
        basis="decision", household_id=desk.household.pk,
    )  # fmt: skip
    award_grants(change=desk.county.change, awards=[award])


@pytest.mark.db
def test_an_upgrade_that_changes_a_current_grant_shows_the_list_first(desk: Desk, upgraded) -> None:
    in_force(desk)
    take_snapshot(county=COUNTY)
    upgraded("nothing", "nothing")
    author = desk.author
    services.settle_law(county=COUNTY, month=MARCH, author=author)
    upgraded("770 元/月", "790 元/月")
    with pytest.raises(Refused, match="改变 1 项在享待遇"):
        services.settle_law(county=COUNTY, month=MARCH, author=author)
    proposed = Adoption.objects.get(state="proposed")
    (row,) = selectors.upgrade_rows(proposed)
    assert (row["benefit"], row["subject_id"], row["after_fen"] > row["before_fen"]) == (
        "dibao",
        desk.household.pk,
        True,
    )
    assert "790" in " ".join(proposed.why["dibao"])
    with pytest.raises(Refused, match="改变 1 项在享待遇"):
        services.settle_law(county=COUNTY, month=MARCH, author=author)
    assert Adoption.objects.filter(state="proposed").count() == 1
    services.agree_upgrade(account=desk.checker, adoption_id=proposed.pk)
    assert services.settle_law(county=COUNTY, month=MARCH, author=author).pk == proposed.pk


def test_an_upgrade_that_changes_nobody_is_adopted_at_once(desk: Desk, upgraded) -> None:
    take_snapshot(county=COUNTY)
    upgraded("nothing", "nothing")
    first = services.settle_law(county=COUNTY, month=MARCH, author=desk.author)
    upgraded("770 元/月", "790 元/月")
    second = services.settle_law(county=COUNTY, month=MARCH, author=desk.author)
    assert second.pk != first.pk
    assert second.cause == "upgrade"
    assert services.settle_law(county=COUNTY, month=MARCH, author=desk.author).pk == second.pk


def test_another_engine_is_compared_by_the_release_it_left(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    in_force(desk)
    snapshot = take_snapshot(county=COUNTY)
    author = desk.author
    services.assess_county(county=COUNTY, month=MARCH, snapshot=snapshot)
    monkeypatch.setattr(laws, "engine_sm3", lambda: "0" * 64)
    first = services.settle_law(county=COUNTY, month=MARCH, author=author)
    monkeypatch.undo()
    second = services.settle_law(county=COUNTY, month=MARCH, author=author)
    assert (second.pk != first.pk, second.cause, second.changed) == (True, "upgrade", 0)
