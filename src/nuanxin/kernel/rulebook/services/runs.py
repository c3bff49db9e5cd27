"""Assessing a county, a household or a made-up case, and keeping the release that did it."""

import datetime as dt
import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import transaction

from nuanxin.kernel.core.crypto import sm3_hex
from nuanxin.kernel.engine import store
from nuanxin.kernel.engine.selectors import snapshot_files
from nuanxin.kernel.rulebook.assessing import assess_files
from nuanxin.kernel.rulebook.cases import CaseRows, run_case
from nuanxin.kernel.rulebook.household import Laid, assess_rows
from nuanxin.kernel.rulebook.laws import kept_law_in
from nuanxin.kernel.rulebook.models import AssessmentRun, Release
from nuanxin.kernel.rulebook.receipts import Receipt
from nuanxin.kernel.rulebook.releases import ENGINE_VERSION, Law, law_of, local_law, store_release
from nuanxin.kernel.rulebook.whatif import WhatIf, changed_law, compare

if TYPE_CHECKING:
    from nuanxin.kernel.engine.models import Snapshot

RUNNING, DONE = "running", "done"


def keep_release(*, law: Law) -> Release:
    """Store the canonical law under its SM3, once."""
    folder = store_release(law)
    defaults = {"engine_version": ENGINE_VERSION, "folder": folder}
    return Release.objects.get_or_create(sm3=law.sm3, defaults=defaults)[0]


def assess_county(*, county: str, month: dt.date, snapshot: "Snapshot", purpose: str = "month") -> AssessmentRun:
    """Assess every resident and household of a county for a month; receipts are Parquet files under `run.folder`.

    Raises DeclarationError when the declarations are faulty, Refused when the snapshot's files are gone.
    """
    return _run(law_of(county, month), month, snapshot, purpose)


def assess_household(
    *, county: str, month: dt.date, household_id: int, purpose: str = "case", over: Sequence[Laid] = ()
) -> list[Receipt]:
    """Return today's receipts of every benefit for a household and its members, from the operational database.

    `over` are facts typed at the counter (`read_facts`) that count instead of those registered; nothing is stored.
    """
    return assess_rows(law_of(county, month), month, household_id, purpose, over)


def read_facts(
    *, county: str, given: Mapping[str, Any], person_id: int | None = None, household_id: int | None = None
) -> list[Laid]:
    """Return what facts given by name (`wage_year: 19200 元/年`) mean as records of one subject; Refused in words."""
    return CaseRows(local_law(county)).laid(given, person=person_id, household=household_id)


def assess_case(
    *,
    county: str,
    month: dt.date,
    people: Sequence[Mapping[str, Any]],
    household: Mapping[str, Any] | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> list[Receipt]:
    """Return the receipts of every benefit for a made-up household; people are numbered from 1, the household is 1.

    Facts are given by name as in examples (`birth`, `wage_year: 19200 元/年`, `name`, `relations`). Raises Refused.
    """
    return run_case(county, month, people, household or {}, parameters or {})[0]


def whatif(*, county: str, month: dt.date, changes: Mapping[str, str], snapshot: "Snapshot") -> WhatIf:
    """Assess a county under changed parameters (`{"dibao_standard": "+10%"}`); nothing is decided."""
    law, other = law_of(county, month), changed_law(county, month, changes)
    folder = store.absolute(f"whatif/{county}")
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{sm3_hex(repr((month, sorted(changes.items()), snapshot.pk)))[:16]}.parquet"
    return compare(law, other, snapshot_files(snapshot), month, changes, target)


def assess_kept(*, law_sm3: str, month: dt.date, snapshot: "Snapshot", purpose: str) -> AssessmentRun:
    """Assess a county under declarations kept in the store; nothing declared today is read."""
    return _run(kept_law_in(law_sm3, month), month, snapshot, purpose)


def receipts_aside(*, law_sm3: str, month: dt.date, snapshot: "Snapshot", folder: Path) -> None:
    """Write the receipts of kept declarations to a folder that belongs to no run."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    assess_files(kept_law_in(law_sm3, month), snapshot_files(snapshot), month, folder)


def _run(law: Law, month: dt.date, snapshot: "Snapshot", purpose: str) -> AssessmentRun:
    started = time.monotonic()
    files = snapshot_files(snapshot)
    with transaction.atomic():
        run = AssessmentRun.objects.create(
            county=law.county,
            month=month,
            purpose=purpose,
            snapshot=snapshot,
            release=keep_release(law=law),
            state=RUNNING,
        )
    folder = store.receipts_folder(law.county, month, run.pk)
    assess_files(law, files, month, store.fresh_folder(folder), purpose)
    run.folder, run.state, run.seconds = folder, DONE, time.monotonic() - started
    run.save(update_fields=["folder", "state", "seconds"])
    return run
