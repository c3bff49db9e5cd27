"""The forms of a rendered page: where each form and field stands in the text, and what each would send."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

FIELDS = ("input", "select", "textarea", "button")
FOLDS = ("details", "dialog")
Attributes = dict[str, str | None]


@dataclass
class Option:
    """One choice of a select; `start` and `end` enclose its opening tag in the page's text."""

    attributes: Attributes
    start: int
    end: int

    @property
    def value(self) -> str:
        """Return what choosing it sends."""
        return self.attributes.get("value") or ""


@dataclass
class Field:
    """An input, select, text area or button; `start` and `end` enclose its opening tag."""

    tag: str
    attributes: Attributes
    start: int
    end: int
    folds: tuple[int, ...]
    options: list[Option] = field(default_factory=list)
    closed: int = 0  # where a text area's text ends

    @property
    def name(self) -> str:
        """Return the name it sends its value under, empty for none."""
        return self.attributes.get("name") or ""

    @property
    def value(self) -> str:
        """Return the value it stands with; a box without one sends `on`."""
        return self.attributes.get("value") or ("on" if self.kind in ("checkbox", "radio") else "")

    @property
    def kind(self) -> str:
        """Return the type of an input, else the tag."""
        return (self.attributes.get("type") or "text").lower() if self.tag == "input" else self.tag


@dataclass
class Form:
    """A form with its fields, those outside it that name it included."""

    attributes: Attributes
    start: int
    end: int
    folds: tuple[int, ...]
    fields: list[Field] = field(default_factory=list)

    @property
    def action(self) -> str:
        """Return where it is sent, empty for the page itself."""
        return self.attributes.get("action") or ""

    @property
    def posts(self) -> bool:
        """Return whether it is sent by POST."""
        return (self.attributes.get("method") or "get").lower() == "post"


class Reader(HTMLParser):
    """Reads the forms out of a page, with the places of their tags."""

    def __init__(self, text: str) -> None:
        """Read the whole text."""
        super().__init__()
        self.forms: list[Form] = []
        self.folds: dict[int, str] = {}  # a closed fold's place → its tag
        self._loose: list[tuple[str, Field]] = []
        self._open: list[Form] = []
        self._nested: list[tuple[str, int]] = []
        self._select: Field | None = None
        self._area: Field | None = None
        self._lines = [0]
        for line in text.split("\n"):
            self._lines.append(self._lines[-1] + len(line) + 1)
        self.feed(text)
        self.close()
        self._join()

    def _place(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a form, a field, a choice or a fold."""
        start, attributes = self._place(), dict(attrs)
        end = start + len(self.get_starttag_text() or "")
        if tag == "form":
            self._open.append(Form(attributes, start, end, self._around()))
            self.forms.append(self._open[-1])
        elif tag in FOLDS:
            self._nested.append((tag, start))
            if "open" not in attributes:
                self.folds[start] = tag
        elif tag == "option" and self._select is not None:
            self._select.options.append(Option(attributes, start, end))
        elif tag in FIELDS:
            self._field(Field(tag, attributes, start, end, self._around()))

    def _around(self) -> tuple[int, ...]:
        return tuple(place for _tag, place in self._nested)

    def _field(self, one: Field) -> None:
        if one.tag == "select":
            self._select = one
        if one.tag == "textarea":
            self._area = one
        if owner := one.attributes.get("form"):
            self._loose.append((owner, one))
        elif self._open:
            self._open[-1].fields.append(one)

    def handle_endtag(self, tag: str) -> None:
        """Leave a form, select, text area or fold."""
        if tag == "form" and self._open:
            self._open.pop()
        elif tag == "select":
            self._select = None
        elif tag == "textarea" and self._area is not None:
            self._area.closed, self._area = self._place(), None
        elif tag in FOLDS and self._nested:
            self._nested.pop()

    def _join(self) -> None:
        """Give each form the fields that stand elsewhere and name it."""
        known = {one.attributes.get("id"): one for one in self.forms}
        for owner, one in self._loose:
            if owner in known:
                known[owner].fields.append(one)
