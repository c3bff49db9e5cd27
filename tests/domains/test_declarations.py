"""What every declaration of the law must bring with it: a source, a sentence where there is none, and few lines."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from nuanxin.kernel.rulebook.books import Books, Roots, open_books
from nuanxin.kernel.rulebook.schema import DatedValue

MOST_LINES = 80
VECTORS = {
    "dibao": {"T-R01-1", "T-R01-2", "T-R01-3", "T-R01-4", "T-R01-7", "T-R02-2"},
    "dibao_bianyuan": {"T-R02-1"},
    "tekun": {"T-R05-1", "T-R05-2"},
    "linshi_jiuzhu": {"T-R06-1", "T-R06-2"},
    "gaoling_jintie": {"T-R08-1", "T-R08-3"},
    "shishi_wuren": {"T-R18-1", "T-R18-2", "T-R18-3", "T-R18-4"},
    "canji_shenghuo": {"T-R19-1"},
    "canji_huli": {"T-R20-1"},
    "huimin_binzang": {"T-R23-1"},
}


@pytest.fixture(scope="module")
def books() -> Books:
    return open_books(Roots())


def values_of(books: Books) -> Iterator[tuple[str, Path, DatedValue]]:
    for name, placed in books.values:
        for value in placed.item:
            yield name, Path(placed.document.file), value


def test_all_declarations_are_read_without_a_fault(books: Books) -> None:
    assert books.faults == []


def test_every_value_has_document_and_article_or_says_why_it_is_assumed(books: Books) -> None:
    bare = [
        f"{path}: {name} {v.from_}"
        for name, path, v in values_of(books)
        if not (v.article or (v.assumption and v.note))
    ]
    assert bare == []


def test_every_benefit_has_a_basis_and_its_file_is_short(books: Books) -> None:
    for code, placed in books.benefits:
        lines = len(Path(placed.document.file).read_text(encoding="utf-8").splitlines())
        assert lines < MOST_LINES, f"{code}: {Path(placed.document.file)} has {lines} lines"
        assert all(b.article or b.assumption or b.note for b in placed.item.basis), (
            f"{code}: a basis without an article"
        )


def test_every_condition_of_a_benefit_names_its_clause(books: Books) -> None:
    bare = [f"{code}.{c.id}" for code, placed in books.benefits for c in placed.item.conditions if not c.basis]
    assert bare == []


def test_every_exclusion_is_dated_and_has_a_basis_with_an_article(books: Books) -> None:
    assert len(books.exclusions) >= 7
    assert all(b.article for _, placed in books.exclusions for b in placed.item.basis)


@pytest.mark.parametrize("benefit", sorted(VECTORS))
def test_the_vectors_of_the_law_are_examples(books: Books, benefit: str) -> None:
    ids = {e.id for placed in books.examples if placed.item.benefit == benefit for e in placed.item.examples}
    missing = {v for v in VECTORS[benefit] if not any(i == v or i.startswith(f"{v}-") for i in ids)}
    assert missing == set()


def test_every_benefit_shows_a_yes_a_no_and_an_unknown(books: Books) -> None:
    shown: dict[str, set[str]] = {}
    for placed in books.examples:
        shown.setdefault(placed.item.benefit, set()).update(e.expect.granted for e in placed.item.examples)
    assert set(shown) == {code for code, _ in books.benefits}
    assert all(answers == {"true", "false", "unknown"} for answers in shown.values()), shown


def test_example_ids_are_unique(books: Books) -> None:
    ids = [(p.item.benefit, e.id) for p in books.examples for e in p.item.examples]
    assert len(ids) == len(set(ids))
