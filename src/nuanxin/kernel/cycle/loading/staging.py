"""The rows of a load as typed tables in a DuckDB of its own, with what is wrong with them.

`t_<table>`: `file`, `row`, each column as normal text, `<column>_v` where it has a value of another type, `who` (and
`who2`) the key of the person named. `finding`: what is wrong, not read, or otherwise than registered.
"""

import datetime as dt
import difflib
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from nuanxin.kernel.casework.values import BenefitRule
from nuanxin.kernel.core.names import normal_name, normal_number
from nuanxin.kernel.cycle.loading import texts
from nuanxin.kernel.cycle.loading.facts import KnownFact
from nuanxin.kernel.cycle.loading.reading import FAULT, NOTICE, Finding, Raw, Reading
from nuanxin.kernel.cycle.loading.schema import ColumnSpec, TableSpec, tables
from nuanxin.kernel.cycle.loading.texts import quoted
from nuanxin.kernel.registry.ethnic import ETHNIC

MOST_DISTINCT = 2000
NUMBER_TYPES = frozenset({"own", "citizen", "other", "county", "card", "uscc", "account"})
COMMON_NAME, COMMON_NUMBER = "^(?:[\u4e00-\u9fff]{1,50})?$", "^[0-9A-Z]*$"
FINDING = "tbl varchar, file integer, row bigint, col varchar, message varchar, level varchar"


@dataclass(frozen=True)
class Terms:
    """What the rows are held against: the county, its days, divisions, benefits and facts.

    `as_of` is the last day of the month up to which grants and debts are stated.
    """

    county: str
    as_of: dt.date
    today: dt.date
    divisions: Sequence[tuple[str, str, str]]
    rules: Mapping[str, BenefitRule]
    facts: Sequence[KnownFact]

    @property
    def on(self) -> dt.date:
        """Return the day on which the register is looked at: never after today."""
        return min(self.as_of, self.today)

    @property
    def month(self) -> dt.date:
        """Return the first day of the month taken over."""
        return self.as_of.replace(day=1)


class Staging:
    """The tables of one load and their findings."""

    def __init__(self, terms: Terms) -> None:
        """Open an empty DuckDB in memory that can reach nothing outside."""
        self.terms = terms
        self.files: list[str] = []
        self.numbers: dict[str, int] = {}
        self.con = duckdb.connect(config={"enable_external_access": "false", "autoinstall_known_extensions": "false"})
        self.con.execute(f"create table finding ({FINDING})")
        self.put("division", ("code", "name", "level"), terms.divisions)
        self.put("fact", KnownFact.COLUMNS, [fact.row for fact in terms.facts])

    def put(self, name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], types: str = "") -> None:
        """Make a small table of rows; `types` are its SQL types where the rows may be none, else all are text."""
        kinds = types.split() if types else ["varchar"] * len(columns)
        self.con.execute(
            f"create or replace table {name} ({', '.join(map(' '.join, zip(columns, kinds, strict=True)))})"
        )
        listed = [list(row) for row in rows]
        if listed:
            names = [f"c{at}" for at in range(len(columns))]
            data = pa.table({n: pa.array([row[at] for row in listed]) for at, n in enumerate(names)})
            self.con.register("rows_given", data)
            self.con.execute(f"insert into {name} select * from rows_given")
            self.con.unregister("rows_given")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return a query's rows."""
        return self.con.execute(sql).fetchall()

    def number(self, sql: str) -> int:
        """Return a query's one whole number."""
        found = self.con.execute(sql).fetchone()
        return int(found[0] or 0) if found else 0

    def arrow(self, sql: str) -> pa.Table:
        """Return a query as an Arrow table."""
        return self.con.execute(sql).to_arrow_table()

    def filled(self, table: str) -> bool:
        """Tell whether a table has rows."""
        return bool(self.number(f"select count(*) from t_{table}"))

    def parse(self, reading: Reading) -> None:
        """Make the typed tables of what was read, and the findings of reading."""
        self._number_files(reading)
        for name, spec in tables().items():
            parts = [raw for raw in reading.raws if raw.table == name]
            self.con.execute(f"create table t_{name} as {self._rows_of(spec, parts)}")
            self._forget(parts)
        self._tell(reading)
        self._citizens()

    def add(self, reading: Reading) -> None:
        """Add what was read to the tables that are there."""
        self._number_files(reading)
        for name, spec in tables().items():
            parts = [raw for raw in reading.raws if raw.table == name]
            if parts:
                self.con.execute(f"insert into t_{name} by name {self._rows_of(spec, parts)}")
                self._forget(parts)
        self._tell(reading)
        self._citizens()

    def _number_files(self, reading: Reading) -> None:
        """Give every file a number, after those that are there: a correction may have the name of another file."""
        names = list(dict.fromkeys([raw.file for raw in reading.raws] + [one.file for one in reading.findings]))
        self.numbers = {name: len(self.files) + at for at, name in enumerate(names)}
        self.files += names

    def _tell(self, reading: Reading) -> None:
        told = [
            (one.sheet, self.numbers[one.file], one.row, one.column, one.message, one.level) for one in reading.findings
        ]
        columns = ("tbl", "file", "row", "col", "message", "level")
        self.put("told", columns, told, "varchar integer bigint varchar varchar varchar")
        self.con.execute("insert into finding select * from told")

    def _rows_of(self, spec: TableSpec, parts: Sequence[Raw]) -> str:
        """Return the query of a table's typed rows in the files read."""
        empty = pa.table({"row": pa.array([], pa.int64())} | {c.name: pa.array([], pa.string()) for c in spec.columns})
        sources = []
        for at, raw in enumerate(parts):
            self.con.register(f"raw_{at}", _in_one_form(spec, raw.data))
            sources.append(f"select {self.numbers[raw.file]}::integer as file, * from raw_{at}")
        if not parts:
            self.con.register("raw_none", empty)
            sources.append("select 0::integer as file, * from raw_none")
        plain = ", ".join(f"{_text(column)} as {column.name}" for column in spec.columns)
        typed = "".join(f", {value} as {c.name}_v" for c in spec.columns if (value := self._value(c)))
        keys = "".join(_keys(spec))
        return f"select *{typed}{keys} from (select file, row, {plain} from ({' union all by name '.join(sources)}))"

    def _forget(self, parts: Sequence[Raw]) -> None:
        for at in range(len(parts)):
            self.con.unregister(f"raw_{at}")

    def _value(self, column: ColumnSpec) -> str:
        """Return what a cell's text means in the column's type; empty for columns that are text."""
        name = column.name
        if column.type == "benefit":
            return _word({word: code for code, rule in self.terms.rules.items() for word in (code, rule.title)}, name)
        if column.type in ("choice", "ethnic"):
            return _word(column.choices or ETHNIC, name)
        if column.type == "division":
            return f"regexp_extract({name}, '^([0-9]+)', 1)"
        return {"date": texts.day, "month": texts.month, "money": texts.fen}.get(column.type, _nothing)(name)

    def _citizens(self) -> None:
        """Hold every distinct identity number against GB 11643 once."""
        columns = [
            (name, column.name)
            for name, spec in tables().items()
            for column in spec.columns
            if column.type == "citizen"
        ]
        union = " union ".join(f"select {column} as c from t_{name} where {column} <> ''" for name, column in columns)
        self.con.execute(f"create or replace table citizen as {texts.citizens(union)}")

    def fault(self, table: str, column: str, where: str, message: str, *, level: str = FAULT, source: str = "") -> None:
        """Keep a finding for each row of a table (or of `source`) for which a condition holds; `message` is SQL."""
        label = tables()[table].column(column).label if column else ""
        self.con.execute(
            f"insert into finding select {quoted(tables()[table].title)}, file, row, {quoted(label)}, {message}, "
            f"{quoted(level)} from {source or f't_{table}'} t where {where}"
        )

    def notice(self, table: str, column: str, where: str, message: str, *, source: str = "") -> None:
        """Keep what is to be known but stops nothing."""
        self.fault(table, column, where, message, level=NOTICE, source=source)

    def unknown_words(self, table: str, column: str, where: str, choices: Sequence[str], lead: str) -> None:
        """Keep a finding for each word that is none of the choices, with the nearest of them."""
        found = self.rows(f"select distinct {column} from t_{table} t where {where} limit {MOST_DISTINCT}")
        hints = [(word, _nearest(word, choices)) for (word,) in found]
        if hints:
            self.put("hint", ("word", "hint"), hints)
            message = f"{quoted(lead)} || '“' || {column} || '”。' || hint.hint"
            source = f"(select t.*, hint.hint as hinted from t_{table} t join hint on hint.word = t.{column})"
            self.fault(table, column, where, message.replace("hint.hint", "hinted"), source=source)

    def findings(self, most: int) -> list[Finding]:
        """Return up to so many findings, faults first, as they are shown."""
        rows = self.rows(
            "select tbl, file, row, col, message, level from finding "
            f"order by level, file, tbl, row, col, message limit {most}"
        )
        return [
            Finding(self.files[file] if file < len(self.files) else "", tbl, row, col, message, level)
            for tbl, file, row, col, message, level in rows
        ]

    def faults(self) -> int:
        """Return how many findings stop a row."""
        return self.number(f"select count(*) from finding where level = {quoted(FAULT)}")

    def pack(self) -> dict[str, bytes]:
        """Return the filled tables as Parquet, to be sealed."""
        packed = {}
        for name in tables():
            if self.filled(name):
                packed[name] = _parquet(self.arrow(f"select * from t_{name}"))
        packed["finding"] = _parquet(self.arrow("select * from finding"))
        return packed

    def unpack(self, packed: Mapping[str, bytes], files: Sequence[str]) -> None:
        """Make the typed tables of what `pack` returned."""
        self.parse(Reading())
        self.con.execute("delete from finding")
        self.files = list(files)
        for name, data in packed.items():
            self.con.register("packed", pq.read_table(io.BytesIO(data)))
            target = name if name == "finding" else f"t_{name}"
            self.con.execute(f"insert into {target} select * from packed")
            self.con.unregister("packed")
        self._citizens()


def _parquet(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


def _nothing(column: str) -> str:
    return ""


def _word(choices: Mapping[str, str], column: str) -> str:
    """Return the code of a word, null for a word that is none of the choices."""
    pairs = ", ".join(f"{quoted(word)}: {quoted(code)}" for word, code in choices.items())
    return f"(map {{{pairs}}})[{column}]"


def _nearest(word: str, choices: Sequence[str]) -> str:
    near = difflib.get_close_matches(word, choices, 3, 0.4)
    if near:
        return f"最接近的是：{'、'.join(near)}。"
    return f"请从{'、'.join(choices)}中选。" if len(choices) <= 12 else "请从模板的下拉中选。"


def _in_one_form(spec: TableSpec, data: pa.Table) -> pa.Table:
    """Return a table with its names and numbers in core's one form; only the uncommon ones are looked at singly."""
    for column in spec.columns:
        normal = normal_name if column.type == "name" else normal_number if column.type in NUMBER_TYPES else None
        if normal is not None:
            place = data.column_names.index(column.name)
            common = COMMON_NAME if column.type == "name" else COMMON_NUMBER
            data = data.set_column(place, column.name, _normal(data[column.name], common, normal))
    return data


def _normal(values: pa.ChunkedArray, common: str, normal: Callable[[str], str]) -> pa.ChunkedArray:
    values = pc.fill_null(values, "")
    odd = pc.unique(values.filter(pc.invert(pc.match_substring_regex(values, common)))).to_pylist()
    if not odd:
        return values
    forms = pa.array([normal(text.strip(texts.BLANKS)) for text in odd], pa.string())
    places = pc.index_in(values, value_set=pa.array(odd, pa.string()))
    return pc.coalesce(forms.take(places.combine_chunks()), values)


def _text(column: ColumnSpec) -> str:
    """Return a cell's normal text."""
    if column.type == "name" or column.type in NUMBER_TYPES:
        return column.name
    if column.type in ("household", "code", "phone", "division"):
        return texts.half_width(texts.trimmed(column.name))
    return texts.trimmed(column.name)


def _keys(spec: TableSpec) -> Iterable[str]:
    for suffix, key in (("", "who"), ("2", "who2")):
        if spec.has(f"citizen{suffix}"):
            c, o, w = f"citizen{suffix}", f"other{suffix}", f"own{suffix}"
            yield (
                f", case when {c} <> '' then 'C' || {c} when {o} <> '' then 'O' || {o} "
                f"when {w} <> '' then 'W' || {w} else '' end as {key}"
            )
