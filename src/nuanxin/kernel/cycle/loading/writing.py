"""Writing what a checked load states through the registry's own verbs; after a kill it finds what is there."""

from collections.abc import Callable, Iterator, Sequence

import pyarrow as pa
from django.db import transaction

from nuanxin.kernel.core.models import Change
from nuanxin.kernel.cycle.loading.staging import Staging
from nuanxin.kernel.registry import services as registry
from nuanxin.kernel.registry.selectors import matching

BATCH = 5000
"""Rows of one transaction in a register that is in use; into an empty one everything goes at once."""
RECORD = ("person_id", "household_id", "kind", "standing", "valid_from", "valid_to", "amount_fen", "level", "code")
Progress = Callable[[str, int, int], None]


class Writer:
    """Writes people, households, relations, facts, accounts, organisations and facilities."""

    def __init__(self, staging: Staging, change: Change, progress: Progress) -> None:
        self.staging, self.change, self.progress = staging, change, progress
        self.county, self.month = staging.terms.county, staging.terms.month

    def write(self) -> None:
        """Write all tables but grants and debts."""
        self._people()
        self._organisations()
        self._households()
        self._memberships()
        self._relations()
        self._records()
        self._files()
        self._accounts()

    def _parts(self, label: str, sql: str, whole: bool) -> Iterator[pa.Table]:
        """Yield a query's rows in parts, each to be written in one transaction, and tell how far it is."""
        table = self.staging.arrow(sql)
        size = max(1, table.num_rows) if whole else BATCH
        for start in range(0, table.num_rows, size):
            self.progress(label, start, table.num_rows)
            yield table.slice(start, size)

    def _remember(self, name: str, rows: list[tuple[int, int]]) -> None:
        self.staging.put(name, ("given", "id"), rows, "bigint bigint")

    def _people(self) -> None:
        found: list[tuple[int, int]] = []
        sql = "select * from newcomer order by row, pid desc"
        for part in self._parts("居民", sql, not matching.anybody()):
            with transaction.atomic():
                ids = registry.load_people(change=self.change, table=self._person_columns(part)).to_pylist()
                self._other_numbers(part, ids)
            found += zip(part["pid"].to_pylist(), ids, strict=True)
        self._remember("new_person", found)
        self.staging.con.execute(
            "create or replace table person_id as select pid, coalesce(n.id, pid) as id, name, division from who_is "
            "left join new_person n on n.given = pid"
        )

    def _person_columns(self, part: pa.Table) -> pa.Table:
        columns = {"county": pa.repeat(self.county, part.num_rows)}
        for name in ("division", "name", "sex", "birth", "death", "ethnic"):
            columns[name] = part[name]
        columns["hukou_county"] = part["hukou"]
        columns["citizen_id"], columns["phone"], columns["disability_card"] = (
            part["citizen"],
            part["phone"],
            part["card"],
        )
        return pa.table(columns)

    def _other_numbers(self, part: pa.Table, ids: list[int]) -> None:
        rows = []
        for person, row in zip(ids, part.select(["other", "other_kind", "own"]).to_pylist(), strict=True):
            if row["other"]:
                rows.append((person, row["other_kind"], row["other"]))
            if row["own"]:
                rows.append((person, "own_number", matching.own_number(self.county, row["own"])))
        if rows:
            persons, kinds, numbers = zip(*rows, strict=True)
            table = pa.table({"person_id": pa.array(persons, pa.int64()), "kind": kinds, "number": numbers})
            registry.load_identifiers(change=self.change, table=table)

    def _organisations(self) -> None:
        new = "select uscc, name, kind_v from t_organisations where uscc not in (select uscc from firm) order by row"
        for uscc, name, kind in self.staging.rows(new):
            registry.register_organisation(change=self.change, county=self.county, uscc=uscc, name=name, kind=kind)
        codes = [code for (code,) in self.staging.rows("select uscc from firm union select uscc from t_organisations")]
        found = list(matching.organisations_by_uscc(codes))
        self.staging.put("firm", ("uscc", "id", "name", "kind"), found, "varchar bigint varchar varchar")
        new = (
            "select t.name, t.kind_v, t.division_v, f.id, t.address from t_facilities t left join firm f using (uscc) "
            "where not exists "
            "(select 1 from place p where p.division = t.division_v and p.name = t.name) order by t.row"
        )
        for name, kind, division, organisation, address in self.staging.rows(new):
            registry.register_facility(
                change=self.change,
                division=division,
                name=name,
                kind=kind,
                organisation_id=organisation,
                address=address,
            )

    def _households(self) -> None:
        found: list[tuple[int, int]] = []
        sql = (
            f"select h.hid, '{self.county}' as county, t.division_v as division, t.address, t.household as number, "
            f"coalesce(t.opened_v, date '{self.month}') as opened from t_households t join home h using (household) "
            "where h.hid < 0 order by t.row"
        )
        for part in self._parts("家庭", sql, False):
            ids = registry.load_households(change=self.change, table=part.drop_columns(["hid"])).to_pylist()
            found += zip(part["hid"].to_pylist(), ids, strict=True)
        self._remember("new_home", found)
        self.staging.con.execute(
            "create or replace table home_id as select household, coalesce(n.id, hid) as id from home "
            "left join new_home n on n.given = hid"
        )

    def _memberships(self) -> None:
        """Let everybody who lives nowhere yet join; ended stretches are written where none stands."""
        sql = (
            "select h.id as household_id, p.id as person_id, m.role_v as role, "
            f"coalesce(m.since_v, date '{self.month}') as valid_from, m.until_v as valid_to, "
            "m.counted_v = '1' as counted, m.reason as exclusion_reason "
            "from m_members m join home_id h using (household) join person_id p using (pid) "
            "where m.pid not in (select pid from lived) "
            f"and (m.until_v is null or m.until_v > coalesce(m.since_v, date '{self.month}')) order by m.file, m.row"
        )
        for part in self._parts("成员", sql, False):
            registry.load_memberships(change=self.change, table=part)

    def _relations(self) -> None:
        sql = (
            "select a.id as person_id, b.id as other_id, m.kind_v as kind, "
            f"coalesce(m.since_v, date '{self.month}') as valid_from, m.until_v as valid_to "
            "from m_relations m join person_id a on a.pid = m.pid join person_id b on b.pid = m.pid2 where not exists "
            "(select 1 from related r where r.pid = m.pid and r.pid2 = m.pid2 and r.kind = m.kind_v) "
            "order by m.file, m.row"
        )
        for part in self._parts("关系", sql, False):
            registry.load_relations(change=self.change, table=part)

    def _records(self) -> None:
        """Record what is stated otherwise than it stands; what it replaces is kept as history."""
        con = self.staging.con
        con.execute(
            "create or replace table record_of as select p.id as person_id, h.id as household_id, "
            "r.* exclude (who, household) from record r left join keymap k on k.key = nullif(r.who, '') "
            "left join person_id p on p.pid = k.pid "
            "left join home_id h on h.household = nullif(r.household, '')"
        )
        persons = [pk for (pk,) in self.staging.rows("select distinct person_id from record_of") if pk]
        homes = [pk for (pk,) in self.staging.rows("select distinct household_id from record_of") if pk]
        self._know(persons, homes)
        same = " and ".join(f"s.{column} is not distinct from r.{column}" for column in RECORD)
        sql = (
            f"select '{self.county}' as county, {', '.join(RECORD)}, source from record_of r "
            f"where not exists (select 1 from stands s where {same}) order by row"
        )
        for part in self._parts("情况", sql, False):
            registry.load_circumstances(change=self.change, table=part)

    def _know(self, persons: Sequence[int], homes: Sequence[int]) -> None:
        """Make `stands`: what is recorded of these people and households now."""
        kinds = "bigint bigint varchar varchar date date bigint bigint varchar"
        self.staging.put("stands", RECORD, matching.circumstances_now(persons, homes), kinds)

    def _files(self) -> None:
        """Open the file that a grant in force rests on, as its application would have, where none stands."""
        opens = [(code, *file) for code, rule in self.staging.terms.rules.items() for file in rule.files]
        self.staging.put("opens", ("benefit", "kind", "whose"), opens, "varchar varchar varchar")
        self.staging.con.execute(
            "create or replace table file_of as select p.id as person_id, h.id as household_id, o.kind, "
            "min(s.start_v) as valid_from from stated_grant s join opens o on o.benefit = s.benefit_v "
            "left join person_id p on p.pid = case when o.whose = 'person' then s.pid end "
            "left join home_id h on h.household = case when o.whose = 'household' then nullif(s.household, '') end "
            "where (s.benefit_v, s.subject) not in (select benefit_v, subject from passed) "
            "and coalesce(p.id, h.id) is not null group by all"
        )
        persons = [pk for (pk,) in self.staging.rows("select distinct person_id from file_of") if pk]
        homes = [pk for (pk,) in self.staging.rows("select distinct household_id from file_of") if pk]
        self._know(persons, homes)
        sql = (
            f"select '{self.county}' as county, person_id, household_id, kind, 'verified' as standing, valid_from, "
            "cast(null as date) as valid_to, cast(null as bigint) as amount_fen, cast(null as bigint) as level, "
            "cast(null as varchar) as code, '在享待遇' as source from file_of f where not exists ("
            "select 1 from stands s where s.kind = f.kind and s.person_id is not distinct from f.person_id "
            "and s.household_id is not distinct from f.household_id and s.valid_to is null) order by all"
        )
        for part in self._parts("情况", sql, False):
            registry.load_circumstances(change=self.change, table=part)

    def _accounts(self) -> None:
        sql = (
            f"select '{self.county}' as county, p.id as holder_id, f.id as organisation_id, "
            "m.bank as bank_code, m.number from m_accounts m left join person_id p using (pid) "
            "left join firm f on f.uscc = m.uscc "
            "where m.number not in (select number from card_of) order by m.file, m.row"
        )
        for part in self._parts("账户", sql, False):
            registry.load_accounts(change=self.change, table=part)
