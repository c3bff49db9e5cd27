"""Reviews: what is due by month and village, what changed since, confirm in bulk, look a second time, make a case."""

from typing import Any

import django_tables2 as tables
from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nuanxin.interfaces.staff import reading
from nuanxin.interfaces.staff.acts import wanted_act
from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.benefits import titles
from nuanxin.interfaces.staff.columns import DayColumn, MoneyColumn, TagColumn
from nuanxin.interfaces.staff.deaths import amount_words, death_words
from nuanxin.interfaces.staff.filters import SELECT, AreaForm, choice
from nuanxin.interfaces.staff.listing import RowTable, show_list
from nuanxin.interfaces.staff.lookagain import found_words, round_of
from nuanxin.interfaces.staff.pages import county_of, found, page
from nuanxin.interfaces.staff.saying import said_later
from nuanxin.interfaces.staff.sight import sees_means
from nuanxin.interfaces.staff.whom import OfSubject, row_box, subject_words
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.casework import reviewing, services
from nuanxin.kernel.casework import selectors as casework
from nuanxin.kernel.casework.enums import CaseKind, ReviewClass, ReviewState
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import author_of
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.months import month_of
from nuanxin.kernel.registry import selectors as registry

READ = "grants.read"
TONES = {"open": "warn", "confirmed": "info", "case": "info", "done": "good"}
MOST_AT_ONCE = 2_000


class ReviewTable(OfSubject, RowTable):
    """Reviews with a box to choose each and what changed in words."""

    empty_says = gettext_lazy("选一个月份点“提出该月复核”，到期该查的家庭会列在这里。")
    choose = tables.Column(empty_values=(), orderable=False, verbose_name="", exclude_from_export=True)
    subject = tables.Column(verbose_name=gettext_lazy("对象"), orderable=False, empty_values=())
    village = tables.Column(verbose_name=gettext_lazy("村（社区）"), orderable=False, accessor="division__name")
    benefit = tables.Column(verbose_name=gettext_lazy("待遇"), orderable=False)
    kind = tables.Column(verbose_name=gettext_lazy("类别"), orderable=False)
    changes = tables.Column(verbose_name=gettext_lazy("上次决定以来的变化"), orderable=False, empty_values=())
    paid_fen = MoneyColumn(verbose_name=gettext_lazy("月额"), orderable=False)
    due_on = DayColumn(verbose_name=gettext_lazy("期限"))
    state = TagColumn(dict(ReviewState.choices), TONES, verbose_name=gettext_lazy("状态"), orderable=False)

    def __init__(self, *args: Any, benefits: dict[str, str], **kwargs: Any) -> None:
        """Keep the titles of benefits."""
        self.benefits = benefits
        super().__init__(*args, **kwargs)

    def row_url(self, record: Any) -> str:
        """Open the review."""
        return reverse("review", args=[record.pk])

    def render_choose(self, record: Any) -> str:
        """Offer a box."""
        return row_box(record.pk, self.render_subject(record))

    def render_benefit(self, value: str) -> str:
        """Show the benefit's title."""
        return self.benefits.get(value, value)

    def render_kind(self, value: str) -> str:
        """Show the class."""
        return _(str(value))

    def render_changes(self, record: Any) -> str:
        """Say what changed, one line each; nothing is said where nothing did."""
        lines = found_words(record, self.account)
        return format_html_join("", "<div>{}</div>", ((line,) for line in lines)) if lines else _("没有变化")

    def value_changes(self, record: Any) -> str:
        """Export the words on one line."""
        return "；".join(found_words(record, self.account)) or _("没有变化")


class ReviewForm(AreaForm):
    """Filters reviews."""

    month = choice(gettext_lazy("月份"), [])  # type: ignore[assignment]  # a field; the method stays the form's
    state = forms.ChoiceField(
        label=gettext_lazy("状态"),
        required=False,
        choices=[("", gettext_lazy("未办结")), *((state, said_later(label)) for state, label in ReviewState.choices)],
        widget=SELECT,
    )
    changed = choice(gettext_lazy("变化"), [("1", gettext_lazy("有变化")), ("0", gettext_lazy("没有变化"))])
    benefit = choice(gettext_lazy("待遇"), [])
    field_order = ("month", "state", "changed", "benefit", "place", "village")

    def __init__(self, data: Any, *, account: Any, county: str, benefits: dict[str, str]) -> None:
        """Offer the months that have reviews and the county's benefits."""
        super().__init__(data, account=account)
        months = [f"{one:%Y-%m}" for one in casework.review_months(county)]
        self.offer("month", [(one, one) for one in months])
        self.offer("benefit", benefits.items())


def _filtered(request: StaffRequest, county: str) -> tuple[ReviewForm, Any]:
    form = ReviewForm(request.GET, account=request.user, county=county, benefits=titles(county))
    rows = casework.reviews_in(county, request.user, AreaForm.month(form))
    rows = rows.filter(state=form.value("state")) if form.value("state") else rows.filter(closed_on__isnull=True)
    if form.value("benefit"):
        rows = rows.filter(benefit=form.value("benefit"))
    if form.value("changed"):
        rows = rows.filter(changed=form.value("changed") == "1")
    place = form.area()
    if place != request.user.area:
        rows = rows.filter(division__path__startswith=place)
    return form, rows


@page(READ)
def listing(request: StaffRequest) -> HttpResponseBase:
    """List the reviews of the account's area that are not closed, or those of a state."""
    county = county_of(request.user)
    may = {
        "make": access.may(request.user, "cases.make"),
        "check": access.may(request.user, "cases.check"),
        "run": access.may(request.user, "month.run"),
    }
    form, rows = _filtered(request, county)
    hidden = () if may["make"] or may["check"] else ("choose",)
    table = ReviewTable(rows, account=request.user, benefits=titles(county), exclude=hidden)
    context = {"form": form, "may": may, "month": month_of(clock.today())}
    return show_list(request, table, "staff/reviews.html", context, name=_("复核"))


@page(READ)
def of_round(request: StaffRequest, number: int) -> HttpResponseBase:
    """Go from a village's task to its open reviews of the month."""
    round_ = round_of(number)
    if round_ is None:
        raise Http404
    village, month = round_
    if village[:6] != county_of(request.user):
        raise Http404
    return redirect(f"{reverse('reviews')}?state=open&month={month:%Y-%m}&place={village[:9]}&village={village}")


@page("month.run", reads=(), writes=("POST",))
def propose(request: StaffRequest) -> HttpResponseBase:
    """Propose the reviews of a month, and tell of certificates that end."""
    county, month = county_of(request.user), reading.month(request.POST)
    author = author_of(request.user)
    made = services.propose_reviews(county=county, month=month, author=author)
    warned = services.warn_certificates(county=county, on=clock.today(), author=author)
    renewed = services.resume_renewed(county=county, on=clock.today(), author=author)
    services.close_cases_reviews(county=county, author=author)
    said = _("已提出复核 %(made)s 件，证件到期提醒 %(warned)s 件，证件续办后接续 %(renewed)s 件。")
    messages.success(request, said % {"made": made, "warned": warned, "renewed": renewed})
    return redirect(f"{reverse('reviews')}?month={month:%Y-%m}")


@page(READ, reads=(), writes=("POST",))
def decide(request: StaffRequest) -> HttpResponseBase:
    """Act on the chosen reviews, or on all that the filter leaves: confirm, agree as the second person, give back."""
    act = wanted_act(request, {name: permission for name, (permission, _state) in ACTS.items()})
    note, state = reading.text(request.POST, "note", most=500), ACTS[act][1]
    _form, rows = _filtered(request, county_of(request.user))
    if request.POST.get("all") != "1":
        rows = rows.filter(pk__in=reading.ticked(request.POST, "ids"))
    ids = list(rows.filter(state=state).values_list("id", flat=True)[:MOST_AT_ONCE])
    if not ids:
        raise Refused("review.none", "没有选中可以办理的复核。", "请先勾选，或把筛选放宽。")
    if act == "confirm":
        done = services.confirm_reviews(account=request.user, review_ids=ids, note=note)
    else:
        done = services.check_reviews(checker=request.user, review_ids=ids, agrees=act == "check", note=note)
    messages.success(request, _("已办理 %(done)s 件。") % {"done": len(done)})
    if len(ids) > len(done):
        left = _("%(left)s 件没有办理：有变化的须逐件核查，自己确认的须由另一人抽查。")
        messages.warning(request, left % {"left": len(ids) - len(done)})
    return redirect(f"{reverse('reviews')}?{request.GET.urlencode()}")


ACTS = {
    "confirm": ("cases.make", ReviewState.OPEN),
    "check": ("cases.check", ReviewState.CONFIRMED),
    "return": ("cases.check", ReviewState.CONFIRMED),
}


@page(READ, writes=("POST",))
def review(request: StaffRequest, review_id: int) -> HttpResponseBase:
    """Show one review with what changed; keep the benefit as it is with words, or make it a case."""
    one = found(casework.review_by_id(review_id, request.user))
    if request.method == "POST":
        return _act(request, one)
    heads = registry.heads_of([one.household_id], clock.today()) if one.household_id else {}
    deaths, may_keep = _deaths(request, one)
    place = ("household", one.household_id) if one.household_id else ("person", one.person_id)
    context = {
        "review": one,
        "title": titles(one.county).get(one.benefit, one.benefit),
        "subject": subject_words(request.user, one, heads),
        "place": reverse(place[0], args=[place[1]]) if access.may(request.user, "people.read") else "",
        "changes": found_words(one, request.user),
        "deaths": deaths,
        "may_keep": may_keep,
        "means": sees_means(request.user),
        "kind": _(str(ReviewClass(one.kind).label)),
        "phases_out": one.household_id and reviewing.phases_out(one.county, one.benefit, month_of(clock.today())),
        "kinds": [(kind.value, _(str(kind.label))) for kind in (CaseKind.REVIEW, CaseKind.CHANGE, CaseKind.STOP)],
        "may_make": access.may(request.user, "cases.make") and one.state == ReviewState.OPEN,
        "may_check": access.may(request.user, "cases.check") and one.state == ReviewState.CONFIRMED,
    }
    return render(request, "staff/review.html", context)


def _deaths(request: StaffRequest, one: Any) -> tuple[list[str], bool]:
    """Return who has died and what the rules say now, and whether the benefit may be kept as it is."""
    words = death_words(request.user, one.household_id)
    if not words or one.closed_on is not None:
        return words, True
    live = casework.live_of_review(one)
    if sees_means(request.user):
        words.append(amount_words(one.paid_fen, live))
    return words, live.granted is True and live.amount_fen == one.paid_fen


def _act(request: StaffRequest, one: Any) -> HttpResponseBase:
    act, note = request.POST.get("act", ""), request.POST.get("note", "").strip()
    if act == "case":
        kind = request.POST.get("kind", CaseKind.REVIEW)
        case = services.open_review_case(account=request.user, review_id=one.pk, kind=kind)
        messages.success(request, _("已立案 %(number)s。") % {"number": case.number})
        return redirect("case", case.pk)
    if act == "phase_out":
        since = reading.day(request.POST, "over_since")
        services.propose_phase_out(account=request.user, review_id=one.pk, over_since=since, note=note)
    elif act == "keep" and not _deaths(request, one)[1]:
        said = _("家庭成员死亡后，按现有成员测算的金额与在发金额不同，不能维持原待遇。")
        raise Refused("review.death", said, _("请转为变更或终止案件，按测算结果提出意见。"))
    elif act == "keep" and one.changed:
        services.finish_review(account=request.user, review_id=one.pk, note=note)
    elif act == "keep":
        _refuse_undone(services.confirm_reviews(account=request.user, review_ids=[one.pk], note=note))
    elif act in ("check", "return"):
        agrees = act == "check"
        done = services.check_reviews(checker=request.user, review_ids=[one.pk], agrees=agrees, note=note)
        _refuse_undone(done)
    else:
        raise Refused("review.act", "没有这种办理。", "请刷新页面后重选。")
    messages.success(request, _("已办理。"))
    return redirect("reviews")


def _refuse_undone(done: list[int]) -> None:
    if not done:
        raise Refused("review.undone", "这件复核已经办理，或是您自己确认的。", "请刷新后再看，或由另一人办理。")
