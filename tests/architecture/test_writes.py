"""Services alone write, and what they refuse they refuse in words."""

import ast

from tests.architecture.house import Module, calls, dotted, in_services, modules

CREATING = {"create", "bulk_create", "bulk_update", "get_or_create", "update_or_create", "acreate", "aupdate_or_create"}
CHANGING = {"update", "delete", "save", "_raw_delete"}
RECORDS = {"objects", "filter", "exclude", "all", "get", "first", "last", "select_for_update", "_base_manager"}
WRITERS = {
    "kernel/core/bulk.py": "the fast path the services call",
    "kernel/core/changes.py": "core's verbs: every service opens its change here",
    "kernel/core/clock.py": "core's verb: move_to",
    "kernel/core/queue.py": "core's verbs: enqueue_step and what follows it",
}
VERBS = {
    "add",
    "award",
    "change",
    "close",
    "create",
    "end",
    "file",
    "give",
    "make",
    "merge",
    "record",
    "register",
    "split",
}
VERBS |= {
    "accept",
    "build",
    "check",
    "confirm",
    "export",
    "import",
    "load",
    "open",
    "pay",
    "prepare",
    "reissue",
    "release",
}
VERBS |= {"report", "restate", "run", "sign", "take", "takeover", "update", "withdraw", "write"}
BARE = {"ValueError", "Exception", "RuntimeError", "KeyError", "TypeError", "AssertionError", "PermissionError"}


def writes(module: Module) -> list[str]:
    """Return calls that write through the ORM, as far as their shape tells."""
    found = []
    for call in calls(module):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else dotted(call.func)
        chain = dotted(call.func).split(".")
        through_manager = bool(RECORDS & set(chain[1:-1]))
        model_save = name in ("save", "delete") and isinstance(call.func, ast.Attribute) and not call.args
        if name == "bulk_insert" or (name in CREATING | CHANGING and through_manager) or model_save:
            found.append(f"{module.at(call)} calls {'.'.join(chain)}")
    return found


def test_only_services_write():
    faults = [
        fault
        for module in modules()
        if not in_services(module) and module.name not in WRITERS
        for fault in writes(module)
    ]
    assert not faults


def test_writers_outside_services_exist():
    names = {module.name for module in modules()}
    assert set(WRITERS) <= names


def test_services_are_keyword_only_and_annotated():
    faults = [
        f"{module.at(node)} {node.name}"
        for module in modules()
        if in_services(module)
        for node in module.tree.body
        if isinstance(node, ast.FunctionDef) and node.name in promised(module)
        if node.name.split("_")[0] in VERBS and (len(node.args.args) > 1 or node.returns is None)
    ]
    assert not faults, "a service takes keywords, at most one argument without, and says what it returns"


def promised(module: Module) -> set[str]:
    """Return the public names of a room's `services.py`, or those its `services/__init__.py` hands out."""
    if module.path.stem == "services":
        return {node.name for node in module.tree.body if isinstance(node, ast.FunctionDef) and node.name[0] != "_"}
    front = next(part for part in module.path.parents if part.name == "services") / "__init__.py"
    return {
        alias.asname or alias.name
        for node in ast.parse(front.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def test_services_raise_no_bare_errors():
    faults = [
        f"{module.at(node)} raises {dotted(node.exc)}"
        for module in modules()
        if in_services(module)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Raise) and node.exc is not None and dotted(node.exc).split(".")[-1] in BARE
    ]
    assert not faults, "raise Refused, DeclarationError or Fault"
