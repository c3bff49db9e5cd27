"""People, their numbers and their accounts, many at once."""

import pyarrow as pa
import pyarrow.compute as pc
from django.db import transaction

from nuanxin.kernel.core import clock, crypto
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.identifiers import birth_faults, number_spellings
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.core.names import name_faults, normal_names, normal_number
from nuanxin.kernel.registry.enums import IdentifierKind, Sex
from nuanxin.kernel.registry.initials import initials_of_many
from nuanxin.kernel.registry.models import BankAccount, Person, PersonIdentifier
from nuanxin.kernel.registry.services.bulk.writing import (
    ID,
    add_constants,
    check_divisions,
    give_ids,
    refuse_rows,
    rename,
    write,
)
from nuanxin.kernel.registry.services.tables import Columns, conform, refuse_unless_in

NUMBER_COLUMNS = ("citizen_id", "phone", "disability_card")
CITIZEN_PATTERN = "^[0-9]{17}[0-9X]$"
PEOPLE = Columns(
    needed={
        "county": pa.string(),
        "division": pa.string(),
        "name": pa.string(),
        "sex": pa.int64(),
        "birth": pa.date32(),
    },
    optional={
        **ID,
        "death": pa.date32(),
        "hukou_county": pa.string(),
        "ethnic": pa.string(),
        **dict.fromkeys(NUMBER_COLUMNS, pa.string()),
    },
    defaults={"ethnic": "01"},
    nullable=frozenset({"birth"}),
)
IDENTIFIERS = Columns(
    needed={"person_id": pa.int64(), "kind": pa.string(), "number": pa.string()},
    optional={"valid_from": pa.date32(), "valid_to": pa.date32()},
)
ACCOUNTS = Columns(
    needed={"county": pa.string(), "holder_id": pa.int64(), "bank_code": pa.string(), "number": pa.string()},
    optional={**ID, "organisation_id": pa.int64(), "valid_from": pa.date32(), "valid_to": pa.date32()},
    nullable=frozenset({"holder_id"}),
)


@transaction.atomic
def load_people(*, change: Change, table: pa.Table) -> pa.Int64Array:
    """Add people with the plain numbers in `citizen_id`, `phone`, `disability_card`; return their ids in order."""
    rows = conform(table, PEOPLE)
    check_divisions(rows)
    refuse_unless_in(rows, "sex", list(Sex.values), "性别代码")
    rows = _with_names(rows)
    _check_births(rows)
    rows = give_ids(rows, Person)
    write(Person, _person_columns(rows, change), change)
    for kind in NUMBER_COLUMNS:
        held = rows.filter(pc.and_(pc.is_valid(rows[kind]), pc.not_equal(rows[kind], "")))
        if held.num_rows:
            _write_numbers(pa.table({"person_id": held["id"], "number": held[kind]}), kind, change)
    return rows["id"].combine_chunks()


def _with_names(rows: pa.Table) -> pa.Table:
    """Return the table with names in their one form; Refused with the first row whose name has a fault."""
    names = normal_names(rows["name"].to_pylist())
    faults = {name: found[0] for name in set(names) if (found := name_faults(name))}
    for row, name in enumerate(names if faults else [], 1):
        if name in faults:
            raise Refused("person.name", f"第 {row} 行：{faults[name]}", "请补齐或更正姓名。")
    return rows.set_column(rows.column_names.index("name"), "name", pa.array(names, pa.string()))


def _check_births(rows: pa.Table) -> None:
    """Refuse the first row whose date of birth cannot be; most tables are settled by their earliest and latest."""
    today = clock.today()
    ends = pc.min_max(rows["birth"]).as_py()
    if not any(day and birth_faults(day, today) for day in ends.values()):
        return
    days = zip(rows["birth"].to_pylist(), rows["death"].to_pylist(), strict=True)
    for row, (birth, death) in enumerate(days, 1):
        if birth and (faults := birth_faults(birth, death or today)):
            raise Refused("person.birth", f"第 {row} 行：{faults[0]}", "请核对出生日期。")


def _person_columns(rows: pa.Table, change: Change) -> pa.Table:
    """Return the columns of the person table: no number, the initials added."""
    table = rename(rows.drop_columns(list(NUMBER_COLUMNS)), division="division_id")
    here = pc.coalesce(table["hukou_county"], table["county"])
    table = table.set_column(table.column_names.index("hukou_county"), "hukou_county", here)
    table = table.append_column("initials", pa.array(initials_of_many(table["name"].to_pylist())))
    return add_constants(table, change_id=change.pk)


def _write_numbers(rows: pa.Table, kind: str, change: Change) -> None:
    empty = pa.nulls(rows.num_rows, pa.date32())
    _write_identifiers(
        add_constants(rows, kind=kind).append_column("valid_from", empty).append_column("valid_to", empty), change
    )


@transaction.atomic
def load_identifiers(*, change: Change, table: pa.Table) -> int:
    """Add plain numbers of people, encrypted and blind; return how many. Numbers held so far are not ended."""
    rows = conform(table, IDENTIFIERS)
    refuse_unless_in(rows, "kind", list(IdentifierKind.values), "证件类型")
    _write_identifiers(rows, change)
    return int(rows.num_rows)


def _write_identifiers(rows: pa.Table, change: Change) -> None:
    rows = _upgraded(_normal(rows))
    form = pc.match_substring_regex(rows["number"], CITIZEN_PATTERN)
    wrong = pc.and_(pc.equal(rows["kind"], IdentifierKind.CITIZEN_ID.value), pc.invert(form))
    refuse_rows(wrong, "identifier.faulty", "第 {row} 行的公民身份号码不是18位。", "请更正后重新载入。")
    write(PersonIdentifier, add_constants(_sealed(rows), change_id=change.pk), change)


def _normal(rows: pa.Table) -> pa.Table:
    """Return the table with numbers in their one form."""
    plain = pa.array([normal_number(number) for number in rows["number"].to_pylist()], pa.string())
    return rows.set_column(rows.column_names.index("number"), "number", pa.chunked_array([plain]))


def _upgraded(rows: pa.Table) -> pa.Table:
    """Return the table with old 15-digit citizen numbers in the 18 characters they became."""
    old = pc.and_(pc.equal(rows["kind"], IdentifierKind.CITIZEN_ID.value), pc.equal(pc.utf8_length(rows["number"]), 15))
    if not pc.any(old).as_py():
        return rows
    both = zip(rows["number"].to_pylist(), old.to_pylist(), strict=True)
    made = pa.array([number_spellings(number)[-1] if is_old else number for number, is_old in both], pa.string())
    return rows.set_column(rows.column_names.index("number"), "number", pa.chunked_array([made]))


def _sealed(rows: pa.Table) -> pa.Table:
    """Return the table with the plain `number` replaced by ciphertext, key, blind index and tail."""
    plain = rows["number"].to_pylist()
    ciphers, key_id = crypto.encrypt_many(plain)
    made = rows.drop_columns(["number"])
    made = made.append_column("cipher", pa.array(ciphers, pa.binary()))
    made = made.append_column("blind", pa.array(crypto.blind_many(plain), pa.binary()))
    made = made.append_column("tail", pc.utf8_slice_codeunits(rows["number"], -4))
    return add_constants(made, key_id=key_id)


@transaction.atomic
def load_accounts(*, change: Change, table: pa.Table) -> pa.Int64Array:
    """Add bank accounts with their plain numbers, encrypted and blind; return their ids in order."""
    rows = give_ids(_normal(conform(table, ACCOUNTS)), BankAccount)
    both = pc.equal(pc.is_valid(rows["holder_id"]), pc.is_valid(rows["organisation_id"]))
    refuse_rows(both, "account.holder", "第 {row} 行的账户须属于一个人或一个单位。", "请更正后重新载入。")
    wrong = pc.invert(pc.match_substring_regex(rows["number"], "^[0-9]{8,30}$"))
    refuse_rows(wrong, "account.number", "第 {row} 行的银行账号不是8至30位数字。", "请更正后重新载入。")
    write(BankAccount, add_constants(_sealed(rows), change_id=change.pk), change)
    return rows["id"].combine_chunks()
