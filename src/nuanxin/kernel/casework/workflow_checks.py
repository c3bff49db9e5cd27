"""All that can be wrong with workflows, told at once with file and line; part of `nuanxin check`."""

from collections.abc import Iterator
from itertools import chain

from nuanxin.kernel.access.roles import PERMISSIONS, ROLES
from nuanxin.kernel.casework.move_effects import known_effects
from nuanxin.kernel.casework.schema import Version, WorkflowFile, WorkflowOverride
from nuanxin.kernel.casework.workflows import Shelf, open_shelf
from nuanxin.kernel.core.errors import DeclarationFault
from nuanxin.kernel.rulebook.books import Books, Roots, open_books
from nuanxin.kernel.rulebook.law import layers_of
from nuanxin.kernel.work.wording import letter_labels

Faults = Iterator[DeclarationFault]
SAME, BY_DECISION = "same", "decision"


def check_workflows(roots: Roots | None = None) -> tuple[int, list[DeclarationFault]]:
    """Return how many workflow files there are and every fault of them."""
    shelf, books = open_shelf(roots), open_books(roots)
    faults = [*shelf.faults, *_twice(shelf), *_overrides(shelf)]
    for _, file in shelf.files:
        if isinstance(file, WorkflowFile):
            faults += [*_names(file, books), *_dates(file)]
            faults += chain.from_iterable(_version(file, n) for n in range(len(file.versions)))
        else:
            faults += _dates(file)
    return len(shelf.files), list(dict.fromkeys(faults))


def _twice(shelf: Shelf) -> Faults:
    """Tell a workflow declared twice in one layer, and a benefit's kind that two workflows of a layer claim."""
    codes: set[tuple[str, str]] = set()
    claims: dict[tuple[str, str, str], str] = {}
    for layer, file in shelf.files:
        if not isinstance(file, WorkflowFile):
            continue
        if (layer, file.workflow) in codes:
            yield file.document.fault(f"流程“{file.workflow}”在同一层声明了两次。请删去一个。", "workflow")
        codes.add((layer, file.workflow))
        for benefit in file.benefits:
            for kind in file.kinds:
                other = claims.setdefault((layer, benefit, kind), file.workflow)
                if other != file.workflow:
                    words = f"待遇“{benefit}”的 {kind} 已由流程“{other}”办理。请只留一个。"
                    yield file.document.fault(words, "benefits")


def _overrides(shelf: Shelf) -> Faults:
    """Tell overrides of workflows, states or moves that nothing below declares."""
    for layer, file in shelf.files:
        if not isinstance(file, WorkflowOverride):
            continue
        seen = layers_of(layer.removeprefix("home:"))
        below = [f for where, f in shelf.files if where in seen and isinstance(f, WorkflowFile)]
        found = [f for f in below if f.workflow == file.workflow]
        if not found:
            yield file.document.fault(f"下层没有流程“{file.workflow}”。请改正代码，或写成完整的流程。", "workflow")
            continue
        states = {name for f in found for version in f.versions for name in version.states}
        moves = {name for f in found for version in f.versions for name in version.moves}
        for n, change in enumerate(file.versions):
            for name in set(change.states) - states:
                yield file.document.fault(f"下层流程没有环节“{name}”。", "versions", n, "states", name)
            for name in (set(change.moves) | set(change.without)) - moves:
                yield file.document.fault(f"下层流程没有办理步骤“{name}”。", "versions", n, "moves", name)
            if change.delegated is not None and change.delegated.on and not any(map(_has_township, found)):
                yield file.document.fault("下层流程没有乡镇审核确认的步骤，不能下放。", "versions", n, "delegated")
            yield from _people(file, n)


def _has_township(file: WorkflowFile) -> bool:
    return any(move.only == "delegated" for version in file.versions for move in version.moves.values())


def _people(file: WorkflowOverride, n: int) -> Faults:
    change = file.versions[n]
    for name, state in change.states.items():
        if state.owner is not None and state.owner not in ROLES:
            yield file.document.fault(f"没有“{state.owner}”这个岗位。", "versions", n, "states", name, "owner")
    for name, move in change.moves.items():
        for role in set(move.who or ()) - set(ROLES):
            yield file.document.fault(f"没有“{role}”这个岗位。", "versions", n, "moves", name, "who")


def _names(file: WorkflowFile, books: Books) -> Faults:
    known = {code for code, _ in books.benefits}
    for benefit in file.benefits:
        if benefit not in known:
            yield file.document.fault(f"没有待遇“{benefit}”。请改正代码。", "benefits")
    facts = {name for name, _ in books.facts}
    for paper, answered in file.documents.items():
        for fact in answered.answered_by:
            if fact not in facts:
                yield file.document.fault(f"材料“{paper}”写的事实“{fact}”不存在。", "documents", paper)


def _dates(file: WorkflowFile | WorkflowOverride) -> Faults:
    starts = [version.from_ for version in file.versions]
    for n, start in enumerate(starts):
        if start in starts[:n]:
            yield file.document.fault(f"从 {start} 起的版本写了两次。请删去一个。", "versions", n, "from")


def _version(file: WorkflowFile, n: int) -> Faults:
    version = file.versions[n]
    if version.start not in version.states:
        yield file.document.fault(f"起始环节“{version.start}”没有声明。", "versions", n, "start")
        return
    yield from _states(file, version, n)
    yield from _moves(file, version, n)
    for name in sorted(set(version.states) - _reached(version)):
        yield file.document.fault(f"环节“{name}”走不到。请补上步骤或删去。", "versions", n, "states", name)
    if version.hearing_first and not version.hearing_article:
        yield file.document.fault("要求先听取意见的须写 hearing_article(依据)。", "versions", n, "hearing_first")


def _states(file: WorkflowFile, version: Version, n: int) -> Faults:
    leaving = {state for move in version.moves.values() if move.to != SAME for state in move.from_}
    for name, state in version.states.items():
        at = ("versions", n, "states", name)
        if state.final is not None:
            if name in leaving or state.owner or state.clock or state.notice:
                yield file.document.fault(f"办结的环节“{name}”不能再有岗位、期限或下一步。", *at)
            continue
        if state.owner not in ROLES:
            yield file.document.fault(f"环节“{name}”须写承办岗位 owner，现在是“{state.owner}”。", *at)
        if state.clock is None:
            yield file.document.fault(f"环节“{name}”须写期限 clock。没有规定的写假定值并标 assumption: true。", *at)
        elif state.clock.since is not None and state.clock.since not in version.states:
            yield file.document.fault(f"期限从“{state.clock.since}”起算，但没有这个环节。", *at, "clock")
        if name not in leaving:
            yield file.document.fault(f"环节“{name}”没有下一步。", *at)
        elif not all(_exits(version, name, variant) for variant in ("county", "delegated")):
            yield file.document.fault(f"环节“{name}”在县级或乡镇审核确认时没有下一步，案件会卡住。", *at)
        if state.notice is not None:
            yield from _notice(file, version, name, at)


def _exits(version: Version, state: str, variant: str) -> list[str]:
    """Return the moves by which a case of a variant leaves a state."""
    return [
        name
        for name, move in version.moves.items()
        if state in move.from_ and move.to != SAME and move.only in (None, variant)
    ]


def _notice(file: WorkflowFile, version: Version, name: str, at: tuple[str | int, ...]) -> Faults:
    """A notice is never for children, and is left only when its days are full, by objection, or withdrawal."""
    if version.privacy == "no_notice":
        yield file.document.fault("为保护隐私不公示的流程不能有公示环节。", *at)
    onward = [m for m in version.moves.values() if name in m.from_ and not {"withdraw", "object"} & set(m.does)]
    if any("notice_elapsed" not in move.needs for move in onward):
        yield file.document.fault("离开公示环节的步骤须要求公示期满(notice_elapsed)。", *at)
    if not any(move.by_clock for move in onward):
        yield file.document.fault("公示期满须由系统自动结束(by_clock: true)。", *at)


def _moves(file: WorkflowFile, version: Version, n: int) -> Faults:
    effects, letters = known_effects(), {*letter_labels(), BY_DECISION}
    for name, move in version.moves.items():
        at = ("versions", n, "moves", name)
        targets = [target for target in (move.to, *move.to_if.values()) if target != SAME]
        for state in {*move.from_, *targets} - set(version.states):
            yield file.document.fault(f"步骤“{name}”写的环节“{state}”没有声明。", *at)
        for role in move.who:
            if role not in ROLES:
                yield file.document.fault(f"没有“{role}”这个岗位。", *at, "who")
            elif move.permission not in ROLES[role].permissions:
                words = f"岗位“{role}”没有权限 {move.permission}，永远办不了“{name}”。"
                yield file.document.fault(words, *at, "who")
        if move.permission not in PERMISSIONS:
            yield file.document.fault(f"没有权限“{move.permission}”。", *at, "permission")
        if move.proposes is not None and move.only is None:
            yield file.document.fault(f"步骤“{name}”写了 proposes，须同时写 only(由县级还是乡镇办)。", *at, "proposes")
        if not move.who and not move.by_clock:
            yield file.document.fault(f"步骤“{name}”须写由谁办理 who。", *at)
        for word in set(move.does) - effects:
            yield file.document.fault(f"步骤“{name}”的 does 有不认识的“{word}”。", *at, "does")
        for letter in set(move.letters) - letters:
            yield file.document.fault(f"没有文书“{letter}”。", *at, "letters")


def _reached(version: Version) -> set[str]:
    reached, fresh = set[str](), {version.start}
    while fresh:
        reached |= fresh
        steps = [move for move in version.moves.values() if reached & set(move.from_)]
        fresh = {to for move in steps for to in (move.to, *move.to_if.values()) if to != SAME} - reached
    return reached
