"""Whom the rows speak of: people and households found in the load and in the register, by number, name beside number.

`keymap` leads every key to a `pid`: a registered person's id, or a negative number for somebody new (`newcomer`).
`home` leads every household number to an `hid` in the same way (`newhome`). `m_<table>` adds these to a table's rows.
"""

from nuanxin.kernel.cycle.loading.schema import PERSON_KEYS, tables
from nuanxin.kernel.cycle.loading.staging import Staging
from nuanxin.kernel.registry.selectors import matching as registry
from nuanxin.kernel.registry.selectors.money import households_of

IMPLICIT = 100_000_000
CARD = "bigint varchar integer date date varchar varchar"


def match(staging: Staging) -> None:
    """Make the tables that say who is who; several people under one number are findings."""
    _held(staging)
    _people(staging)
    _implicit(staging)
    _rows_with_people(staging)
    _homes(staging)


def _keys(staging: Staging) -> str:
    """Return the query of every key that any row names."""
    parts = [f"select '{kind}' || {column} as key from t_people where {column} <> ''" for kind, column in PERSON_KEYS]
    for name, spec in tables().items():
        parts += [f"select {who} from t_{name} where {who} <> ''" for who in _whos(name, spec.has("citizen2"))]
    return " union ".join(parts)


def _whos(table: str, two: bool) -> list[str]:
    if table in ("people", "households", "organisations", "facilities"):
        return []
    return ["who", "who2"] if two else ["who"]


def _held(staging: Staging) -> None:
    """Ask the register who holds the numbers."""
    keys = [key for (key,) in staging.rows(_keys(staging))]
    staging.put("held", ("key", "person"), registry.holders_of_keys(staging.terms.county, keys), "varchar bigint")
    ids = [person for (person,) in staging.rows("select distinct person from held")]
    columns = ("person", "name", "sex", "birth", "death", "division", "county")
    staging.put("card", columns, registry.person_cards(ids), CARD)


def _people(staging: Staging) -> None:
    joins = " ".join(
        f"left join (select key, min(person) as low, max(person) as high, count(*) as n from held group by key) {kind} "
        f"on {kind}.key = '{kind}' || t.{column} and t.{column} <> ''"
        for kind, column in PERSON_KEYS
    )
    low = ", ".join(f"{kind}.low" for kind, _ in PERSON_KEYS)
    high = ", ".join(f"{kind}.high" for kind, _ in PERSON_KEYS)
    staging.con.execute(
        f"create or replace table m_people as select t.*, coalesce(least({low}), -row_number() over ()) as pid, "
        f"least({low}) as low, greatest({high}) as high from t_people t {joins}"
    )
    words = "'这些号码登记在不同的人名下，请先在居民档案里订正。'"
    staging.fault("people", "citizen", "low <> high", words, source="m_people")
    staging.con.execute(
        "create or replace table keymap as select key, min(pid) as pid, min(stated_file) as file, "
        "min(stated_row) as row from ("
        + " union all ".join(
            f"select '{kind}' || {column} as key, pid, file as stated_file, row as stated_row from m_people "
            f"where {column} <> ''"
            for kind, column in PERSON_KEYS
        )
        + ") group by key"
    )
    staging.con.execute(
        "insert into keymap select key, min(person), null, null from held "
        "where key not in (select key from keymap) group by key"
    )
    staging.con.execute(
        """create or replace table newcomer as
        select m.pid, m.name, coalesce(m.sex_v, case when c.male then '1' when c.male is not null then '2' end)::bigint
          as sex, coalesce(m.birth_v, c.birth) as birth, m.death_v as death, coalesce(m.ethnic_v, '01') as ethnic,
          m.division_v as division, nullif(m.hukou, '') as hukou, m.citizen, m.other, m.other_kind_v as other_kind,
          m.own, m.phone, m.card, m.file, m.row
        from m_people m left join citizen c on c.c = m.citizen where m.pid < 0"""
    )


def _implicit(staging: Staging) -> None:
    """People whom only a household's members or a grant name are new, too: by number, name and village."""
    staging.con.execute(
        f"""create or replace table implicit as
        with named as (
          select m.who, m.name, h.division_v as division, m.file, m.row from t_members m
            join t_households h using (household)
          union all select who, name, division_v, file, row from t_grants where division_v <> '')
        select who, min(name) as name, max(name) as other_name, min(division) as division, min(file) as file,
          min(row) as row, -({IMPLICIT} + row_number() over (order by who)) as pid
        from named where who like 'C%' and name <> '' and division <> ''
          and who not in (select key from keymap) group by who"""
    )
    staging.con.execute("insert into keymap select who, pid, file, row from implicit")
    staging.con.execute(
        """insert into newcomer
        select i.pid, i.name, case when c.male then 1 else 2 end, c.birth, null, '01', i.division, null,
          substring(i.who, 2), '', null, '', '', '', i.file, i.row
        from implicit i join citizen c on c.c = substring(i.who, 2) and c.sound"""
    )
    staging.con.execute(
        """create or replace table who_is as
        select pid, name, birth, death, division, file is not null as fresh from newcomer
        union all select person, name, birth, death, division, false from card"""
    )


def _rows_with_people(staging: Staging) -> None:
    for name, spec in tables().items():
        whos = _whos(name, spec.has("citizen2"))
        if whos:
            joins = " ".join(
                f"left join keymap k{at} on k{at}.key = nullif(t.{who}, '')" for at, who in enumerate(whos)
            )
            pids = ", ".join(f"k{at}.pid as pid{'2' if at else ''}" for at in range(len(whos)))
            staging.con.execute(f"create or replace table m_{name} as select t.*, {pids} from t_{name} t {joins}")
        elif name != "people":
            staging.con.execute(f"create or replace table m_{name} as select * from t_{name}")


def _homes(staging: Staging) -> None:
    """Find each household by its own number, else by where its members live now; the others are new."""
    terms = staging.terms
    numbers = [number for (number,) in staging.rows(
        "select household from t_households union select household from t_members union "
        "select household from t_grants union select household from t_facts"
    ) if number]  # fmt: skip
    known = list(registry.households_by_number(terms.county, numbers))
    staging.put("numbered", ("household", "hid", "division", "address"), known, "varchar bigint varchar varchar")
    members = [pid for (pid,) in staging.rows("select distinct pid from m_members where pid > 0")]
    living = households_of(members, terms.on) if members else {}
    staging.put("lives", ("pid", "hid"), living.items(), "bigint bigint")
    staging.con.execute(
        f"""create or replace table home as
        with now as (select m.household, min(l.hid) as low, max(l.hid) as high from m_members m join lives l using (pid)
          where m.until_v is null or m.until_v > date '{terms.on}' group by m.household)
        select household, coalesce(n.hid, now.low, -row_number() over (order by household)) as hid,
          coalesce(n.hid, now.low) as registered, least(n.hid, now.low) as low, greatest(n.hid, now.high) as high,
          n.division as known_division, n.address as known_address
        from (select household from t_households where household <> '' union select household from numbered) h
        left join numbered n using (household) left join now using (household)"""
    )
