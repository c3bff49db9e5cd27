"""A form that was refused comes back as it was sent: its own page, every field as typed, and why not, in place."""

from collections.abc import Iterable
from copy import copy
from html import escape
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.template.loader import render_to_string
from django.urls import Resolver404, get_script_prefix, resolve

from nuanxin.interfaces.staff.forms_in import Attributes, Field, Form, Reader
from nuanxin.kernel.core.errors import Refused

KEPT = ("hidden", "submit", "button", "image", "reset", "password", "file")  # never filled in from what was sent
TICKED = ("checkbox", "radio")
SECRETS = ("old", "new", "again", "code")
TOKEN = "csrfmiddlewaretoken"
STATUS = 409


def refused_form(request: HttpRequest, refused: Refused) -> HttpResponse | None:
    """Return the page a refused form was sent from with everything as typed; None where there is no such page."""
    for address in (request.headers.get("Referer", ""), request.get_full_path()):
        page = _page(request, address) if address else None
        if page is not None and (filled := fill(request, page.content.decode(), refused, urlsplit(address).path)):
            return HttpResponse(filled, status=STATUS)
    return None


def shown_again(request: HttpRequest, page: HttpResponse, refused: Refused) -> HttpResponse:
    """Return a page that a view drew itself, its sent form filled in: for pages that no address opens again."""
    filled = fill(request, page.content.decode(), refused, request.path)
    if not filled:
        raise refused
    return HttpResponse(filled, status=STATUS)


def typed_texts(request: HttpRequest) -> list[str]:
    """Return what was typed into a form as plain texts, for a page that can no longer show the form."""
    names = [name for name in request.POST if name != TOKEN and "password" not in name and name not in SECRETS]
    texts = (text.strip() for name in names for text in request.POST.getlist(name))
    return [text for text in dict.fromkeys(texts) if len(text) > 1 and not text.isascii()]


def _page(request: HttpRequest, address: str) -> HttpResponse | None:
    """Return the page of an address as this account sees it now; only pages that declare to read are opened."""
    parts = urlsplit(address)
    if parts.netloc not in ("", request.get_host()):
        return None
    prefix = get_script_prefix()
    try:
        match = resolve("/" + parts.path.removeprefix(prefix))
    except Resolver404:
        return None
    if "GET" not in getattr(match.func, "reads", ()):
        return None
    try:
        answer = match.func(_reading(request, parts.path, parts.query), *match.args, **match.kwargs)
    except (Refused, Http404, PermissionDenied):
        return None
    plain = answer.status_code == 200 and answer.get("Content-Type", "").startswith("text/html")
    return answer if plain and isinstance(answer, HttpResponse) else None


def _reading(request: HttpRequest, path: str, query: str) -> Any:
    """Return a request that opens a page for the same account and session; the form's token goes on living."""
    opened: Any = copy(request)
    opened.method, opened.path = "GET", path
    opened.path_info = "/" + path.removeprefix(get_script_prefix())
    opened.META = request.META | {"QUERY_STRING": query}
    opened.GET, opened._post, opened._files = QueryDict(query), QueryDict(), {}
    opened.htmx = False
    return opened


def fill(request: HttpRequest, text: str, refused: Refused, path: str) -> str:
    """Return a page's text with the form that was sent filled in and the refusal before it; empty without the form."""
    page = Reader(text)
    form = _sent(page.forms, request, path)
    if form is None:
        return ""
    edits = [(form.start, form.start, _notice(request, refused, form))]
    for place in _closed(page, form):
        tag = f"<{page.folds[place]}"
        edits.append((place, place + len(tag), f"{tag} open"))
    typed = {name: list(request.POST.getlist(name)) for name in request.POST}
    for one in form.fields:
        edits += _filled(one, typed, text, refused.field)
    for start, end, new in sorted(edits, key=lambda edit: edit[:2], reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _closed(page: Reader, form: Form) -> set[int]:
    """Return the closed folds around the form, and those in it that hold a field which was typed into."""
    around = set(form.folds)
    for one in form.fields:
        around |= set(one.folds)
    return {place for place in around if place in page.folds}


def _notice(request: HttpRequest, refused: Refused, form: Form) -> str:
    files = any(one.kind == "file" for one in form.fields)
    context = {"message": refused.message, "todo": refused.todo, "files": files}
    return render_to_string("includes/refused_form.html", context, request)


def _sent(forms: Iterable[Form], request: HttpRequest, path: str) -> Form | None:
    """Return the form that was sent: to this address, with the same hidden values, else the most fields alike."""
    fit = [one for one in forms if one.posts and (urlsplit(one.action).path or path) == request.path]
    return max(fit, key=lambda one: _likeness(one, request.POST), default=None)


def _likeness(form: Form, sent: QueryDict) -> int:
    points = 0
    for one in form.fields:
        if one.name == TOKEN or not one.name:
            continue
        fixed = one.kind in ("hidden", "submit", "button")
        same = one.value in sent.getlist(one.name)
        points += (8 if same else -4 if one.kind == "hidden" else 0) if fixed else (1 if one.name in sent else -1)
    return points


def _filled(one: Field, typed: dict[str, list[str]], text: str, faulty: str) -> list[tuple[int, int, str]]:
    """Return the edits that show a field as it was sent."""
    if not one.name or one.kind in KEPT:
        return []
    sent = typed.get(one.name)
    marks: Attributes = {"aria-invalid": "true", "aria-describedby": "refused"} if faulty == one.name else {}
    if one.kind in TICKED:
        return _tag(one, {"checked": "" if one.value in (sent or []) else None, **marks})
    if sent is None:
        return []
    if one.kind == "select":
        chosen = sent if "multiple" in one.attributes else sent[:1]
        picks = [(o.start, o.end, _written("option", o.attributes, _selected(o.value in chosen))) for o in one.options]
        return _tag(one, marks) + picks
    value = sent.pop(0) if len(sent) > 1 else sent[0] if sent else ""
    if one.kind == "textarea":
        return [*_tag(one, marks), (one.end, one.closed, "\n" + escape(value))]
    return _tag(one, {"value": value, **marks})


def _selected(yes: bool) -> Attributes:
    return {"selected": "" if yes else None}


def _tag(one: Field, changes: Attributes) -> list[tuple[int, int, str]]:
    return [(one.start, one.end, _written(one.tag, one.attributes, changes))] if changes else []


def _written(tag: str, attributes: Attributes, changes: Attributes) -> str:
    """Return an opening tag; a change to None takes an attribute away, an empty one stands without a value."""
    kept = {name: value for name, value in attributes.items() if name not in changes}
    given = {name: value for name, value in changes.items() if value is not None}
    shown = (f' {name}="{escape(value)}"' if value else f" {name}" for name, value in (kept | given).items())
    return f"<{tag}{''.join(shown)}>"
