"""Four rules for 600,000 people, Parquet to Parquet: compiled from the declarations, by hand in SQL, by openfisca-core.

Run `uv run python benchmarks/rules.py [people]`; prints one JSON object. All contenders run in one process, one after
the other, round by round; a ratio is the median of the rounds' ratios, once of wall time and once of CPU time (a busy
machine distorts the first). Budget: compiled ≤ 1.3 × hand-written.

openfisca-core is entered three times, since most of its work is done outside it: `openfisca` reads the snapshot as
its user would (rows in force on the day, verified, not superseded, ids of any kind), builds by arrays, calculates and
writes; `openfisca_dense` knows beforehand that ids run from 1 without a gap and that every row counts, and filters
nothing; `openfisca_entities` builds by the dictionaries of the documentation (`build_from_entities`), on fewer people.
"""

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
sys.path.insert(0, str(ROOT))

from benchmarks.unit import COUNTY, MONTH, Unit, by_hand, files, make_world  # noqa: E402

BENEFITS = ("dibao", "gaoling_jintie", "canji_shenghuo", "canji_huli")
RUNS, FEW = 9, 20_000


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


def hand_written(folder: Path) -> Callable[[], None]:
    """Return the run of the reference's SQL on the connections that the compiled program uses."""
    set_up(folder)
    from nuanxin.kernel.engine.duck import opened

    return by_hand(folder, lambda: opened(scanner=False))


def flat(folder: Path) -> tuple[dict[str, Any], dict[str, Any], Any, Any]:
    """Return arrays of OpenFisca's inputs and the ids of people and households, chosen with DuckDB and numpy."""
    import duckdb
    import numpy as np

    con, paths, day = duckdb.connect(config={"threads": 2}), files(folder), "date '2024-06-30'"
    now = f"valid_from <= {day} and (valid_to is null or valid_to > {day}) and superseded_at is null"

    def read(sql: str) -> dict[str, Any]:
        return con.execute(sql).fetchnumpy()

    stamp = "year(birth) * 10000 + month(birth) * 100 + day(birth)"
    person = read(
        f"select id, {stamp} as stamp, hukou_county = '{COUNTY}' as here, death is null or death > {day} as alive "
        f"from '{paths['person']}' order by id"
    )
    people, homes = person["id"], read(f"select id from '{paths['household']}' order by id")["id"]
    records = f"(select * from '{paths['circumstance']}' where standing = 'verified' and {now})"

    def spread(kind: str, column: str = "", of: str = "person_id", index: Any = people) -> Any:
        taken = f'cast("{column}" as bigint)' if column else "1::bigint"
        sql = (
            f"select {of} as id, any_value({taken}) as value from {records} where kind = '{kind}' and {of} is not null"
        )
        chosen = read(f"{sql} group by 1")
        return placed(index, chosen["id"], chosen["value"])

    def placed(index: Any, ids: Any, values: Any) -> Any:
        row = np.zeros(len(index), dtype=np.int64)
        at = np.minimum(np.searchsorted(index, ids), len(index) - 1)
        known = index[at] == ids
        row[at[known]] = np.asarray(values)[known]
        return row

    member = read(
        f"select person_id, arg_max(household_id, counted) as home, max(counted)::bigint as counted "
        f"from '{paths['membership']}' where {now} group by 1"
    )
    covered = read(
        f"select distinct person_id from '{paths['coverage']}' where benefit = 'dibao' and from_date <= {day} "
        f"and (to_date is null or to_date > {day})"
    )["person_id"]
    ages = {f"age{n}": (int(on) - np.asarray(person["stamp"], dtype=np.int64)) // 10_000
            for n, on in (("", 20240630), ("_before", 20240531))}  # fmt: skip
    inputs = {
        **ages,
        "wage": spread("wage_year", "amount_fen") + spread("business_year", "amount_fen")
        + spread("property_year", "amount_fen"),
        "transfer": spread("transfer_year", "amount_fen"), "illness_cost": spread("illness_cost_year", "amount_fen"),
        "level": spread("disability", "level"), "kind": spread("disability", "code"), "ill": spread("severe_illness"),
        "custody": np.maximum(spread("in_custody"), ~person["alive"]), "work_injury": spread("injury_care"),
        "counted": placed(people, member["person_id"], member["counted"]),
        "on_dibao": placed(people, covered, np.ones(len(covered), dtype=np.int64)),
        "local": person["here"].astype(np.int64),
        "home": np.searchsorted(homes, placed(people, member["person_id"], member["home"])),
    }  # fmt: skip
    file = spread("assistance_file", "", "household_id", homes)
    return inputs, {"property_ok": file * spread("property_ok", "level", "household_id", homes)}, people, homes


def flat_dense(folder: Path) -> tuple[dict[str, Any], dict[str, Any], Any, Any]:
    """Return the same from a world whose ids run from 1 without a gap and whose rows all count: nothing is chosen."""
    import numpy as np
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
    return inputs, households, np.arange(1, number + 1), np.arange(1, homes + 1)


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
            table = pa.table({"subject_id": ids[owed], "amount_fen": values[owed]})
            pq.write_table(table, target / f"{code}.parquet", compression="zstd")

    return run


CONTENDERS: dict[str, Callable[[Path], Callable[[], None]]] = {
    "compiled": lambda folder: compiled(folder, receipts=False),
    "compiled_with_receipts": lambda folder: compiled(folder, receipts=True),
    "hand_written": lambda folder: hand_written(folder),
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
    unit = Unit()
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
        return unit.beside(answer)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--contend"]:
        contend(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        print(json.dumps(main(int(sys.argv[1]) if len(sys.argv) > 1 else 600_000), indent=1))
