"""Every verb has a door: each public verb of a service is reached from a page, a command or a registered handler."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache

from tests.architecture.house import Module, in_services, modules

DEMO = {
    "counter_week.py", "township_week.py", "late_facts.py", "officers.py", "second_desk.py", "demonstration.py", "demo.py",
}  # fmt: skip
WITHOUT_A_DOOR = {
    "load_cremations": "many at once from Arrow tables; the register's own import of workbooks is the door",
    "load_marriages": "many at once from Arrow tables; the register's own import of workbooks is the door",
    "takeover_list": "a load in one call, for the demo and measurements; pages and command open, check and sign apart",
    "make_decision": "one of what cases and the month's lists make",
    "check_decision": "one of what cases and the month's lists check",
    "add_coverage": "one person of one grant; decisions and members bring grants to their targets many at once",
    "end_coverage": "one person of one grant; deaths, moves and decisions end many at once",
    "sign_takeover": "a signature that loads at once, for the demo and measurements; pages sign by `sign_load`",
    "assign_task": "one task to a colleague; pages have 由我承办 for a case and 移交 for all work",
    "end_grant": "one grant; decisions, deaths and moves end them many at once",
}
MOST_WITHOUT = 10


@cache
def verbs() -> dict[str, str]:
    """Return the room of every public verb: what a room's services export, else their public functions."""
    found: dict[str, str] = {}
    for room in sorted({module.room for module in modules() if in_services(module)}):
        files = [module for module in modules() if in_services(module) and module.room == room]
        defined = {name for module in files for name in _functions(module)}
        exported = next((names for module in files if (names := _exported(module))), [])
        found |= {name: room for name in exported or defined if name in defined and not name.startswith("_")}
    return found


def _exported(module: Module) -> list[str]:
    for node in module.tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
            return [str(ast.literal_eval(one)) for one in getattr(node.value, "elts", [])]
    return []


def _functions(module: Module) -> Iterator[str]:
    yield from (node.name for node in module.tree.body if isinstance(node, ast.FunctionDef))


def _names(node: ast.AST) -> set[str]:
    """Return every name that a piece of code reads, also as an attribute."""
    found = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
    return found | {one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)}


@cache
def reached() -> frozenset[str]:
    """Return the names that the interfaces and what registers itself lead to, through any function below."""
    bodies: dict[str, set[str]] = defaultdict(set)
    waiting: set[str] = set()
    for module in modules():
        top = module.room.partition(".")[0]
        if top == "demo" or (top == "interfaces" and module.path.name in DEMO):
            continue
        if top == "interfaces" or module.path.name == "apps.py":
            waiting |= _names(module.tree)
            continue
        for node in module.tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                bodies[node.name] |= _names(node)
                waiting |= {name for one in node.decorator_list for name in _names(one)}
            elif not isinstance(node, ast.Import | ast.ImportFrom):
                waiting |= _names(node)
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting |= bodies.get(name, set()) - found
    return frozenset(found)


def test_every_verb_has_a_door() -> None:
    closed = {f"{room}: {name}" for name, room in verbs().items() if name not in reached() | set(WITHOUT_A_DOOR)}
    assert not sorted(closed)


def test_what_has_no_door_is_little_and_has_a_reason() -> None:
    assert len(WITHOUT_A_DOOR) <= MOST_WITHOUT
    assert all(WITHOUT_A_DOOR.values())
    assert not set(WITHOUT_A_DOOR) & reached(), "these have a door now"
    assert set(WITHOUT_A_DOOR) <= set(verbs())


def test_a_verb_that_nobody_calls_would_be_found() -> None:
    assert len(verbs()) > 150
    assert "record_circumstance" in reached()
    assert "a_verb_that_nobody_calls" not in reached()
