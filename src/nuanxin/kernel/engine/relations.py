"""A program of relations: layered CTE text that DuckDB, SQLite and Spark run after rendering."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from nuanxin.kernel.core.crypto import sm3_hex


@dataclass(frozen=True)
class Column:
    """One column of a result: its type, the denominator of a fraction, and the words for it."""

    name: str
    kind: str
    unit: str = ""
    denominator: int = 1
    label: str = ""


@dataclass(frozen=True)
class Relation:
    """A named select in the neutral dialect; `kept` ones are read more than once and become tables."""

    name: str
    sql: str
    kept: bool = False


@dataclass(frozen=True)
class Output:
    """A relation that a run stores, with its columns in order and the column it is sorted by."""

    relation: str
    columns: tuple[Column, ...]
    order_by: tuple[str, ...]


@dataclass(frozen=True)
class Program:
    """Relations in order; each reads inputs and earlier relations only."""

    relations: tuple[Relation, ...]
    outputs: tuple[Output, ...]

    @property
    def text(self) -> str:
        """Return the whole program as one readable text."""
        return "\n\n".join(f"-- {r.name}{' (kept)' if r.kept else ''}\n{r.sql}" for r in self.relations)

    @property
    def sm3(self) -> str:
        """Return the SM3 of the text."""
        return sm3_hex(self.text)

    def statements(self) -> list[tuple[str, str]]:
        """Return (kept relation, select): each with the unkept relations it needs as CTEs in front."""
        selects: dict[str, str] = {}
        needs: dict[str, list[str]] = {}
        statements = []
        for relation in self.relations:
            read = sources(relation.sql)
            inline = [n for n in selects if n in read]
            chain = list(dict.fromkeys(d for n in inline for d in (*needs[n], n)))
            if not relation.kept:
                selects[relation.name], needs[relation.name] = relation.sql, chain
                continue
            ctes = ",\n".join(f"{n} as (\n{selects[n]}\n)" for n in chain)
            statements.append((relation.name, f"with {ctes}\n{relation.sql}" if chain else relation.sql))
        return statements


def sources(sql: str) -> set[str]:
    """Return the words that a select names as tables (`from name`, `join name`)."""
    return {b.rstrip(",)") for a, b in pairwise(sql.split()) if a.lower() in ("from", "join")}


def in_order(relations: Iterable[Relation]) -> list[Relation]:
    """Return the relations so that each stands after those it reads, otherwise as given."""
    given = {r.name: r for r in relations}
    placed: dict[str, Relation] = {}

    def place(relation: Relation) -> None:
        for name in sorted(sources(relation.sql) & given.keys()):
            if name not in placed and name != relation.name:
                place(given[name])
        placed[relation.name] = relation

    for relation in given.values():
        if relation.name not in placed:
            place(relation)
    return list(placed.values())
