"""Which rows may be loaded: those without a fault whose people, households and accounts are without one, too."""

from nuanxin.kernel.cycle.loading.reading import FAULT
from nuanxin.kernel.cycle.loading.schema import tables
from nuanxin.kernel.cycle.loading.staging import Staging
from nuanxin.kernel.cycle.loading.texts import quoted

ROUNDS = 4
LEFT_OUT = "同一人、同一户或同一待遇的其他行有错，这一行一并留下。"


def make_bad(staging: Staging) -> None:
    """Make `bad`: table, file and row of everything that stays behind, and the findings that say why."""
    bad_as_found(staging)
    stated = staging.number("select count(*) from bad")
    if not stated:
        return
    staging.con.execute("create or replace table stated_bad as select * from bad")
    for _ in range(ROUNDS):
        before = staging.number("select count(*) from bad")
        for sql in _consequences():
            staging.con.execute(f"insert into bad select * from ({sql}) except select * from bad")
        if staging.number("select count(*) from bad") == before:
            break
    for name, spec in tables().items():
        staging.con.execute(
            f"insert into finding select {quoted(spec.title)}, file, row, '', {quoted(LEFT_OUT)}, {quoted(FAULT)} "
            f"from (select * from bad except select * from stated_bad) where name = {quoted(name)}"
        )


def bad_as_found(staging: Staging) -> None:
    """Make `bad` of the findings alone."""
    titles = ", ".join(f"({quoted(name)}, {quoted(spec.title)})" for name, spec in tables().items())
    staging.con.execute(
        f"create or replace table bad as select distinct n.name, f.file, f.row from finding f "
        f"join (values {titles}) n(name, title) on n.title = f.tbl where f.level = {quoted(FAULT)} and f.row > 0"
    )


def _consequences() -> list[str]:
    """Return the queries of rows that follow others: of new people, households, accounts, units, grants, records."""
    people = "(select pid from m_people join bad using (file, row) where bad.name = 'people' and pid < 0)"
    queries = []
    for name, spec in tables().items():
        if spec.has("citizen") and name != "people":
            pids = "pid in {0} or pid2 in {0}" if spec.has("citizen2") else "pid in {0}"
            queries.append(f"select '{name}', file, row from m_{name} where {pids.format(people)}")
    homes = (
        "(select household from t_households join bad using (file, row) where bad.name = 'households' "
        "union select household from t_members join bad using (file, row) where bad.name = 'members')"
    )
    for name in ("households", "members", "grants", "facts"):
        queries.append(f"select '{name}', file, row from t_{name} where household <> '' and household in {homes}")
    cards = "(select number from t_accounts join bad using (file, row) where bad.name = 'accounts')"
    queries.append(f"select 'grants', file, row from t_grants where account <> '' and account in {cards}")
    firms = "(select uscc from t_organisations join bad using (file, row) where bad.name = 'organisations')"
    for name in ("accounts", "facilities"):
        queries.append(f"select '{name}', file, row from t_{name} where uscc <> '' and uscc in {firms}")
    same = "(select benefit_v, subject from stated_grant join bad using (file, row) where bad.name = 'grants')"
    queries.append(f"select 'grants', file, row from stated_grant where (benefit_v, subject) in {same}")
    records = "(select who, household, kind from stated join bad using (file, row) where bad.name = 'facts')"
    queries.append(f"select 'facts', file, row from stated where (who, household, kind) in {records}")
    return queries


def drop_bad(staging: Staging) -> None:
    """Leave the rows that stay behind out of every table; what is left is to be checked again."""
    for name in tables():
        staging.con.execute(
            f"delete from t_{name} where (file, row) in (select file, row from bad where name = {quoted(name)})"
        )
