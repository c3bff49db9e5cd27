"""Widgets that are written without templates say what Django's own would."""

import re

from django import forms

from nuanxin.interfaces.staff.filters import Line, Select


def _said(html: str) -> str:
    return re.sub(r">\s+<", "><", html)


def test_a_choice_is_written_as_django_writes_it():
    choices = [("", "全部"), (1, "<一>"), ("b&c", "二")]
    for attrs in ({"class": "form-select"}, {"disabled": True, "hidden": False}):
        ours, theirs = Select(attrs=attrs, choices=choices), forms.Select(attrs=attrs, choices=choices)
        for value in (None, "", "1", 1, "b&c", "unknown"):
            given = {"name": "place", "value": value, "attrs": {"id": "id_place"}}
            assert _said(ours.render(**given)) == _said(theirs.render(**given))


def test_a_line_is_written_as_django_writes_it():
    attrs = {"type": "search", "autocomplete": "off", "required": True, "hidden": False}
    for value in (None, "", '"<王>'):
        given = {"name": "q", "value": value, "attrs": {"id": "id_q"}}
        ours, theirs = Line(attrs=attrs), forms.TextInput(attrs=attrs)
        assert _said(ours.render(**given)) == _said(theirs.render(**given))
