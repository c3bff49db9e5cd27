"""The Chinese labels that pages take from declarations: files of the domains and counties, coded lists, registers.

Not gathered are what stays Chinese in any language: documents and articles of law, notes, the text of letters, names.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

PACKAGE = Path(__file__).resolve().parent.parent.parent
ROOMS = ("kernel", "domains", "counties")
HAN = re.compile(r"[\u4e00-\u9fff]")
LABELS = {"label", "says", "title", "unit", "by", "definition", "ask", "certificate", "awaits", "bank"}
LISTS = {"codes", "documents"}
OTHERS = {"examples", "published"}
LETTERS = "letters"
SECOND = {"_role", "Leg", "Broken"}  # roles, the five sums of a run and what breaks them, by their words
FIELDS = re.compile(r"(Field|ForeignKey)$")
WALKS = {"lineage", "trace.py"}
LABELLED = re.compile(r"^(STEPS|TITLES|WAITING|.*_LABELS)$")


def declared() -> Iterator[str]:
    """Yield every label that a page may show."""
    for room in ROOMS:
        for path in sorted((PACKAGE / room).rglob("*.yaml")):
            if path.parent.name == LETTERS:
                yield from _of_letter(yaml.safe_load(path.read_text(encoding="utf-8")))
            elif path.parent.name not in OTHERS and path.name != "county.yaml":
                yield from _of_file(yaml.safe_load(path.read_text(encoding="utf-8")))
        for path in sorted((PACKAGE / room).rglob("*.py")):
            if "migrations" not in path.parts:
                tree = ast.parse(path.read_text(encoding="utf-8"))
                yield from _of_walk(tree) if WALKS & {path.parent.name, path.name} else _of_code(tree)


def _of_letter(content: dict[str, Any]) -> Iterator[str]:
    """Yield what a letter is called; what it says is a Chinese document."""
    if "label" in content:
        yield content["label"]


def _of_file(content: Any) -> Iterator[str]:
    if isinstance(content, list):
        for one in content:
            yield from _of_file(one)
    elif isinstance(content, dict):
        for key, value in content.items():
            if key in LISTS:
                yield from _listed(value)
            elif key in LABELS and isinstance(value, str):
                yield from _han(value)
            else:
                yield from _of_file(value)


def _listed(value: Any) -> Iterator[str]:
    """Yield codes' labels (code → label) or documents asked for (a list, or document → how it is answered)."""
    if isinstance(value, list):
        texts = value
    else:
        texts = [key if isinstance(one, dict) or one is None else one for key, one in value.items()]
    for text in texts:
        yield from _han(str(text))


def _of_code(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and any(_name(base).endswith("Choices") for base in node.bases):
            yield from _choices(node)
        elif isinstance(node, ast.ClassDef) and {"Register", "Declared"} & {node.name, *map(_name, node.bases)}:
            yield from _register(node)
        elif isinstance(node, ast.Call) and _name(node.func) in SECOND and len(node.args) > 1:
            yield from _texts(node.args[1])
        elif isinstance(node, ast.Call) and _name(node.func) == "Column":
            yield from _texts(node)
        elif isinstance(node, ast.Assign) and LABELLED.match(_name(node.targets[0])):
            yield from _texts(node.value)


def _of_walk(tree: ast.AST) -> Iterator[str]:
    """Yield the titles and labels of the steps by which a figure is walked down to its clause."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) == "TraceStep":
            yield from _constant(node.args[1])
        elif isinstance(node, ast.Tuple) and len(node.elts) == 2:
            yield from _constant(node.elts[0])


def _constant(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from _han(node.value)


def _choices(node: ast.ClassDef) -> Iterator[str]:
    for line in node.body:
        if isinstance(line, ast.Assign):
            yield from _texts(line.value)


def _register(node: ast.ClassDef) -> Iterator[str]:
    """Yield the labels of a register's columns and states, its title and its tallies."""
    for line in node.body:
        if isinstance(line, ast.AnnAssign) and _name(line.target) == "states" and line.value:
            yield from _texts(line.value)
    for call in ast.walk(node):
        if not isinstance(call, ast.Call):
            continue
        if FIELDS.search(_name(call.func)):
            named = [one.value for one in call.keywords if one.arg == "verbose_name"]
            for value in (*call.args[:1], *named):
                yield from _texts(value)
        elif _name(call.func) in ("Declared", "TallyOf"):
            yield from _texts(call)


def _texts(node: ast.AST) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield from _han(one.value)


def _han(text: str) -> Iterator[str]:
    if HAN.search(text):
        yield text


def _name(node: ast.AST) -> str:
    return str(getattr(node, "attr", getattr(node, "id", "")))
