"""Four rules for 600,000 people, Parquet to Parquet: compiled from the declarations, by hand in SQL, by openfisca-core.

Run `uv run python benchmarks/rules.py [people]`; prints one JSON object. All contenders run in one process, one after
the other, round by round; a ratio is the median of the rounds' ratios, once of wall time and once of CPU time (a busy
machine distorts the first). Budget: compiled ≤ 1.3 × hand-written.

openfisca-core is entered three times, since most of its work is done outside it: `openfisca` reads the snapshot as its
user would (pandas: rows in force on the day, verified, not superseded, ids of any kind), builds by arrays, calculates
and writes; `openfisca_dense` knows beforehand that ids run from 1 without a gap and that every row counts, and filters
nothing; `openfisca_entities` builds by the dictionaries of the documentation (`build_from_entities`), on fewer people.
"""

import datetime as dt
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
COUNTY, MONTH = "340223", dt.date(2024, 6, 1)
BENEFITS = ("dibao", "gaoling_jintie", "canji_shenghuo", "canji_huli")
RUNS, FEW = 9, 20_000
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
    return {name: folder / f"{name}.parquet" for name in TABLES}


def make_world(folder: Path, people: int) -> None:
    import duckdb

    con = duckdb.connect()
    con.execute(WORLD.replace("$n", str(people)))
    for name, path in files(folder).items():
        con.execute(f"copy (from {name} order by all) to '{path}' (format parquet, compression zstd)")


def set_up(folder: Path) -> None:
    os.environ["NUANXIN_HOME"] = str(folder / "home")
    os.environ["DJANGO_SETTINGS_MODULE"] = "nuanxin.config.settings"
    import django

    django.setup()


def compiled(folder: Path, receipts: bool) -> Callable[[], None]:
    """Return the run of the compiled program: amounts only, or whole receipts."""
    set_up(folder)
    from nuanxin.kernel.engine.duck import opened
    from nuanxin.kernel.engine.running import write_outputs
    from nuanxin.kernel.rulebook.assessing import attach, compute, file_names, results_sql
    from nuanxin.kernel.rulebook.compilation.build import compile_law
    from nuanxin.kernel.rulebook.releases import local_law, make_law

    local = local_law(COUNTY)
    law = make_law(local, compile_law(local, MONTH, frozenset(BENEFITS)))
    target = folder / ("receipts" if receipts else "compiled")
    target.mkdir(exist_ok=True)

    def run() -> None:
        with opened(scanner=False) as con:
            if receipts:
                compute(con, law, files(folder), MONTH, "month")
                write_outputs(con, law.plan.program.outputs, target, file_names(law.plan))
                return
            attach(con, law, files(folder), MONTH, "month")
            con.execute(f"create temp table paid as {results_sql(law, 'granted')}")
            for code in BENEFITS:
                select = f"select subject_id, amount_fen from paid where benefit = '{code}' order by subject_id"
                con.execute(f"copy ({select}) to '{target / code}.parquet' (format parquet, compression zstd)")

    return run


def by_hand(folder: Path) -> Callable[[], None]:
    """Return the run of the hand-written SQL on the same connection settings."""
    set_up(folder)
    from nuanxin.kernel.engine.duck import opened

    target, paths = folder / "hand", {k: str(v) for k, v in files(folder).items()}
    target.mkdir(exist_ok=True)

    def run() -> None:
        with opened(scanner=False) as con:
            con.execute(FACTS.format(**paths))
            for code, sql in HAND.items():
                select = f"select * from ({sql.format(**paths)}) order by subject_id"
                con.execute(f"copy ({select}) to '{target / code}.parquet' (format parquet, compression zstd)")

    return run


def flat(folder: Path) -> tuple[dict[str, Any], dict[str, Any], Any, Any]:
    """Return arrays of OpenFisca's inputs and the ids of people and households, chosen with pandas."""
    import numpy as np
    import pandas as pd

    paths, day = files(folder), pd.Timestamp("2024-06-30")

    def standing(table: str, columns: list[str], start: str = "valid_from", end: str = "valid_to") -> Any:
        frame = pd.read_parquet(paths[table], columns=[*columns, start, end])
        frame[[start, end]] = frame[[start, end]].apply(pd.to_datetime)
        return frame[(frame[start] <= day) & (frame[end].isna() | (frame[end] > day))]

    person = pd.read_parquet(paths["person"], columns=["id", "birth", "death", "hukou_county"])
    people, homes = pd.Index(person["id"]), pd.Index(pd.read_parquet(paths["household"], columns=["id"])["id"])
    member = standing("membership", ["person_id", "household_id", "counted", "superseded_at"])
    member = member[member["superseded_at"].isna()].sort_values("counted", ascending=False, kind="stable")
    member = member.drop_duplicates("person_id").set_index("person_id").reindex(people)
    records = standing(
        "circumstance",
        ["person_id", "household_id", "kind", "amount_fen", "level", "code", "standing", "superseded_at"],
    )
    records = records[records["superseded_at"].isna() & (records["standing"] == "verified")]
    by_kind = dict(iter(records.groupby("kind", observed=True)))

    def spread(kind: str, column: str = "", of: str = "person_id", index: Any = people) -> Any:
        values = np.zeros(len(index), dtype=np.int64)
        if kind in by_kind:
            chosen = by_kind[kind].drop_duplicates(of)
            at = index.get_indexer(chosen[of].astype(np.int64))
            values[at[at >= 0]] = chosen[column].astype(np.int64)[at >= 0] if column else 1
        return values

    covered = standing("coverage", ["person_id", "benefit"], "from_date", "to_date")
    covered = covered[covered["benefit"] == "dibao"]["person_id"]
    birth = pd.to_datetime(person["birth"])
    stamp = (birth.dt.year * 10_000 + birth.dt.month * 100 + birth.dt.day).to_numpy()
    alive = (person["death"].isna() | (pd.to_datetime(person["death"]) > day)).to_numpy()
    inputs = {
        "age": (20240630 - stamp) // 10_000, "age_before": (20240531 - stamp) // 10_000,
        "wage": spread("wage_year", "amount_fen") + spread("business_year", "amount_fen")
        + spread("property_year", "amount_fen"),
        "transfer": spread("transfer_year", "amount_fen"), "illness_cost": spread("illness_cost_year", "amount_fen"),
        "level": spread("disability", "level"), "kind": spread("disability", "code"), "ill": spread("severe_illness"),
        "custody": np.maximum(spread("in_custody"), ~alive), "work_injury": spread("injury_care"),
        "counted": member["counted"].eq(True).to_numpy().astype(np.int64),
        "on_dibao": people.isin(covered).astype(np.int64),
        "local": (person["hukou_county"] == COUNTY).to_numpy().astype(np.int64),
        "home": homes.get_indexer(member["household_id"]),
    }  # fmt: skip
    file = spread("assistance_file", "", "household_id", homes)
    return inputs, {"property_ok": file * spread("property_ok", "level", "household_id", homes)}, people, homes


def flat_dense(folder: Path) -> tuple[dict[str, Any], dict[str, Any], Any, Any]:
    """Return the same from a world whose ids run from 1 without a gap and whose rows all count: nothing is chosen."""
    import numpy as np
    import pandas as pd
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    paths = files(folder)
    person = pq.read_table(paths["person"], columns=["id", "birth", "hukou_county"])
    records = pq.read_table(paths["circumstance"])
    number, homes = len(person), pq.read_metadata(paths["household"]).num_rows

    def spread(kind: str, column: str = "", of: str = "person_id", size: int = number) -> Any:
        chosen = records.filter(pc.equal(records["kind"], kind))
        values = np.zeros(size, dtype=np.int64)
        filled = pc.cast(chosen[column], "int64").to_numpy() if column else 1
        values[chosen[of].to_numpy() - 1] = filled
        return values

    birth = person["birth"].to_numpy()
    years, months = birth.astype("datetime64[Y]"), birth.astype("datetime64[M]")
    day = (birth.astype("datetime64[D]") - months).astype(np.int64) + 1
    stamp = (years.astype(np.int64) + 1970) * 10_000 + (months - years).astype(np.int64) * 100 + 100 + day
    member = pq.read_table(paths["membership"], columns=["person_id", "household_id", "counted"])
    place = member["person_id"].to_numpy() - 1
    home, counted, covered = (np.zeros(number, dtype=np.int64) for _ in range(3))
    home[place] = member["household_id"].to_numpy() - 1
    counted[place] = member["counted"].to_numpy(zero_copy_only=False)
    covered[pq.read_table(paths["coverage"], columns=["person_id"])["person_id"].to_numpy() - 1] = 1
    inputs = {
        "age": (20240630 - stamp) // 10_000, "age_before": (20240531 - stamp) // 10_000,
        "wage": spread("wage_year", "amount_fen"), "transfer": spread("transfer_year", "amount_fen"),
        "illness_cost": spread("illness_cost_year", "amount_fen"), "level": spread("disability", "level"),
        "kind": spread("disability", "code"), "ill": spread("severe_illness"), "custody": spread("in_custody"),
        "counted": counted, "on_dibao": covered, "work_injury": spread("injury_care"),
        "local": pc.equal(person["hukou_county"], COUNTY).to_numpy(zero_copy_only=False).astype(np.int64), "home": home,
    }  # fmt: skip
    file = spread("assistance_file", of="household_id", size=homes)
    households = {"property_ok": file * spread("property_ok", "level", "household_id", homes)}
    return inputs, households, pd.RangeIndex(1, number + 1), pd.RangeIndex(1, homes + 1)


def by_arrays(system: Any, people: dict[str, Any], homes: dict[str, Any], month: str) -> Any:
    """Return the simulation, entities declared by number and inputs set as arrays."""
    from openfisca_core.simulations import SimulationBuilder

    builder = SimulationBuilder()
    builder.create_entities(system)
    builder.declare_person_entity("person", range(len(people["home"])))
    entity = builder.declare_entity("household", range(len(homes["property_ok"])))
    builder.join_with_persons(entity, people["home"], ["member"] * len(people["home"]))
    simulation = builder.build(system)
    for name, values in (people | homes).items():
        if name != "home":
            simulation.set_input(name, month, values)
    return simulation


def by_entities(system: Any, people: dict[str, Any], homes: dict[str, Any], month: str) -> Any:
    """Return the simulation from nested dictionaries, as OpenFisca's documentation shows it."""
    from openfisca_core.simulations import SimulationBuilder

    members: dict[int, list[str]] = {}
    for number, home in enumerate(people["home"].tolist()):
        members.setdefault(home, []).append(str(number))
    columns = {n: v.tolist() for n, v in people.items() if n != "home"}
    count, property_ok = len(people["home"]), homes["property_ok"].tolist()
    told = {
        "people": {str(i): {n: {month: v[i]} for n, v in columns.items()} for i in range(count)},
        "households": {
            str(i): {"member": members.get(i, []), "property_ok": {month: v}} for i, v in enumerate(property_ok)
        },
    }
    return SimulationBuilder().build_from_entities(system, told)


def openfisca(folder: Path, name: str) -> Callable[[], None]:
    """Return the run of the test oracle's OpenFisca rules: read, build, calculate, write."""
    sys.path.insert(0, str(ROOT))
    import pyarrow as pa
    import pyarrow.parquet as pq
    from openfisca_core.taxbenefitsystems import TaxBenefitSystem

    from tests.kernel.rulebook import oracle

    target = folder / name
    target.mkdir(exist_ok=True)
    read = flat_dense if name == "openfisca_dense" else flat
    build = by_entities if name == "openfisca_entities" else by_arrays

    def run() -> None:
        people, homes, person_ids, home_ids = read(folder)
        system = TaxBenefitSystem([oracle.Person, oracle.Household])
        system.add_variables(*(oracle._input(n) for n in (*oracle.INPUTS, *oracle.FLAGS)))
        system.add_variables(oracle._input("property_ok", oracle.Household))
        system.add_variables(oracle.member, oracle.supplement, *(getattr(oracle, b) for b in BENEFITS))
        simulation = build(system, people, homes, oracle.MONTH)
        for code in BENEFITS:
            values = simulation.calculate(code, oracle.MONTH)
            owed, ids = values > 0, home_ids if code == "dibao" else person_ids
            table = pa.table({"subject_id": ids[owed].to_numpy(), "amount_fen": values[owed]})
            pq.write_table(table, target / f"{code}.parquet", compression="zstd")

    return run


CONTENDERS: dict[str, Callable[[Path], Callable[[], None]]] = {
    "compiled": lambda folder: compiled(folder, receipts=False),
    "compiled_with_receipts": lambda folder: compiled(folder, receipts=True),
    "hand_written": by_hand,
    "openfisca": lambda folder: openfisca(folder, "openfisca"),
    "openfisca_dense": lambda folder: openfisca(folder, "openfisca_dense"),
}


def timed(run: Callable[[], None]) -> tuple[float, float]:
    """Return the wall and CPU seconds of one run."""
    started, cpu = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - started, time.process_time() - cpu


def contend(folder: Path, few: Path) -> None:
    """Run all contenders round by round, one round unmeasured, and print times and ratios; `few` holds fewer people.

    Each round has another order: who comes after numpy's large arrays pays for getting memory back.
    """
    runs = {name: make(folder) for name, make in CONTENDERS.items()}
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in runs}
    for number in range(RUNS + 1):
        for name in random.Random(number).sample(list(runs), len(runs)):
            spent = timed(runs[name])
            if number:
                seconds[name].append(spent)
    told: dict[str, Any] = {}
    for name, spent in seconds.items():
        wall, cpu = ([round(x, 3) for x in column] for column in zip(*spent, strict=True))
        told[name] = {"seconds": min(wall), "cpu_seconds": min(cpu)}
        if name != "compiled":
            pairs = list(zip(seconds["compiled"], spent, strict=True))
            told[name] |= {
                "compiled_takes": round(statistics.median(ours[0] / theirs[0] for ours, theirs in pairs), 2),
                "compiled_takes_cpu": round(statistics.median(ours[1] / theirs[1] for ours, theirs in pairs), 2),
            }
    ours, theirs = timed(compiled(few, receipts=False)), timed(openfisca(few, "openfisca_entities"))
    told["openfisca_entities"] = {
        "people": FEW, "seconds": round(theirs[0], 3), "cpu_seconds": round(theirs[1], 3),
        "compiled_seconds": round(ours[0], 3),
    }  # fmt: skip
    told["peak_gb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2)
    print(json.dumps(told))


def differences(folder: Path, others: tuple[str, ...]) -> dict[str, int]:
    """Return how many amounts differ from the compiled ones."""
    import duckdb

    found = {}
    for other in others:
        for code in BENEFITS:
            one, two = (f"(from '{folder / who / code}.parquet')" for who in ("compiled", other))
            sql = f"select count(*) from ((from {one} except from {two}) union all (from {two} except from {one}))"
            found[f"{other}.{code}"] = duckdb.execute(sql).fetchone()[0]
    return found


def main(people: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as scratch:
        folder, few = Path(scratch) / "all", Path(scratch) / "few"
        for place, size in ((folder, people), (few, FEW)):
            place.mkdir()
            make_world(place, size)
        command = [sys.executable, __file__, "--contend", str(folder), str(few)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        answer = {"people": people} | json.loads(done.stdout.splitlines()[-1])
        answer["differences"] = differences(folder, ("hand", "openfisca", "openfisca_dense"))
        answer["differences"] |= differences(few, ("openfisca_entities",))
        return answer


if __name__ == "__main__":
    if sys.argv[1:2] == ["--contend"]:
        contend(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        print(json.dumps(main(int(sys.argv[1]) if len(sys.argv) > 1 else 600_000), indent=1))
