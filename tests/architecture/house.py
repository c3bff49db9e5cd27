"""What the architecture tests read: every module's syntax tree, and where the rooms are."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "nuanxin"
KERNEL, DOMAINS, INTERFACES = PACKAGE / "kernel", PACKAGE / "domains", PACKAGE / "interfaces"


@dataclass(frozen=True)
class Module:
    """One file of Python: where it is, how it is called from the package down, and its syntax tree."""

    path: Path
    tree: ast.Module

    @property
    def name(self) -> str:
        return self.path.relative_to(PACKAGE).as_posix()

    @property
    def room(self) -> str:
        """Return `kernel.registry`, `domains.civil`, `interfaces.staff`; `demo` and `config` are rooms of one part."""
        parts = self.path.relative_to(PACKAGE).parts[:-1]
        return ".".join(parts[:2] if parts and parts[0] in ("kernel", "domains", "interfaces") else parts[:1])

    def at(self, node: ast.AST) -> str:
        return f"{self.name}:{getattr(node, 'lineno', 1)}"


@cache
def modules() -> tuple[Module, ...]:
    """Return every module but migrations."""
    paths = sorted(path for path in PACKAGE.rglob("*.py") if not {"migrations", "node_modules"} & set(path.parts))
    return tuple(Module(path, ast.parse(path.read_text(encoding="utf-8"))) for path in paths)


def rooms() -> list[Path]:
    """Return the folders that are rooms."""
    parents = (KERNEL, DOMAINS, INTERFACES)
    found = [folder for parent in parents for folder in sorted(parent.iterdir()) if (folder / "__init__.py").exists()]
    inner = [folder for folder in found if folder.name != "locale"]
    return [*inner, PACKAGE / "demo"]


def in_services(module: Module) -> bool:
    """Return whether the module is a room's `services.py` or lies in its folder `services/`."""
    return "services" in module.path.relative_to(PACKAGE).with_suffix("").parts


def calls(module: Module) -> Iterator[ast.Call]:
    yield from (node for node in ast.walk(module.tree) if isinstance(node, ast.Call))


def dotted(node: ast.AST) -> str:
    """Return `a.b.c` of a chain of names, attributes and calls: `X.objects.filter(...).delete` too."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    if isinstance(node, ast.Call):
        return dotted(node.func)
    return ""


def imported(module: Module) -> Iterator[tuple[str, ast.AST]]:
    """Yield every dotted name imported at run time with its node, inside functions too; what only annotates is free."""
    for node in running(module.tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((f"{node.module}.{alias.name}", node) for alias in node.names)


def running(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a tree but those under `if TYPE_CHECKING:`."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and dotted(child.test).endswith("TYPE_CHECKING")):
            yield from running(child)
