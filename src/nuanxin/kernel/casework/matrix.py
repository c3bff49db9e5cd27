"""The state × move × role table of a workflow as plain text, for people to review and a test to hold."""

import datetime as dt
from collections.abc import Iterator

from nuanxin.kernel.access.roles import ROLES
from nuanxin.kernel.casework.schema import Clock, Move, State, WorkflowFile
from nuanxin.kernel.casework.workflows import Workflow, open_shelf, workflows_of


def matrices(county: str) -> dict[str, str]:
    """Return the tables of every workflow a county follows, by code, one table per date on which something changes."""
    starts = sorted({version.from_ for _, file in open_shelf().files for version in file.versions})
    tables: dict[str, list[tuple[dt.date, str]]] = {}
    for start in starts:
        for code, workflow in workflows_of(county, start).items():
            text = "\n".join(_table(workflow))
            held = tables.setdefault(code, [])
            if not held or held[-1][1] != text:
                held.append((start, text))
    return {code: _joined(county, code, versions) for code, versions in tables.items()}


def _joined(county: str, code: str, versions: list[tuple[dt.date, str]]) -> str:
    parts = [f"# {code}，{county}，自 {start} 起\n{text}\n" for start, text in versions]
    return "\n".join(parts)


def _table(workflow: Workflow) -> Iterator[str]:
    version = workflow.version
    yield f"{workflow.title}；{'、'.join(workflow.kinds)}；{'、'.join(workflow.benefits)}"
    delegated = f"是（{'、'.join(version.delegated.decides)}）" if workflow.delegated else "否"
    yield f"总期限 {_clock(version.whole)}；下放 {delegated}；抽查 {workflow.sample_per_cent or 0}%"
    if version.hearing_first:
        yield f"先听取意见：{'、'.join(version.hearing_first)}（{version.hearing_article}）"
    yield f"岗位：{' '.join(ROLES)}"
    for name, state in version.states.items():
        yield ""
        yield _state(name, state)
        for move_id, move in version.moves.items():
            if name in move.from_:
                yield _move(move_id, move)


def _state(name: str, state: State) -> str:
    if state.final is not None:
        return f"[{name}] {state.label}：办结 {state.final}"
    notice = f"；公示 {state.notice.days} 天，只列 {'、'.join(state.notice.shows)}" if state.notice else ""
    return f"[{name}] {state.label}：{state.owner}，{_clock(state.clock)}{notice}"


def _clock(clock: Clock | None) -> str:
    if clock is None:
        return "—"
    counts = ((clock.working_days, "个工作日"), (clock.days, "天"), (clock.months, "个月"))
    length = next(f"{count}{unit}" for count, unit in counts if count is not None)
    since = f"（自 {clock.since} 起）" if clock.since else ""
    return f"{length}{since}{'（假定）' if clock.assumption else ''}"


def _move(name: str, move: Move) -> str:
    who = "".join("x" if _holds(role, move) else "." for role in ROLES)
    targets = [move.to, *(f"{kind}→{state}" for kind, state in move.to_if.items())]
    facts: list[tuple[str, list[str]]] = [
        ("只限", [word for word in (move.only, move.proposes) if word]),
        ("须", [str(need) for need in move.needs]),
        ("近亲属、举报另须", [str(need) for need in move.county_needs]),
        ("则", list(move.does)),
        ("文书", list(move.letters)),
    ]
    more = "".join(f"；{label} {' '.join(words)}" for label, words in facts if words)
    marks = f"{' 主' if move.primary else ''}{' 自动' if move.by_clock else ''}"
    return f"  {who} {name} {move.label} → {' '.join(targets)}{marks}{more}"


def _holds(role: str, move: Move) -> bool:
    return role in move.who and move.permission in ROLES[role].permissions


def declared_codes() -> list[str]:
    """Return the codes of every workflow declared."""
    return sorted({file.workflow for _, file in open_shelf().files if isinstance(file, WorkflowFile)})
