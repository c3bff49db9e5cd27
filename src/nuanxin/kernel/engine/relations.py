"""A program of relations: layered CTE text that DuckDB, SQLite and Spark run after rendering."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
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
    """A named select in the neutral dialect; `kept` ones become tables: those read more than once, or pinned.

    `pinned` false keeps a relation in line although several read it: each reads few of its columns.
    """

    name: str
    sql: str
    kept: bool = False
    pinned: bool | None = None


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

    @cached_property
    def text(self) -> str:
        """Return the whole program as one readable text."""
        return "\n\n".join(f"-- {r.name}{' (kept)' if r.kept else ''}\n{r.sql}" for r in self.relations)

    @cached_property
    def sm3(self) -> str:
        """Return the SM3 of the text."""
        return sm3_hex(self.text)

    def in_one(self, select: str) -> str:
        """Return one statement for DuckDB: a select with the relations it needs in front, and no others.

        Those that several read are worked out once, without being stored as tables, and without columns nobody reads.
        """
        given = {r.name: r for r in self.relations}
        needed: set[str] = set()
        waiting = [*sources(select)]
        while waiting:
            name = waiting.pop()
            if name in given and name not in needed:
                needed.add(name)
                waiting += sources(given[name].sql)
        chosen = [r for r in self.relations if r.name in needed]
        readers = Counter(name for sql in (select, *(r.sql for r in chosen)) for name in sources(sql))
        once = {r.name: " materialized" if settled(r, readers[r.name] > 1).kept else "" for r in chosen}
        ctes = ",\n".join(f"{r.name} as{once[r.name]} (\n{r.sql}\n)" for r in chosen)
        return f"with {ctes}\n{select}" if chosen else select

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


def settled(relation: Relation, kept: bool) -> Relation:
    """Return the relation kept or not, as its pin says or else as given."""
    return replace(relation, kept=kept if relation.pinned is None else relation.pinned)


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
