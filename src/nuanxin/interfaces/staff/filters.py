"""Filters in the URL; places offered are those of the account's area only."""

import datetime as dt
from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from nuanxin.interfaces.staff import reading
from nuanxin.interfaces.staff.saying import said_later
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.core.months import parse_month
from nuanxin.kernel.registry import selectors as registry


def _attributes(values: dict[str, Any]) -> SafeString:
    """Return attributes in the order given; True stands alone, False and None are left out."""
    said = ((name, value) for name, value in values.items() if value is not False and value is not None)
    written = (format_html(" {}" if value is True else ' {}="{}"', name, value) for name, value in said)
    return SafeString("".join(written))


class Select(forms.Select):
    """A choice without groups, written without a template for every option: a county has thirty townships."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Return what Django's own template would."""
        chosen = set(self.format_value(value))
        said = ((str("" if code is None else code), label) for code, label in self.choices)
        options = format_html_join(
            "\n", '<option value="{}"{}>{}</option>', ((code, SELECTED[code in chosen], label) for code, label in said)
        )
        around = _attributes({"name": name, **self.build_attrs(self.attrs, attrs)})
        return format_html("<select{}>\n{}\n</select>", around, options)


class Line(forms.TextInput):
    """A line of text, written without a template."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Return what Django's own template would."""
        said = self.format_value(value)
        own = {"type": self.input_type, "name": name, "value": said}
        return format_html("<input{}>", _attributes({**own, **self.build_attrs(self.attrs, attrs)}))


SELECTED = {True: SafeString(" selected"), False: SafeString("")}
SELECT = Select(attrs={"class": "form-select"})


def choice(label: Any, choices: Any) -> forms.ChoiceField:
    """Return an optional choice with `全部` first."""
    offered = [("", _("全部")), *((code, said_later(shown)) for code, shown in choices)]
    return forms.ChoiceField(label=label, required=False, choices=offered, widget=SELECT)


class SearchLine(forms.CharField):
    """A line of text to look for; too long a one is refused in words instead of being passed over."""

    def clean(self, value: Any) -> str:
        """Return what is looked for."""
        return reading.search({"q": value})


def line(label: Any, kind: str = "search", **attrs: Any) -> forms.CharField:
    """Return an optional line of text."""
    widget = Line(attrs={"class": "form-control", "type": kind, "autocomplete": "off", **attrs})
    return SearchLine(label=label, required=False, widget=widget)


class AreaForm(forms.Form):
    """Chooses a township, or a village of the account's own township."""

    place = choice(_("乡镇"), [])
    village = choice(_("村（社区）"), [])

    def __init__(self, data: Any, *, account: Any) -> None:
        """Offer what lies in the account's area."""
        super().__init__(data, prefix=None)
        self.account = account
        steps = account.area.split(".")
        county = steps[2] if len(steps) > 2 else ""
        towns = [one for one in registry.townships(county) if access.sees_path(account, one.path)]
        chosen = self.data.get("place", "") or (towns[0].code if len(towns) == 1 else "")
        villages = list(registry.villages(chosen)) if any(one.code == chosen for one in towns) else []
        self.paths = {one.code: one.path for one in (*towns, *villages)}
        self.offer("place", [(one.code, one.name) for one in towns])
        self.offer("village", [(one.code, one.name) for one in villages])
        if not villages or "village" in self.hidden:
            del self.fields["village"]

    hidden: tuple[str, ...] = ()

    def value(self, name: str) -> str:
        """Return the cleaned value of a field, empty when it is absent or not one of the choices."""
        return str(self.cleaned_data.get(name) or "") if self.is_valid() or hasattr(self, "cleaned_data") else ""

    def area(self) -> str:
        """Return the chosen place's path, else the account's whole area."""
        code = self.value("village") or self.value("place")
        return self.paths.get(code, self.account.area)

    def township(self) -> str:
        """Return the chosen township's code, empty for all."""
        return self.value("place")

    def offer(self, name: str, choices: Iterable[tuple[str, Any]]) -> None:
        """Let a field offer all, or one of the choices."""
        cast(forms.ChoiceField, self.fields[name]).choices = [("", _("全部")), *choices]

    def month(self, name: str = "month") -> dt.date | None:
        """Return a chosen month, None when there is none."""
        wanted = self.value(name)
        return parse_month(wanted) if wanted else None


class SearchForm(AreaForm):
    """Finds people."""

    q = line(_("查找"), placeholder=_("姓名、拼音首字母、证件号、电话"))
    field_order = ("q", "place", "village")

    def text(self) -> str:
        """Return what is looked for."""
        return self.value("q").strip()
