"""The control totals that two people sign: what each table states, how much of it is new, how much stays behind."""

from dataclasses import dataclass

from nuanxin.kernel.cycle.loading.schema import tables
from nuanxin.kernel.cycle.loading.staging import Staging


@dataclass(frozen=True)
class Total:
    """A line of the totals: rows stated, rows that stay behind, rows that are there already; money in fen."""

    code: str
    label: str
    rows: int
    left_out: int
    known: int = 0
    fen: int = 0
    left_out_fen: int = 0

    @property
    def accepted(self) -> int:
        """Return how many rows would be loaded or are there already."""
        return self.rows - self.left_out


def totals_of(staging: Staging) -> list[Total]:
    """Return the totals in the order of the tables, grants by benefit and debts by kind below theirs."""
    found: list[Total] = []
    for name, spec in tables().items():
        if not staging.filled(name):
            continue
        rows = staging.number(f"select count(*) from t_{name}")
        bad = staging.number(f"select count(*) from bad where name = '{name}'")
        found.append(Total(name, spec.title, rows, bad, _known(staging, name)))
        if name == "grants":
            found += _grants(staging)
        if name == "debts":
            found += _debts(staging)
    return found


KNOWN = {
    "people": "select count(*) from m_people where pid > 0",
    "households": "select count(*) from t_households join home using (household) where hid > 0",
    "members": "select count(*) from m_members m join home h using (household) join lived l using (pid) "
    "where l.hid = h.hid",
    "relations": "select count(*) from m_relations m join related r on r.pid = m.pid and r.pid2 = m.pid2 "
    "and r.kind = m.kind_v",
    "accounts": "select count(*) from m_accounts join card_of using (number)",
    "organisations": "select count(*) from t_organisations join firm using (uscc)",
    "facilities": "select count(*) from t_facilities t join place p on p.division = t.division_v and p.name = t.name",
    "grants": "select count(*) from stated_grant join passed using (benefit_v, subject)",
}


def _known(staging: Staging, name: str) -> int:
    return staging.number(KNOWN[name]) if name in KNOWN else 0


def _grants(staging: Staging) -> list[Total]:
    rows = staging.rows(
        """select s.benefit_v, any_value(s.title), count(distinct s.subject),
          count(distinct case when b.row is not null then s.subject end),
          count(distinct case when p.subject is not null then s.subject end),
          sum(s.stated)::bigint, coalesce(sum(case when b.row is not null then s.stated end), 0)::bigint
        from stated_grant s left join bad b on b.name = 'grants' and b.file = s.file and b.row = s.row
          left join passed p on p.benefit_v = s.benefit_v and p.subject = s.subject
        where s.benefit_v is not null group by s.benefit_v order by s.benefit_v"""
    )
    return [Total(f"grants:{code}", title, n, bad, known, fen, lost) for code, title, n, bad, known, fen, lost in rows]


def _debts(staging: Staging) -> list[Total]:
    rows = staging.rows(
        """select d.kind_v, any_value(d.kind), count(*), count(b.row), sum(d.fen_v)::bigint,
          coalesce(sum(case when b.row is not null then d.fen_v end), 0)::bigint
        from t_debts d left join bad b on b.name = 'debts' and b.file = d.file and b.row = d.row
        where d.kind_v is not null group by d.kind_v order by d.kind_v"""
    )
    return [Total(f"debts:{code}", label, n, bad, 0, fen or 0, lost) for code, label, n, bad, fen, lost in rows]


def grant_totals(staging: Staging) -> tuple[int, int, int, int]:
    """Return households, persons, number and fen a month of the grants to be made: not there yet, without a fault."""
    new = (
        "(benefit_v, subject) not in (select benefit_v, subject from passed) "
        "and (file, row) not in (select file, row from bad where name = 'grants')"
    )
    (homes, grants, fen), *_ = staging.rows(
        "select count(distinct household) filter (pays = 'household'), count(distinct (benefit_v, subject)), "
        f"coalesce(sum(stated), 0)::bigint from stated_grant where benefit_v is not null and {new}"
    )
    persons = staging.number(
        "select count(distinct who) from ("
        f"select 'p' || pid as who from stated_grant where pays = 'person' and pid is not null and {new} "
        f"union all select 'p' || c.pid from stated_grant s join counted c using (household) "
        f"where pays = 'household' and {new.replace('(file, row)', '(s.file, s.row)')})"
    )
    return int(homes), persons, int(grants), int(fen)
