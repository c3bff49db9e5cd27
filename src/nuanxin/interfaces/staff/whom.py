"""Whom a decision, review or look back is about: the person, or the household by its head."""

from collections.abc import Callable
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from nuanxin.interfaces.staff.sight import name_for
from nuanxin.kernel.core import clock
from nuanxin.kernel.registry import selectors as registry


def subject_words(account: Any, record: Any, heads: dict[int, str]) -> str:
    """Return the person of a record, or its household by the head, as the account may see the name."""
    if record.household_id:
        return _("%(name)s家") % {"name": name_for(account, heads.get(record.household_id, "—"))}
    return name_for(account, record.person.name)


def row_box(key: int, subject: str) -> SafeString:
    """Return the box that chooses a row for what is done in bulk, called by whom the row is about."""
    box = '<input class="form-check-input" type="checkbox" name="ids" value="{}" form="bulk" aria-label="{}">'
    return format_html(box, key, _("选择 %(name)s") % {"name": subject})


class OfSubject:
    """The column `subject` of a list: beside `RowTable`, which keeps who looks and what is known of a page's rows."""

    account: Any
    known: Callable[..., Any]

    def about(self, record: Any) -> Any:
        """Return what carries the row's person or household: the record itself unless said otherwise."""
        return record

    def _heads(self, rows: list[Any]) -> dict[int, str]:
        homes = {self.about(row).household_id for row in rows} - {None}
        return registry.heads_of(homes, clock.today())

    def render_subject(self, record: Any) -> str:
        """Show the person, or the household by its head."""
        return subject_words(self.account, self.about(record), self.known(self._heads))

    def value_subject(self, record: Any) -> str:
        """Export as shown."""
        return self.render_subject(record)
