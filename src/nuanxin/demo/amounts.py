"""What the rules say on the takeover day, for the amounts on the bureau's list."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
from django.conf import settings

from nuanxin.demo.people import COUNTY
from nuanxin.demo.plan import OPENING
from nuanxin.demo.world import World
from nuanxin.kernel.core.fen import parse_yuan
from nuanxin.kernel.engine import services as engine
from nuanxin.kernel.rulebook import selectors as rules
from nuanxin.kernel.rulebook import services as rulebook

MONTH = dt.date(OPENING.year, OPENING.month, 1)
# Benefits for which another must be in force: nothing is before the takeover, so the list states the flat amount.
FLAT = {"canji_shenghuo": "canji_shenghuo_amount", "jujia_yanglao": "homecare_credit"}


class NotGranted(Exception):
    """Somebody whom the plan has as a holder is not granted by the rules: a fault of the generator."""


def opening_amounts(world: World) -> Callable[[str, int], dict[str, int]]:
    """Assess the county for December 2023 and return fen a month by component, for a benefit and subject id.

    Raises NotGranted with the first few subjects when the rules refuse a planned holder.
    """
    snapshot = engine.take_snapshot(county=COUNTY)
    run = rulebook.assess_county(county=COUNTY, month=MONTH, snapshot=snapshot, purpose="opening")
    county = world.county
    held = {name: [world.household_id(h) for h in hs] for name, hs in county.households_before.items()}
    held |= {name: [world.person_id(p) for p in ps] for name, ps in county.persons_before.items()}
    amounts = {name: _components(Path(settings.STORE) / run.folder, name) for name in held if name not in FLAT}
    for name, parameter in FLAT.items():
        fen = _flat(parameter)
        amounts[name] = {subject: {"basic": fen} for subject in held[name]}
    for name, subjects in held.items():
        missing = [s for s in subjects if s not in amounts[name]]
        if missing:
            raise NotGranted(f"{name}: {len(missing)} of {len(subjects)} not granted, such as {missing[:5]}")
    return lambda benefit, subject: amounts[benefit][subject]


def _components(folder: Path, benefit: str) -> dict[int, dict[str, int]]:
    """Return the components of everybody granted a benefit."""
    table = pq.read_table(folder / f"{benefit}.parquet")
    names = [name for name in table.column_names if name.startswith("c_")]
    columns = [table[name].to_pylist() for name in names]
    granted = zip(table["subject_id"].to_pylist(), table["granted"].to_pylist(), *columns, strict=True)
    return {row[0]: dict(zip((n[2:] for n in names), row[2:], strict=True)) for row in granted if row[1]}


def _flat(parameter: str) -> int:
    """Return the fen of a parameter of one value on the takeover day."""
    used = next(one for one in rules.parameters(COUNTY, month=MONTH) if one.name == parameter)
    return parse_yuan(used.text.split()[0])
