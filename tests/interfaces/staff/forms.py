"""Every form of the staff site, found in its rendered pages, with what a browser would send and what a hostile hand might."""

import datetime as dt
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import resolve

from nuanxin.interfaces.staff.forms_in import Field, Form, Reader
from nuanxin.kernel.core import clock

TOKEN = "csrfmiddlewaretoken"
PASSIVE = {"language", "logout", "login", "login-demo", "login-code"}
HUGE = "9" * 30
CITIZEN = "340223199001010011"
ODD_TEXTS = (
    "",
    " ",
    "\x00",
    "a\x00b",
    "\x1b",
    "²",
    "１２",
    "-1",
    HUGE,
    "x" * 5_000,
    "好" * 300,
    "'\"<b>%s{}\\",
    "\u202e",
    "🙂",
    "None",
)
ODD_NUMBERS = ("", "0", "-1", "²", "１２", HUGE, "9223372036854775807", "1e5", "1.5", "abc", "\x00", "NaN")
ODD_DAYS = (
    "",
    "0001-01-01",
    "9999-12-31",
    "2024-02-30",
    "2024-13-01",
    "20240101",
    "abc",
    "2024-W01-1",
    "２０２４-01-01",
    "1899-12-31",
    "2023-01-01",
    "2199-12-31",
)
ODD_MONTHS = (
    "",
    "0001-01",
    "9999-12",
    "2024-00",
    "2024-13",
    "abc",
    "2024-1-1",
    "２０２４-01",
    "\x00",
    "1900-01",
    "2199-12",
)
ODD_CHOICES = ("", "no such", "\x00", "²", HUGE, "好" * 300, "__class__", "0", "-1")
ODD_FILES = (b"", b"\x00" * 40, b"PK\x03\x04broken", b"%PDF-1.7", "，,\n".encode(), b"\xff\xfe\xff")


@dataclass(frozen=True)
class Door:
    """A form as one button of it sends it, where it was found and by whom."""

    role: str
    page: str
    action: str
    button: tuple[str, str] | None
    fields: tuple[Field, ...] = field(compare=False, hash=False)

    @property
    def route(self) -> str:
        """Return the name of the address it is sent to."""
        return str(resolve(urlsplit(self.action).path).url_name)

    @property
    def act(self) -> tuple[str, ...]:
        """Return what tells this act from the others of its address: hidden `act` values and the button."""
        fixed = tuple(one.value for one in self.fields if one.kind == "hidden" and one.name == "act")
        return (*fixed, *(self.button or ()))

    def sent(self) -> dict[str, Any]:
        """Return what a browser sends when everything is filled in sensibly."""
        data: dict[str, Any] = {}
        for one in self.fields:
            if one.kind in ("submit", "button", "image", "reset") or not one.name or one.name == TOKEN:
                continue
            value = sensible(one)
            if one.kind == "checkbox" and one.name in data:
                data[one.name] = [*data[one.name], value]
            elif one.kind == "checkbox":
                data[one.name] = [value]
            elif one.kind != "radio" or one.name not in data:
                data[one.name] = value
        if self.button:
            data[self.button[0]] = self.button[1]
        return data


def sensible(one: Field) -> Any:
    """Return a value that the field would be given."""
    today = clock.today()
    if one.kind == "hidden" or one.kind in ("checkbox", "radio"):
        return one.value
    if one.kind == "select":
        chosen = [option.value for option in one.options if "selected" in option.attributes and option.value]
        return (chosen or [option.value for option in one.options if option.value] or [""])[0]
    if one.kind == "file":
        return workbook(one.attributes.get("accept") or "")
    if one.kind == "date":
        return one.value or today.isoformat()
    if one.kind == "month":
        return one.value or f"{today:%Y-%m}"
    if one.kind == "textarea":
        return "入户核实，情况属实"
    return one.value or word(one)


def word(one: Field) -> str:
    """Return a text that fits the field's name."""
    if one.name in ("citizen_id", "person", "number"):
        return CITIZEN
    if one.kind == "number" or one.attributes.get("inputmode") in ("numeric", "decimal") or "amount" in one.name:
        return "100"
    return "按规定办理，情况属实"


def workbook(accept: str) -> SimpleUploadedFile:
    """Return a small file of the kind that is asked for."""
    if "xlsx" not in accept:
        return SimpleUploadedFile("页.pdf", b"%PDF-1.7\n%%EOF", "application/pdf")
    file = io.BytesIO()
    book = openpyxl.Workbook()
    book.active.append(["姓名", "身份证号"])
    book.save(file)
    return SimpleUploadedFile("表.xlsx", file.getvalue())


def odd_values(one: Field) -> tuple[Any, ...]:
    """Return values that the field does not expect."""
    if one.kind == "file":
        return tuple(SimpleUploadedFile("坏.xlsx", data) if data else "" for data in ODD_FILES)
    if one.kind == "date":
        return ODD_DAYS
    if one.kind == "month" or one.name in ("month", "first", "last"):
        return ODD_MONTHS
    if one.kind in ("select", "radio"):
        return ODD_CHOICES
    if one.kind in ("hidden", "checkbox", "number") or one.attributes.get("inputmode") in ("numeric", "decimal"):
        return (*ODD_NUMBERS, *ODD_DAYS[1:3])
    return (*ODD_TEXTS, *ODD_DAYS[1:3])


def forms_of(text: str) -> list[Form]:
    """Return the forms of a page that send something by POST, menus left out."""
    return [one for one in Reader(text).forms if one.posts]


def doors_of(client: Client, role: str, page: str) -> Iterator[Door]:
    """Yield each form of a page with each of its buttons."""
    answer = client.get(page)
    if answer.status_code != 200 or not answer.get("Content-Type", "").startswith("text/html"):
        return
    for form in forms_of(answer.content.decode()):
        buttons = [(one.name, one.value) for one in form.fields if one.tag == "button" and one.name]
        for action in {urljoin(page, to) for to in (form.action or page, form.attributes.get("hx-post")) if to}:
            if resolve(urlsplit(action).path).url_name in PASSIVE:
                continue
            for button in buttons or [None]:
                yield Door(role, page, action, button, tuple(form.fields))


def by_hand(role: str, action: str, button: tuple[str, str] | None = None, **kinds: str) -> Door:
    """Return a form that no page of the small world offers: its fields by name, each with its kind."""
    made = (Field("input", {"name": name, "type": kind}, 0, 0, ()) for name, kind in kinds.items())
    return Door(role, action, action, button, tuple(made))


@dataclass
class Answer:
    """What a post gave: the status and the page, and whether anything was written and kept."""

    status: int
    text: str
    changes: int
    error: str = ""

    @property
    def done(self) -> bool:
        """Return whether the act was done."""
        return self.status in (200, 302) and self.changes > 0


def post(client: Client, door: Door, data: dict[str, Any]) -> Answer:
    """Send a form and take back whatever it did."""
    from nuanxin.kernel.core.models import Change

    client.raise_request_exception = False

    class Undo(Exception):
        pass

    answer, made = None, 0
    try:
        with transaction.atomic():
            before = Change.objects.count()
            answer = client.post(door.action, data, headers={"referer": f"http://testserver{door.page}"})
            made = Change.objects.count() - before
            raise Undo
    except Undo:
        pass
    assert answer is not None
    error = repr(answer.exc_info[1])[:300] if answer.status_code >= 500 and answer.exc_info else ""
    text = answer.content.decode(errors="replace") if not answer.streaming else ""
    return Answer(answer.status_code, text, made, error)


def day() -> dt.date:
    """Return the business date."""
    return clock.today()
