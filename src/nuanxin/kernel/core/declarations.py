"""The strict YAML loader: composed, never constructed; every scalar a string with its line; all faults gathered."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, PrivateAttr, ValidationError

from nuanxin.kernel.core.declaration_words import in_chinese
from nuanxin.kernel.core.errors import DeclarationError, DeclarationFault, Fault

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
PLAIN_TAGS = {
    f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null", "timestamp", "merge", "value")
}
Key = str | int
Path_ = tuple[Key, ...]


@dataclass
class Document:
    """A YAML file as dicts, lists and strings (None where nothing or `null` stands), with the line of every key."""

    file: str
    data: Any = None
    lines: dict[Path_, int] = field(default_factory=dict)
    faults: list[DeclarationFault] = field(default_factory=list)

    def line_of(self, *keys: Key) -> int:
        """Return the line of a key such as `line_of("conditions", 0, "holds")`, or of its nearest known parent."""
        path: Path_ = ()
        for key in keys:
            if (*path, key) in self.lines:
                path = (*path, key)
        return self.lines.get(path, 1)

    def fault(self, message: str, *keys: Key) -> DeclarationFault:
        """Return a fault at a key's line; `message` is a Chinese sentence that says what to do."""
        return DeclarationFault(file=self.file, line=self.line_of(*keys), message=message)


class Declaration(BaseModel):
    """Base of a file's schema: unknown keys refused, never changed after loading, and it knows its document."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    _document: Document | None = PrivateAttr(default=None)

    @property
    def document(self) -> Document:
        """Return the document it was loaded from."""
        if self._document is None:
            raise Fault("the declaration was not loaded from a file")
        return self._document


M = TypeVar("M", bound=BaseModel)


def load_declaration(path: Path, model: type[M]) -> M:
    """Return the file as its model; DeclarationError carries every fault with file and line."""
    return validate(read_document(path), model)


def load_all(paths: Sequence[Path], model: type[M]) -> list[M]:
    """Return the files as models in order; one DeclarationError carries the faults of all of them."""
    loaded, faults = [], []
    for path in paths:
        try:
            loaded.append(load_declaration(path, model))
        except DeclarationError as error:
            faults += error.faults
    if faults:
        raise DeclarationError(faults)
    return loaded


def read_document(path: Path) -> Document:
    """Return the composed file; DeclarationError when it is no plain YAML of mappings, lists and scalars."""
    return parse_document(path.read_bytes(), str(path))


def parse_document(text: str | bytes, file: str) -> Document:
    """Return the composed text under a file's name; doubled keys, anchors, tags and second documents are faults."""
    document = Document(file=file)
    try:
        node = yaml.compose(text, Loader=Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        message = f"不是合法的 YAML：{getattr(error, 'problem', error)}。请检查缩进、冒号和引号。"
        raise DeclarationError([DeclarationFault(file, line, message)]) from error
    if node is None:
        raise DeclarationError([DeclarationFault(file, 1, "文件是空的。请写入声明，或删除文件。")])
    document.data = _Composer(document).value(node, ())
    if document.faults:
        raise DeclarationError(document.faults)
    return document


def validate(document: Document, model: type[M]) -> M:
    """Return the document as its model; every fault that Pydantic finds is told in Chinese at its line."""
    try:
        loaded = model.model_validate(document.data)
    except ValidationError as error:
        raise DeclarationError([_fault_of(document, dict(one), model) for one in error.errors()]) from error
    if isinstance(loaded, Declaration):
        loaded._document = document
    return loaded


def _fault_of(document: Document, error: dict[str, Any], model: type[BaseModel]) -> DeclarationFault:
    keys = tuple(error["loc"])
    return document.fault(in_chinese(error, model), *keys)


class _Composer:
    """Turns nodes into plain values and notes lines and faults in the document."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.seen: set[int] = set()

    def value(self, node: yaml.Node, path: Path_) -> Any:
        self.document.lines.setdefault(path, node.start_mark.line + 1)
        if id(node) in self.seen:
            self.refuse(node, "不能用锚点和别名（& 和 *）。请把内容写出来。")
            return None
        self.seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, (*path, index)) for index, child in enumerate(node.value)]
        return self.scalar(node)

    def scalar(self, node: yaml.Node) -> str | None:
        if node.tag not in PLAIN_TAGS:
            self.refuse(node, f"不能用标记 {node.tag}。请直接写出值。")
        nothing = getattr(node, "style", None) in (None, "") and node.value in ("", "~", "null")
        return None if nothing else str(node.value)

    def mapping(self, node: yaml.MappingNode, path: Path_) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self.refuse(key_node, "键必须是一个词。请不要用列表或映射作键。")
                continue
            key = str(key_node.value)
            if key in found:
                self.refuse(key_node, f"键“{key}”写了两次。请保留一个。")
            self.document.lines[(*path, key)] = key_node.start_mark.line + 1
            found[key] = self.value(value_node, (*path, key))
        return found

    def refuse(self, node: yaml.Node, message: str) -> None:
        self.document.faults.append(DeclarationFault(self.document.file, node.start_mark.line + 1, message))
