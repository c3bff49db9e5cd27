"""Letters: what waits to be issued, printed and delivered; many at once, and one as it will stand on paper."""

import datetime as dt
from typing import Any

import django_tables2 as tables
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nuanxin.interfaces.staff import reading
from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.columns import DayColumn, LabelColumn, TagColumn
from nuanxin.interfaces.staff.filters import AreaForm, choice
from nuanxin.interfaces.staff.listing import RowTable, show_list
from nuanxin.interfaces.staff.owners import place_of
from nuanxin.interfaces.staff.pages import found, page
from nuanxin.interfaces.staff.returning import way_back
from nuanxin.interfaces.staff.sight import name_for, sees_means
from nuanxin.interfaces.staff.whom import row_box
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import author_of
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.registry import selectors as registry
from nuanxin.kernel.work import selectors as work
from nuanxin.kernel.work import services
from nuanxin.kernel.work.enums import Delivery, LetterState
from nuanxin.kernel.work.wording import letter_labels

READ, ACT, TAKE = "people.read", "cases.make", "disclose"
TONES = {"queued": "warn", "issued": "info", "delivered": "good", "void": "bad"}
TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


class LetterTable(RowTable):
    """Letters of the area with a box to choose each."""

    empty_says = gettext_lazy("文书随办理自动生成：案件受理、决定、补发追缴后会列在这里等待制发。")
    choose = tables.Column(empty_values=(), orderable=False, verbose_name="", exclude_from_export=True)
    number = tables.Column(verbose_name=gettext_lazy("文号"), orderable=False, empty_values=())
    kind = LabelColumn(letter_labels, verbose_name=gettext_lazy("文书"), orderable=False)
    name = tables.Column(verbose_name=gettext_lazy("对象"), orderable=False, empty_values=())
    place = tables.Column(accessor="division__name", verbose_name=gettext_lazy("村（社区）"), orderable=False)
    queued_on = DayColumn(verbose_name=gettext_lazy("生成"))
    issued_on = DayColumn(verbose_name=gettext_lazy("制发"), default="")
    delivered_on = DayColumn(verbose_name=gettext_lazy("送达"), default="")
    state = TagColumn(dict(LetterState.choices), TONES, verbose_name=gettext_lazy("状态"), orderable=False)

    def row_url(self, record: Any) -> str:
        """Open the letter."""
        return reverse("letter", args=[record.pk])

    def render_choose(self, record: Any) -> str:
        """Offer a box."""
        return row_box(record.pk, self.render_name(record))

    def render_number(self, record: Any) -> str:
        """Show series and number, or that there is none yet."""
        return f"{record.series}〔{record.year}〕{record.number}号" if record.number else _("待编号")

    def render_name(self, record: Any) -> str:
        """Show to whom it goes, as the account may see."""
        if record.person_id:
            return name_for(self.account, record.person.name)
        if record.household_id is None:
            return "—"
        head = self.known(self._heads).get(record.household_id, "—")
        return _("%(name)s家") % {"name": name_for(self.account, head)}

    def _heads(self, rows: list[Any]) -> dict[int, str]:
        return registry.heads_of({row.household_id for row in rows if row.household_id}, clock.today())

    def value_name(self, record: Any) -> str:
        """Export as shown."""
        return self.render_name(record)


class LetterForm(AreaForm):
    """Filters letters."""

    state = choice(gettext_lazy("状态"), LetterState.choices)
    kind = choice(gettext_lazy("文书"), [])
    field_order = ("state", "kind", "place", "village")

    def __init__(self, data: Any, *, account: Any) -> None:
        """Offer every kind there is."""
        super().__init__(data, account=account)
        self.offer("kind", [(kind, _(label)) for kind, label in letter_labels().items()])


def _filtered(request: StaffRequest) -> tuple[LetterForm, Any]:
    form = LetterForm(request.GET, account=request.user)
    chosen = {name: form.value(name) for name in ("state", "kind")}
    chosen |= {"township": form.township(), "division_id": form.value("village")}
    rows = work.letters_seen(request.user)
    return form, rows.filter(**{name: value for name, value in chosen.items() if value})


@page(READ)
def listing(request: StaffRequest) -> HttpResponseBase:
    """List the letters of the account's area."""
    form, rows = _filtered(request)
    may = access.may(request.user, ACT)
    table = LetterTable(rows, account=request.user, exclude=() if may else ("choose",))
    context = {"form": form, "may_act": may, "methods": Delivery.choices, "today": clock.today()}
    return show_list(request, table, "staff/letters.html", context, name=_("文书"))


@page(ACT, reads=(), writes=("POST",))
def bulk(request: StaffRequest) -> HttpResponseBase:
    """Number and print the chosen letters (or all the filter leaves) as one PDF, or note them delivered."""
    act = ACTS.get(request.POST.get("act", ""))
    if act is None:
        raise Refused("letter.act", _("没有这种办理。"), _("请刷新页面后重选。"))
    states, verb = act
    _form, rows = _filtered(request)
    if request.POST.get("all") != "1":
        rows = rows.filter(pk__in=reading.ticked(request.POST, "ids"))
    rows = rows.filter(state__in=states).order_by("township", "division_id", "pk")
    ids = list(rows.values_list("pk", flat=True)[: services.PRINTED_AT_ONCE])
    if not ids:
        raise Refused("letter.none", _("没有选中可以办理的文书。"), _("请先勾选，或把筛选放宽。"))
    return verb(request, ids)


def _print(request: StaffRequest, ids: list[int]) -> HttpResponseBase:
    """Issue what has no number yet, and hand out all of it as one PDF, village by village."""
    services.check_fonts()  # before numbers are spent on what could not be printed
    services.issue_letters(author=author_of(request.user), letter_ids=ids)
    name, data = services.letters_file(letter_ids=ids)
    return _download(name, data, "pdf")


def _deliver(request: StaffRequest, ids: list[int]) -> HttpResponseBase:
    on, method = _delivered(request)
    for letter_id in ids:
        services.mark_delivered(author=author_of(request.user), letter_id=letter_id, on=on, method=method)
    messages.success(request, _("已登记 %(count)s 份文书送达。") % {"count": len(ids)})
    return redirect(way_back(request, reverse("letters")))


ACTS: dict[str, tuple[tuple[str, ...], Any]] = {
    "print": ((LetterState.QUEUED, LetterState.ISSUED, LetterState.DELIVERED), _print),
    "deliver": ((LetterState.ISSUED,), _deliver),
}


def _delivered(request: StaffRequest) -> tuple[dt.date, str]:
    return reading.day(request.POST, "on"), request.POST.get("method", "")


def _download(name: str, data: bytes, kind: str) -> HttpResponse:
    answer = HttpResponse(data, content_type=TYPES[kind])
    answer.headers["Content-Disposition"] = content_disposition_header(True, name) or ""
    return answer


@page(READ)
def letter(request: StaffRequest, letter_id: int) -> HttpResponseBase:
    """Show a letter in words, as it will stand on paper, and what may be done with it."""
    one = found(work.letter_seen(request.user, letter_id))
    means, may = sees_means(request.user), access.may(request.user, ACT)
    context = {
        "letter": one,
        "label": letter_labels().get(one.kind, one.kind),
        "words": work.letter_words(one) if means else None,
        "owner_url": place_of(one.owner_kind, one.owner_id),
        "may_issue": may and one.state == LetterState.QUEUED,
        "may_deliver": may and one.state == LetterState.ISSUED,
        "may_void": may and one.state in (LetterState.QUEUED, LetterState.ISSUED),
        "may_take": access.may(request.user, TAKE),
        "methods": Delivery.choices,
        "today": clock.today(),
    }
    return render(request, "staff/letter.html", context)


@page(TAKE)
def file(request: StaffRequest, letter_id: int, kind: str) -> HttpResponseBase:
    """Hand out a letter as docx or PDF."""
    found(work.letter_seen(request.user, letter_id))
    name, data = services.letter_file(letter_id=letter_id, format=kind)
    return _download(name, data, kind)


@page(ACT, reads=(), writes=("POST",))
def act(request: StaffRequest, letter_id: int) -> HttpResponseBase:
    """Issue, deliver or void one letter."""
    found(work.letter_seen(request.user, letter_id))
    author, wanted = author_of(request.user), request.POST.get("act", "")
    if wanted == "issue":
        services.issue_letters(author=author, letter_ids=[letter_id])
        messages.success(request, _("已制发并编号，可以打印。"))
    elif wanted == "deliver":
        on, method = _delivered(request)
        services.mark_delivered(author=author, letter_id=letter_id, on=on, method=method)
        messages.success(request, _("已登记送达。"))
    elif wanted == "void":
        services.void_letter(author=author, letter_id=letter_id, reason=request.POST.get("reason", ""))
        messages.success(request, _("文书已作废。"))
    else:
        raise Refused("letter.act", _("没有这种办理。"), _("请刷新页面后重选。"))
    return redirect("letter", letter_id)
