"""A browser without a screen: pages, forms filled as they are offered, cookies; it knows HTTP and HTML and nothing else."""

import http.client
import http.cookiejar
import re
import secrets
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
Upload = tuple[str, bytes]


@dataclass
class Field:
    """One control of a form: its kind, what it holds now, what it offers."""

    name: str
    kind: str
    values: list[str] = field(default_factory=list)
    offered: dict[str, str] = field(default_factory=dict)


@dataclass
class Form:
    """A form as the page offers it."""

    action: str
    method: str
    fields: dict[str, Field] = field(default_factory=dict)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)
    primary: bool = False
    text: str = ""


@dataclass
class Page:
    """What came back: status, address, text, and what can be done on it."""

    url: str
    status: int
    body: bytes
    headers: Any

    def __post_init__(self) -> None:
        """Read the forms, the links and the words of a page of HTML."""
        reader = _Reader()
        if "html" in self.headers.get("Content-Type", ""):
            reader.feed(self.body.decode("utf-8"))
            reader.close()
        self.forms, self.links, self.text = reader.forms, reader.links, re.sub(r"\s+", " ", reader.text)

    @property
    def path(self) -> str:
        return urllib.parse.urlsplit(self.url).path

    def number(self) -> int:
        """Return the last number in the address: what the page is about."""
        return int(re.findall(r"\d+", self.path)[-1])

    def form(self, wanted: str) -> Form:
        """Return the first form whose action, a button or a field is called so."""
        for one in self.forms:
            if wanted in one.action or wanted in one.fields or any(wanted in button for button in one.buttons):
                return one
            if any(wanted in text for _, _, text in one.buttons):
                return one
        raise AssertionError(f"{self.path} ({self.status}) offers no form {wanted!r}: {self.said()}")

    def offers(self, wanted: str) -> bool:
        """Return whether the page offers such a form."""
        try:
            self.form(wanted)
        except AssertionError:
            return False
        return True

    def link(self, wanted: str) -> str:
        """Return the address of the first link with these words, or to an address that holds them."""
        for href, text in self.links:
            if wanted in text or wanted in href:
                return href
        raise AssertionError(f"{self.path} has no link {wanted!r}: {self.said()}")

    def said(self) -> str:
        """Return the page's words from its heading on, short enough to read in a failure."""
        return self.text[-1500:]


class _Reader(HTMLParser):
    """Gathers forms with their fields, links with their words, and the text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self.text = ""
        self._ids: dict[str, Form] = {}
        self._open: Form | None = None
        self._button: tuple[Form, str, str] | None = None
        self._words = ""
        self._href: str | None = None
        self._select: Field | None = None
        self._option: str | None = None
        self._area: Field | None = None
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in ("script", "style", "template"):
            self._silent += 1
        elif tag == "form":
            self._open = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._open)
            self._ids[given.get("id", "")] = self._open
        elif tag == "a" and "href" in given:
            self._href, self._words = given["href"], ""
        elif tag in ("input", "select", "textarea", "button"):
            form = self._ids.get(given["form"]) if "form" in given else self._open
            if form is not None and "disabled" not in given:
                self._control(form, tag, given)
        elif tag == "option" and self._select is not None:
            self._option = given.get("value")
            self._words = ""
            if "selected" in given:
                self._select.values = [self._option or ""]

    def _control(self, form: Form, tag: str, given: dict[str, str]) -> None:
        name, kind = given.get("name", ""), given.get("type", "text" if tag == "input" else tag).lower()
        if tag == "button" or kind in ("submit", "image"):
            self._button, self._words = (form, name, given.get("value", "")), given.get("value", "")
            form.primary |= "btn-primary" in given.get("class", "")
            if tag == "input":
                self._end_button()
            return
        if not name:
            return
        known = form.fields.setdefault(name, Field(name, kind))
        if kind in ("checkbox", "radio"):
            value = given.get("value", "on")
            known.offered[value] = value
            if "checked" in given:
                known.values.append(value)
        elif tag == "select":
            self._select = known
        elif tag == "textarea":
            self._area = known
            known.values = [""]
        else:
            known.values = [*known.values, given.get("value", "")] if kind == "hidden" else [given.get("value", "")]

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style", "template"):
            self._silent -= 1
        elif tag == "form":
            self._open = None
        elif tag == "a" and self._href is not None:
            self.links.append((self._href, self._words.strip()))
            self._href = None
        elif tag == "button" and self._button is not None:
            self._end_button()
        elif tag == "option" and self._select is not None:
            self._offer()
        elif tag == "select" and self._select is not None:
            if not self._select.values and self._select.offered:
                self._select.values = [next(iter(self._select.offered))]
            self._select = None
        elif tag == "textarea":
            self._area = None

    def _offer(self) -> None:
        assert self._select is not None
        words = re.sub(r"\s+", " ", self._words).strip()
        self._select.offered[words if self._option is None else self._option] = words
        self._option, self._words = None, ""

    def _end_button(self) -> None:
        assert self._button is not None
        form, name, value = self._button
        form.buttons.append((name, value, re.sub(r"\s+", " ", self._words).strip()))
        self._button = None

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        self._words += data
        if self._area is not None:
            self._area.values = [self._area.values[0] + data]
        if self._open is not None:
            self._open.text += data
        self.text += data


class Browser:
    """One person's browser: it follows what pages offer, and fails where they offer less."""

    def __init__(self, base: str) -> None:
        """Begin without cookies."""
        self.base = base
        self.cookies = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def get(self, path: str) -> Page:
        """Return a page; an answer of 500 fails wherever it comes."""
        address = urllib.parse.quote(urllib.parse.urljoin(self.base, path), safe=":/?&=%+#")
        return self._ask(urllib.request.Request(address))

    def submit(self, page: Page, wanted: str, /, button: str = "", **values: Any) -> Page:
        """Fill a form as the page offers it and send it by a button of it (its text or value; the first when empty).

        Names with hyphens are given in a dictionary `more`. A field the page does not offer fails.
        """
        form = page.form(wanted)
        values |= values.pop("more", {})
        pairs, files = list(self._filled(page, form, values)), self._files(form, values)
        pressed = [one for one in form.buttons if not button or button in (one[1], one[2]) or button in one[2]]
        assert pressed or not form.buttons, f"{page.path}: no button {button!r} among {form.buttons}"
        if pressed and pressed[0][0]:
            pairs.append((pressed[0][0], pressed[0][1]))
        url = urllib.parse.urljoin(page.url, form.action or page.url)
        if form.method == "get":
            return self.get(f"{url.partition('?')[0]}?{urllib.parse.urlencode(pairs)}")
        body, kind = _multipart(pairs, files) if files else (urllib.parse.urlencode(pairs).encode(), "")
        request = urllib.request.Request(url, body, method="POST")
        request.add_header("Content-Type", kind or "application/x-www-form-urlencoded")
        request.add_header("Referer", page.url)
        return self._ask(request)

    def _filled(self, page: Page, form: Form, values: dict[str, Any]) -> Iterator[tuple[str, str]]:
        strange = set(values) - set(form.fields)
        assert not strange, f"{page.path}: the form {form.action!r} has no field {strange}; it has {list(form.fields)}"
        for name, known in form.fields.items():
            if known.kind == "file":
                continue
            given = values.get(name, known.values)
            for value in given if isinstance(given, list) else [given]:
                if name in values and known.kind in ("select", "radio") and str(value) not in known.offered:
                    value = self._by_words(page, known, str(value))
                yield name, str(value)

    def _by_words(self, page: Page, known: Field, value: str) -> str:
        """Return the choice whose words hold these, as a person chooses."""
        found = [code for code, words in known.offered.items() if value in words]
        assert found, f"{page.path}: {known.name} does not offer {value!r} but {known.offered}"
        return found[0]

    def _files(self, form: Form, values: dict[str, Any]) -> list[tuple[str, Upload]]:
        found: list[tuple[str, Upload]] = []
        for name, known in form.fields.items():
            if known.kind == "file" and name in values:
                given = values[name]
                found += [(name, upload) for upload in (given if isinstance(given, list) else [given])]
        return found

    def _ask(self, request: urllib.request.Request) -> Page:
        try:
            answer = self.opener.open(request, timeout=120)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            page = Page(answer.url or request.full_url, answer.status or 0, answer.read(), answer.headers)
        assert page.status < http.client.INTERNAL_SERVER_ERROR, f"{request.full_url}: {page.status} {page.said()}"
        return page


def _multipart(pairs: list[tuple[str, str]], files: list[tuple[str, Upload]]) -> tuple[bytes, str]:
    mark = secrets.token_hex(16)
    parts = [f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode() for name, value in pairs]
    for name, (file, data) in files:
        head = f'Content-Disposition: form-data; name="{name}"; filename="{Path(file).name}"'
        parts.append(f"{head}\r\nContent-Type: application/octet-stream\r\n\r\n".encode() + data)
    body = b"".join(b"--" + mark.encode() + b"\r\n" + part + b"\r\n" for part in parts)
    return body + f"--{mark}--\r\n".encode(), f"multipart/form-data; boundary={mark}"
