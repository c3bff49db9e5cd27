"""Icons, built assets, money, and links that keep the filters of a list."""

import datetime as dt
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from django import template
from django.contrib.staticfiles import finders
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from nuanxin.interfaces.staff import saying
from nuanxin.interfaces.staff.saying import said
from nuanxin.interfaces.staff.sight import name_for
from nuanxin.interfaces.staff.words import act_done
from nuanxin.kernel.core import fen
from nuanxin.kernel.core.months import add_months, month_of
from nuanxin.kernel.cycle.selectors import STEPS

register = template.Library()


@lru_cache(maxsize=1)
def _manifest() -> dict[str, str]:
    path = finders.find("dist/manifest.json")
    return json.loads(Path(path).read_text(encoding="utf-8")) if path else {}


@register.simple_tag
@lru_cache(maxsize=64)
def dist(name: str) -> str:
    """Return the address of a built asset, with its content mark."""
    return static(f"dist/{_manifest().get(name, name)}")


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """Draw an icon of the built sprite; silent for screen readers unless labelled."""
    return _labelled(name, str(label))


@lru_cache(maxsize=512)
def _labelled(name: str, label: str) -> SafeString:
    said = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    return format_html('<svg class="icon" {}><use href="{}#{}"/></svg>', said, dist("icons.svg"), name)


@register.filter
def yuan(value: int | None) -> str:
    """Show fen as yuan with two places; a dash for nothing."""
    return "—" if value is None else fen.yuan(value)


@register.filter
def wan(value: int | None) -> str:
    """Show fen as 万元 with two places."""
    return "—" if value is None else fen.wan(value)


@register.filter
def whole(value: int | None) -> str:
    """Show a whole number with separators; a dash for nothing."""
    return "—" if value is None else f"{value:,}"


@register.filter
def number(value: Any) -> str:
    """Show a printed number with separators, as exact as it is; a dash for nothing."""
    return "—" if value is None else f"{value:,}"


@register.filter
def signed(value: Any) -> str:
    """Show a difference with its sign."""
    return "—" if value is None else f"{value:+,}" if value else "0"


@register.filter
def signed_yuan(value: int | None) -> str:
    """Show a difference in fen as yuan with its sign."""
    return "—" if value is None else fen.signed_yuan(value)


@register.filter
def say(value: Any) -> str:
    """Say a label of the data in the reader's language, or a text made of labels and values."""
    return said(str(value)) if value else ""


@register.filter
def marked(value: Any) -> SafeString | str:
    """Say a text, and mark it as Chinese where English does not know it."""
    return saying.marked(value) if value else ""


@register.filter
def span(period: Any) -> str:
    """Name a period in the reader's language: 2024年1—6月, or 2024H1."""
    return period.title if get_language() != "en" else period.text


@register.filter
def month(value: Any) -> str:
    """Show a month as 2024-03."""
    return f"{value:%Y-%m}" if value else "—"


@register.filter
def last_day_before(value: Any) -> str:
    """Show an exclusive end as the last month still paid."""
    return f"{add_months(month_of(value), -1):%Y-%m}" if value else ""


@register.filter
def day_before(value: dt.date | None) -> dt.date | None:
    """Return the last day of a stretch from its exclusive end."""
    return value - dt.timedelta(days=1) if value else None


@register.filter
def act_word(code: str) -> str:
    """Say what a change did to a record."""
    return act_done(code)


@register.filter
def step_title(name: str) -> str:
    """Show a step of the month by its title."""
    return gettext(STEPS.get(name, name))


@register.filter
def age(birth: dt.date | None, on: dt.date) -> str:
    """Show completed years on a date."""
    if birth is None:
        return ""
    years = on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))
    return gettext("%(years)s 岁") % {"years": years}


@register.filter
def seen_by(name: str, account: Any) -> str:
    """Show a name as the account may see it."""
    return name_for(account, name)


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """Look a key up in a mapping."""
    return mapping.get(key, "") if mapping else ""


@register.simple_tag
def component(titles: dict[str, str], benefit: str, code: str) -> str:
    """Name a component of a benefit."""
    return said(titles.get(f"{benefit}.{code}", code))


@register.simple_tag(takes_context=True)
def query(context: dict[str, Any], **changes: Any) -> str:
    """Return the page's query string with some keys changed, or dropped when empty."""
    request: HttpRequest = context["request"]
    params = request.GET.copy()
    for key, value in changes.items():
        params.pop(key, None)
        if value not in (None, ""):
            params[key] = str(value)
    return f"?{params.urlencode()}" if params else "?"


@register.inclusion_tag("includes/empty.html")
def empty(title: str, todo: str = "", icon: str = "inbox") -> dict[str, str]:
    """Say that a list is empty and what to do."""
    return {"title": title, "todo": todo, "name": icon}
