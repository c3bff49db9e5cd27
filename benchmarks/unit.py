"""The machine unit: how long this machine takes, now, for four rules in hand-written SQL over 600,000 people.

Machines differ by a factor of two, and one machine by half from minute to minute. So a budget is told in seconds and in
units: seconds divided by what this reference took in the same minute, Parquet to Parquet, on DuckDB with two threads.
`uv run python benchmarks/unit.py` prints it; every other benchmark measures it before and after its own work.
"""

import contextlib
import datetime as dt
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

COUNTY, MONTH = "340223", dt.date(2024, 6, 1)
PEOPLE, RUNS = 600_000, 5
BUDGETS = ("bounds", "budget_seconds", "budget_s", "budget_ms", "unit_seconds")  # given, not taken
TABLES = ("person", "household", "membership", "relation", "circumstance", "coverage")
TIMES = "date '2023-01-01' as valid_from, null::date as valid_to, null::timestamp as superseded_at"
WORLD = f"""
create table person as select i as id, '{COUNTY}' as county, '340223100001' as division_id, 1::bigint as sex,
    date '1925-01-01' + (i * 7919 % 36000)::int as birth, null::date as death,
    case when i % 20 = 0 then '330522' else '{COUNTY}' end as hukou_county from range(1, $n + 1) t(i);
create table household as select i as id, '{COUNTY}' as county, '340223100001' as division_id, null::date as opened,
    null::date as closed from range(1, $n // 3 + 1) t(i);
create table membership as select i as id, (i % ($n // 3)) + 1 as household_id, i as person_id, 'other' as role,
    i % 50 <> 0 as counted, {TIMES} from range(1, $n + 1) t(i);
create table relation as select i as id, i as person_id, i as other_id, 'parent' as kind, {TIMES} from range(0) t(i);
create table coverage as select i as id, i as person_id, 'dibao' as benefit, date '2023-01-01' as from_date,
    null::date as to_date from range(1, $n + 1, 9) t(i);
create table circumstance as select row_number() over () as id, *, 'verified' as standing, {TIMES} from (
    select null::bigint as person_id, i as household_id, 'assistance_file' as kind, null::bigint as amount_fen,
        null::bigint as "level", null::varchar as code from range(1, $n // 3 + 1, 4) t(i)
    union all select null, i, 'property_ok', null, (i % 13 <> 0)::bigint, null from range(1, $n // 3 + 1, 4) t(i)
    union all select i, null, 'wage_year', i * 104729 % 3000000, null, null from range(1, $n + 1, 3) t(i)
    union all select i, null, 'transfer_year', i * 7907 % 200000, null, null from range(1, $n + 1, 7) t(i)
    union all select i, null, 'illness_cost_year', i * 31337 % 900000, null, null from range(1, $n + 1, 23) t(i)
    union all select i, null, 'disability', null, 1 + i % 4, (1 + i % 7)::varchar from range(1, $n + 1, 11) t(i)
    union all select i, null, 'severe_illness', null, null, null from range(1, $n + 1, 37) t(i)
    union all select i, null, 'in_custody', null, null, null from range(1, $n + 1, 997) t(i)
    union all select i, null, 'injury_care', null, null, null from range(1, $n + 1, 501) t(i));
"""
FACTS = """
create temp table facts as
with c as (select person_id,
    max(case when kind = 'wage_year' then amount_fen end) as wage,
    max(case when kind = 'transfer_year' then amount_fen end) as transfer,
    max(case when kind = 'business_year' then amount_fen end) as business,
    max(case when kind = 'property_year' then amount_fen end) as property,
    max(case when kind = 'illness_cost_year' then amount_fen end) as illness,
    max(case when kind = 'new_job_month' then amount_fen end) as job,
    max(case when kind = 'new_job_month' then valid_from end) as job_since,
    max(case when kind = 'care_level' then "level" end) as care,
    count(case when kind = 'single_case' then 1 end) > 0 as single,
    max(case when kind = 'disability' then "level" end) as grade,
    max(case when kind = 'disability' then code end) as class,
    count(case when kind = 'severe_illness' then 1 end) > 0 as ill,
    count(case when kind = 'in_custody' then 1 end) > 0 as custody,
    count(case when kind = 'injury_care' then 1 end) > 0 as injured
  from '{circumstance}' where person_id is not null and standing = 'verified' and superseded_at is null
    and valid_from <= date '2024-06-30' and (valid_to is null or valid_to > date '2024-06-30') group by person_id),
v as (select distinct person_id from '{coverage}' where benefit = 'dibao' and from_date <= date '2024-06-30'
    and (to_date is null or to_date > date '2024-06-30')),
m as (select household_id, person_id, counted from '{membership}' where superseded_at is null
    and valid_from <= date '2024-06-30' and (valid_to is null or valid_to > date '2024-06-30'))
select p.id, m.household_id, m.counted, p.death is null or p.death > date '2024-06-30' as alive,
    p.hukou_county = '340223' as here, datesub('year', p.birth, date '2024-06-30') as age,
    datesub('year', p.birth, date '2024-05-31') as age_before, coalesce(c.wage, 0) as wage,
    coalesce(c.transfer, 0) as transfer, coalesce(c.business, 0) as business, coalesce(c.property, 0) as property,
    coalesce(c.job, 0) as job, c.job_since, coalesce(c.care, 0) as care, coalesce(c.single, false) as single,
    coalesce(c.illness, 0) as illness, coalesce(c.grade, 0) as grade,
    coalesce(c.class, '0') as class, coalesce(c.ill, false) as ill, coalesce(c.custody, false) as custody,
    coalesce(c.injured, false) as injured, v.person_id is not null as on_dibao
from '{person}' p left join c on c.person_id = p.id left join v on v.person_id = p.id left join m on m.person_id = p.id
"""
HAND = {
    "dibao": """
with h as (select household_id, count(case when kind = 'assistance_file' then 1 end) > 0 as file,
    count(case when kind = 'single_case' then 1 end) > 0 as single,
    max(case when kind = 'phase_out' then amount_fen end) as phase_fen,
    max(case when kind = 'phase_out' then valid_from end) as phase_since,
    max(case when kind = 'property_ok' then "level" end) = 1 as property from '{circumstance}'
    where household_id is not null and standing = 'verified' and superseded_at is null
    and valid_from <= date '2024-06-30' and (valid_to is null or valid_to > date '2024-06-30') group by 1),
s as (select f.household_id as id, any_value(h.property) as property, any_value(h.single) as single,
    any_value(h.phase_fen) as phase_fen,
    count(case when f.on_dibao then 1 end) > 0
        and any_value(h.phase_since) + interval 7 month > date '2024-06-30' as phase,
    count(*) * 77000 * 12 as line,
    greatest(0, sum(f.wage + f.business + f.property + f.transfer) - sum(f.illness) + 12 * sum(f.job - case
        when f.job_since is null then 0 when datesub('month', f.job_since, date '2024-06-01') < 0
        then least(f.job, 0) else 0 end))::bigint as counted,
    sum(case when f.grade between 1 and case when f.class in ('5', '6') then 3 else 2 end then 23100
        when f.ill or f.age >= 70 or f.age < 18 then 15400 else 0 end)::bigint as extra
  from facts f join h on h.household_id = f.household_id and h.file
  where f.counted and f.alive and not f.custody and (f.single or not h.single) group by f.household_id)
select id as subject_id,
    case when counted < line then ((line - counted) * 2 + 12) // 24 else phase_fen end + extra as amount_fen
from s where (counted < line or phase) and property and not single
""",
    "gaoling_jintie": """
select id as subject_id, case when age_before >= 100 then 30000 when age_before >= 90 then 10000 else 5000 end::bigint
    as amount_fen from facts where age_before >= 80 and alive and not custody and here
""",
    "canji_shenghuo": """
select id as subject_id, 8600::bigint as amount_fen from facts
where grade >= 1 and on_dibao and alive and not custody and not injured and here
""",
    "canji_huli": """
select id as subject_id, case when care >= 0 then 8600 else 0 end::bigint as amount_fen
from facts
where grade between 1 and case when class in ('5', '6') then 3 else 2 end
  and alive and not custody and not injured and here
""",
}


def files(folder: Path) -> dict[str, Path]:
    """Return the Parquet files of a made-up county, by table."""
    return {name: folder / f"{name}.parquet" for name in TABLES}


def make_world(folder: Path, people: int) -> None:
    """Write the tables of a made-up county of some people."""
    import duckdb

    con = duckdb.connect()
    con.execute(WORLD.replace("$n", str(people)))
    for name, path in files(folder).items():
        con.execute(f"copy (from {name} order by all) to '{path}' (format parquet, compression zstd)")


@contextlib.contextmanager
def plain() -> Iterator[Any]:
    """Open DuckDB with settings that stand here, so that no change of the house moves the unit."""
    import duckdb

    con = duckdb.connect(config={"threads": 2, "memory_limit": "2GB"})
    con.execute("set preserve_insertion_order = false")
    try:
        yield con
    finally:
        con.close()


def by_hand(folder: Path, opened: Callable[[], AbstractContextManager[Any]] = plain) -> Callable[[], None]:
    """Return the run of the hand-written SQL on connections that `opened` opens."""
    target, paths = folder / "hand", {k: str(v) for k, v in files(folder).items()}
    target.mkdir(exist_ok=True)

    def run() -> None:
        with opened() as con:
            con.execute(FACTS.format(**paths))
            for code, sql in HAND.items():
                select = f"select * from ({sql.format(**paths)}) order by subject_id"
                con.execute(f"copy ({select}) to '{target / code}.parquet' (format parquet, compression zstd)")

    return run


def unit_seconds() -> float:
    """Return the seconds of one unit: the median of five runs in a process of their own, the first one unmeasured."""
    command = [sys.executable, str(Path(__file__).resolve()), "--measure"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return float(done.stdout.splitlines()[-1])


class Unit:
    """The unit in force while a benchmark runs: measured before and after, for a machine changes within minutes."""

    def __init__(self) -> None:
        """Measure the first time."""
        self.measured = [unit_seconds()]

    def beside(self, result: dict[str, Any]) -> dict[str, Any]:
        """Measure again and return a result with each of its times in units, by the path to it."""
        self.measured.append(unit_seconds())
        unit = statistics.mean(self.measured)
        return {
            **result,
            "unit_seconds": round(unit, 3),
            "unit_before_and_after": [round(x, 3) for x in self.measured],
            "units": {path: round(seconds / unit, 3) for path, seconds in times(result)},
        }


def times(result: dict[str, Any], before: str = "") -> Iterator[tuple[str, float]]:
    """Yield the times of a result in seconds, by the names that lead to each; a name ends by its measure."""
    for name, value in result.items():
        if name in BUDGETS:
            continue
        if isinstance(value, dict):
            yield from times(value, f"{before}{name}.")
        elif isinstance(value, int | float) and name.endswith(("seconds", "_s", "_ms")):
            yield f"{before}{name}", value / 1000 if name.endswith("_ms") else value


def measure() -> float:
    """Make the county, run the rules and return the median of the measured runs, in seconds."""
    with tempfile.TemporaryDirectory(prefix="nuanxin-unit-") as scratch:
        folder = Path(scratch)
        make_world(folder, PEOPLE)
        run = by_hand(folder)
        seconds = []
        for number in range(RUNS + 1):
            begun = time.perf_counter()
            run()
            if number:
                seconds.append(time.perf_counter() - begun)
        return statistics.median(seconds)


if __name__ == "__main__":
    if sys.argv[1:] == ["--measure"]:
        print(measure())
    else:
        print(json.dumps({"people": PEOPLE, "unit_seconds": round(unit_seconds(), 3)}))
