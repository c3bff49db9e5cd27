"""The workflows a county follows on a day: files of all layers read once, the nearest wins."""

import datetime as dt
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from nuanxin.kernel.casework.enums import CaseKind
from nuanxin.kernel.casework.schema import (
    Answered,
    Delegated,
    Move,
    State,
    Version,
    VersionChange,
    WorkflowFile,
    WorkflowOverride,
)
from nuanxin.kernel.core.declarations import read_document, validate
from nuanxin.kernel.core.errors import DeclarationError, DeclarationFault, Refused
from nuanxin.kernel.rulebook.books import Printed, Roots, declared_files, default_roots
from nuanxin.kernel.rulebook.law import layers_of

FOLDERS = ("workflows",)
V = TypeVar("V", Version, VersionChange)
D = TypeVar("D", State, Move)
Loaded = WorkflowFile | WorkflowOverride


@dataclass(frozen=True)
class Workflow:
    """One workflow as a county follows it on a day; `since` is the start of the version."""

    code: str
    title: str
    kinds: tuple[str, ...]
    county: str
    benefits: tuple[str, ...]
    documents: dict[str, Answered]
    since: dt.date
    version: Version

    @property
    def states(self) -> dict[str, State]:
        """Return the states by id."""
        return self.version.states

    @property
    def moves(self) -> dict[str, Move]:
        """Return the moves by id, in the order declared."""
        return self.version.moves

    @property
    def delegated(self) -> bool:
        """Tell whether the township decides something where nothing makes the case the county's own."""
        return self.version.delegated.on

    def delegates(self, kind: str | None) -> bool:
        """Tell whether the township decides on proposals of a kind; on some of them when no kind is asked for."""
        return self.delegated and (kind is None or kind in self.version.delegated.decides)

    @property
    def sample_per_cent(self) -> int | None:
        """Return of how many in a hundred the county looks at again at least: delegated decisions, else cases."""
        if self.delegated:
            return self.version.delegated.sample_per_cent
        return self.version.sample.per_cent if self.version.sample else None

    def asks_hearing(self, kind: str) -> bool:
        """Tell whether the person must be heard before a proposal of a kind (stop, change for the worse)."""
        return kind in self.version.hearing_first


@dataclass
class Shelf:
    """Every workflow file with its layer; `faults` of reading are kept, not raised."""

    files: list[tuple[str, Loaded]] = field(default_factory=list)
    faults: list[DeclarationFault] = field(default_factory=list)


def open_shelf(roots: Roots | None = None) -> Shelf:
    """Return every workflow declaration; read again only when a file changed."""
    return _shelf(declared_files(roots or default_roots(), FOLDERS))


@lru_cache(maxsize=32)
def _shelf(printed: tuple[Printed, ...]) -> Shelf:
    shelf = Shelf()
    for layer, _, path, changed_ns, size in printed:
        try:
            shelf.files.append((layer, _loaded(path, changed_ns, size)))
        except DeclarationError as error:
            shelf.faults += error.faults
    return shelf


@lru_cache(maxsize=256)
def _loaded(path: str, changed_ns: int, size: int) -> Loaded:
    """Return what one file declares; DeclarationError, and asked again the next time, when it is faulty."""
    document = read_document(Path(path))
    data = document.data if isinstance(document.data, dict) else {}
    model: type[Loaded] = WorkflowOverride if data.get("overrides") == "true" else WorkflowFile
    return validate(document, model)


def workflows_of(county: str, on: dt.date, roots: Roots | None = None) -> dict[str, Workflow]:
    """Return the workflows in force in a county on a day, by code; DeclarationError when a file is faulty."""
    printed = declared_files(roots or default_roots(), FOLDERS)
    shelf = _shelf(printed)
    if shelf.faults:
        raise DeclarationError(shelf.faults)
    return _resolved(printed, county, on)


@lru_cache(maxsize=256)
def _resolved(printed: tuple[Printed, ...], county: str, on: dt.date) -> dict[str, Workflow]:
    return resolve(_shelf(printed), county, on)


def resolve(shelf: Shelf, county: str, on: dt.date) -> dict[str, Workflow]:
    """Return a shelf's workflows as a county follows them on a day."""
    layers = layers_of(county)
    ranked = [(layers.index(layer), one.overrides, one) for layer, one in shelf.files if layer in layers]
    files = sorted(ranked, key=lambda x: (x[0], x[1]))
    found: dict[str, Workflow] = {}
    for _, _, one in files:
        if isinstance(one, WorkflowFile):
            version = _latest(one.versions, on)
            if version is not None:
                found[one.workflow] = Workflow(
                    one.workflow,
                    one.title,
                    tuple(one.kinds),
                    county,
                    tuple(one.benefits),
                    one.documents,
                    version.from_,
                    version,
                )
        elif one.workflow in found and (change := _latest(one.versions, on)) is not None:
            found[one.workflow] = _changed(found[one.workflow], change)
    return found


def _latest(versions: list[V], on: dt.date) -> V | None:
    return max((v for v in versions if v.from_ <= on), key=lambda v: v.from_, default=None)


def _changed(workflow: Workflow, change: VersionChange) -> Workflow:
    version = workflow.version
    states = {name: _over(state, change.states.get(name)) for name, state in version.states.items()}
    moves = {
        name: _over(move, change.moves.get(name)) for name, move in version.moves.items() if name not in change.without
    }
    given = {
        "whole": change.whole or version.whole,
        "special": change.special or version.special,
        "sample": change.sample or version.sample,
        "delegated": _delegated(version.delegated, change.delegated),
        "basis": [*change.basis, *version.basis],
    }
    new = version.model_copy(update={**given, "states": states, "moves": moves})
    return Workflow(
        workflow.code, workflow.title, workflow.kinds, workflow.county, workflow.benefits, workflow.documents,
        max(workflow.since, change.from_), new,
    )  # fmt: skip


def _delegated(below: Delegated, change: Delegated | None) -> Delegated:
    return below if change is None else below.model_copy(update=_given(change))


def _over(below: D, change: BaseModel | None) -> D:
    return below if change is None else below.model_copy(update=_given(change))


def _given(change: BaseModel) -> dict[str, object]:
    return {name: getattr(change, name) for name in change.model_fields_set}


def find_workflow(county: str, benefit: str, kind: str, on: dt.date) -> Workflow | None:
    """Return the workflow by which a county handles cases of a kind about a benefit on a day, None without one."""
    fitting = [w for w in workflows_of(county, on).values() if kind in w.kinds and benefit in w.benefits]
    return fitting[-1] if fitting else None


def workflow_for(county: str, benefit: str, kind: str, on: dt.date) -> Workflow:
    """Return the workflow by which a county handles a benefit's cases of a kind on a day, or refuse."""
    found = find_workflow(county, benefit, kind, on)
    if found is None:
        label = CaseKind(kind).label
        raise Refused(
            "casework.no_workflow",
            f"没有为待遇“{benefit}”规定{label}的办理流程。",
            "请在 workflows/ 下补上流程声明，再运行 nuanxin check。",
        )
    return found
