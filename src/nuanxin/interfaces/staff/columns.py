"""Columns that lists share: money, months, tags, masked names."""

from typing import Any

import django_tables2 as tables
from django.utils.html import format_html

from nuanxin.interfaces.staff.saying import said
from nuanxin.kernel.core import fen

NUM = {"td": {"class": "num"}, "th": {"class": "num"}}
GOOD, WARN, BAD, INFO = "good", "warn", "bad", "info"


class MoneyColumn(tables.Column):
    """Fen shown as yuan, right-aligned; exported as a number of yuan."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Align right."""
        super().__init__(*args, attrs=NUM, **kwargs)

    def render(self, value: int) -> str:
        """Show yuan with two places."""
        return fen.yuan(value)

    def value(self, value: int) -> float:
        """Export yuan."""
        return value / 100


class NumberColumn(tables.Column):
    """Whole numbers, right-aligned with separators."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Align right."""
        super().__init__(*args, attrs=NUM, **kwargs)

    def render(self, value: int) -> str:
        """Show with separators."""
        return f"{value:,}"

    def value(self, value: int) -> int:
        """Export the number."""
        return value


class MonthColumn(tables.Column):
    """A month, such as 2024-03."""

    def render(self, value: Any) -> str:
        """Show year and month."""
        return f"{value:%Y-%m}"


class DayColumn(tables.Column):
    """A date in ISO form, exported as a date."""

    def render(self, value: Any) -> str:
        """Show the date."""
        return f"{value:%Y-%m-%d}"

    def value(self, value: Any) -> Any:
        """Export the date itself."""
        return value


class LabelColumn(tables.Column):
    """A code shown by its label."""

    def __init__(self, labels: Any, *args: Any, **kwargs: Any) -> None:
        """Keep a mapping, or a function that returns it."""
        super().__init__(*args, **kwargs)
        self.labels = labels

    def render(self, value: Any) -> str:
        """Show the label, or the code itself when it has none."""
        label = self._labels().get(value, value)
        return said(str(label))

    def _labels(self) -> dict[Any, Any]:
        return dict(self.labels() if callable(self.labels) else self.labels)


class TagColumn(LabelColumn):
    """A state shown as a coloured tag with its label."""

    def __init__(self, labels: Any, tones: dict[str, str], *args: Any, **kwargs: Any) -> None:
        """Keep the tone of each state."""
        super().__init__(labels, *args, **kwargs)
        self.tones = tones

    def render(self, value: Any) -> str:
        """Show the tag; a model's own label is turned back into its code."""
        code = next((code for code, label in self._labels().items() if value in (code, label)), value)
        return format_html('<span class="tag {}">{}</span>', self.tones.get(code, ""), super().render(code))

    def value(self, value: Any) -> str:
        """Export the label."""
        return super().render(value)
