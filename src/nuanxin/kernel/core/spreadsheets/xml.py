"""XML parts read by their names in their namespaces; no document type, so no entities either."""

from collections.abc import Callable
from typing import IO
from xml.parsers import expat

from nuanxin.kernel.core.spreadsheets.limits import damaged, no_workbook

CHUNK = 2**16
OFFICE = ("http://schemas.openxmlformats.org/", "http://purl.oclc.org/ooxml/")
Attributes = dict[str, str]


class Handler:
    """What happens at each element, by its local name; elements of other namespaces are passed over."""

    parts = "spreadsheetml/"

    def start(self, tag: str, attributes: Attributes) -> None:
        """Meet an element."""

    def end(self, tag: str) -> None:
        """Leave an element."""

    def text(self, text: str) -> None:
        """Meet text."""


def parse(stream: IO[bytes], handler: Handler) -> None:
    """Run a part through a handler; Refused when it is no XML or declares a document type."""
    names = _Names(handler.parts)
    parser = expat.ParserCreate(namespace_separator="|")
    parser.buffer_text = True
    parser.buffer_size = CHUNK
    start, end = handler.start, handler.end

    def begin(name: str, attributes: Attributes) -> None:
        if tag := names[name]:
            start(tag, attributes)

    def leave(name: str) -> None:
        if tag := names[name]:
            end(tag)

    parser.StartElementHandler, parser.EndElementHandler = begin, leave
    parser.CharacterDataHandler = handler.text
    parser.StartDoctypeDeclHandler = _refuse_document_type
    _feed(parser.Parse, stream)


def _feed(take: Callable[[bytes, bool], object], stream: IO[bytes]) -> None:
    try:
        while chunk := stream.read(CHUNK):
            take(chunk, False)
        take(b"", True)
    except (expat.ExpatError, UnicodeError, LookupError) as error:
        raise no_workbook() from error


class _Names(dict[str, str]):
    """Local names by full name, empty for what lies outside the part's namespace."""

    def __init__(self, parts: str) -> None:
        super().__init__()
        self.parts = parts

    def __missing__(self, name: str) -> str:
        space, _, local = name.rpartition("|")
        known = space.startswith(OFFICE) and self.parts in f"{space}/"
        if len(self) < 10_000:
            self[name] = local if known else ""
        return local if known else ""


def _refuse_document_type(*_: object) -> None:
    raise damaged("含有文档类型声明")
