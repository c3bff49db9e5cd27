"""One benefit at the counter, frozen: the rows laid under the program, the row that came out, the release."""

import datetime as dt
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nuanxin.kernel.core.crypto import sm3_hex
from nuanxin.kernel.rulebook.assessing import SHARES
from nuanxin.kernel.rulebook.household import Rows, household_rows, person_rows, run_rows
from nuanxin.kernel.rulebook.inputs import COLUMNS
from nuanxin.kernel.rulebook.receipts import Receipt, make_receipt, with_stated
from nuanxin.kernel.rulebook.releases import Law
from nuanxin.kernel.rulebook.standing import CASE, STATED

Found = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Frozen:
    """What the rules say of one subject today, with everything needed to compute it again.

    `row` is the stored shape of a receipt (a household's with its `member_rows`), None when the benefit does not apply.
    `inputs` is canonical JSON of the rows laid under the program: keys, dates, codes and fen, no names.
    """

    release_id: str
    receipt: Receipt | None
    row: dict[str, Any] | None
    inputs: str


def freeze_rows(law: Law, month: dt.date, benefit: str, person_id: int | None, household_id: int | None) -> Frozen:
    """Return the frozen assessment of a benefit for a person (`household_id` None when in none) or a household."""
    kinds = law.plan.circumstance_kinds
    live = person_rows(person_id or 0, kinds) if household_id is None else household_rows(household_id, kinds)
    subject = (household_id if law.plan.benefits[benefit].pays == "household" else person_id) or 0
    rows = live.laid(law.plan, month, CASE)
    inputs = canonical(rows)
    row = _pick(law, _run_once(law, month, rows, inputs), benefit, subject)
    receipt = _receipt(law, month, benefit, row)
    if receipt is not None and receipt.granted is None:
        stated = live.laid(law.plan, month, STATED)
        said = _pick(law, _run_once(law, month, stated, canonical(stated)), benefit, subject)
        receipt = with_stated([receipt], [r for r in [_receipt(law, month, benefit, said)] if r])[0]
    return Frozen(law.sm3, receipt, row, inputs)


def _receipt(law: Law, month: dt.date, benefit: str, row: dict[str, Any] | None) -> Receipt | None:
    if row is None:
        return None
    return make_receipt(law, month, law.plan.benefits[benefit], row, row.get("member_rows", ()))


def row_of(law: Law, month: dt.date, rows: Rows, benefit: str, subject: int) -> dict[str, Any] | None:
    """Return one subject's row of a benefit computed from input rows, with `member_rows` for a household."""
    return _pick(law, run_rows(law, month, rows), benefit, subject)


def _pick(law: Law, found: Found, benefit: str, subject: int) -> dict[str, Any] | None:
    row = next((r for r in found[benefit] if r["subject_id"] == subject), None)
    if row is None or law.plan.benefits[benefit].pays != "household":
        return row
    members = [m for m in found[f"{benefit}{SHARES}"] if m["household_id"] == subject]
    return {**row, "member_rows": sorted(members, key=lambda m: m["person_id"])}


_local = threading.local()
KEPT_RUNS = 8


def _run_once(law: Law, month: dt.date, rows: Rows, inputs: str) -> Found:
    """Return every output's rows; a page that asks several times for unchanged rows runs the program once.

    What comes out depends on nothing but law, month and rows, so a kept answer is never stale.
    """
    held: dict[tuple[str, dt.date, str], Found] = _local.__dict__.setdefault("runs", {})
    key = (law.sm3, month, sm3_hex(inputs))
    if key not in held:
        while len(held) >= KEPT_RUNS:
            held.pop(next(iter(held)))
        held[key] = run_rows(law, month, rows)
    return held[key]


def canonical(rows: Rows) -> str:
    """Return input rows as canonical text: tables and their rows in order."""
    ordered = {name: sorted((list(row) for row in table), key=repr) for name, table in sorted(rows.items())}
    return json.dumps(ordered, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def read_inputs(text: str) -> Rows:
    """Return the input rows of their canonical text; what a text of before does not say of a row is false."""
    held: Mapping[str, list[list[Any]]] = json.loads(text)
    width = len(COLUMNS["circumstance"])
    records = [row + [False] * (width - len(row)) for row in held.get("circumstance", ())]
    return {**held, "circumstance": records}
