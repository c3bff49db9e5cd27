"""New standards: proposed, checked, simulated, approved by another person, published; upgrades looked through."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nuanxin.interfaces.staff import reading
from nuanxin.interfaces.staff.acts import wanted_act
from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.benefits import titles
from nuanxin.interfaces.staff.charts import chart
from nuanxin.interfaces.staff.pages import county_of, found, page
from nuanxin.interfaces.staff.sight import sees_means
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import author_of
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.months import month_of
from nuanxin.kernel.registry import selectors as registry
from nuanxin.kernel.rulebook import selectors as rulebook
from nuanxin.kernel.rulebook import services

READ, DRAFT, APPROVE = "rulebook.read", "rulebook.draft", "rulebook.approve"
SHOWN = 200
STEPS = (
    ("draft", gettext_lazy("起草")),
    ("checked", gettext_lazy("检查")),
    ("simulated", gettext_lazy("测算")),
    ("approved", gettext_lazy("核准")),
    ("published", gettext_lazy("发布")),
)
TONES = {"draft": "warn", "published": "good", "withdrawn": "", "proposed": "warn", "adopted": "good"}
CAUSES = {"first": gettext_lazy("首次采用"), "publication": gettext_lazy("新标准"), "upgrade": gettext_lazy("软件升级")}


@page(READ)
def listing(request: StaffRequest) -> HttpResponseBase:
    """List the county's drafts and standards, and what somebody has put into its folder without publishing it."""
    county = county_of(request.user)
    rows = [{"one": one, "tone": TONES.get(one.state, "info")} for one in rulebook.publications_in(county)]
    context = {
        "rows": rows,
        "loose": rulebook.unpublished_files(county),
        "upgrade": rulebook.adoptions_in(county).filter(state="proposed").first(),
        "may_draft": access.may(request.user, DRAFT),
    }
    return render(request, "staff/standards.html", context)


@page(DRAFT, reads=("GET", "HEAD"), writes=("POST",))
def new(request: StaffRequest) -> HttpResponseBase:
    """Propose a new value of a parameter from a date, with its document and article."""
    county = county_of(request.user)
    if request.method == "POST":
        one = services.draft_value(
            account=request.user,
            county=county,
            parameter=request.POST.get("parameter", ""),
            value=_value(request),
            effective_from=reading.day(request.POST, "from"),
            document=request.POST.get("document", ""),
            article=request.POST.get("article", ""),
            note=request.POST.get("note", ""),
        )
        one = services.check_publication(account=request.user, publication_id=one.pk)
        if one.state == "checked":
            services.simulate_publication(account=request.user, publication_id=one.pk)
        return redirect("standard", one.pk)
    chosen = rulebook.parameter_form(county, request.GET.get("parameter", ""), clock.today())
    names = {used.name: used.label for used in rulebook.parameters(county)}
    context = {"names": sorted(names.items(), key=lambda pair: pair[1]), "chosen": chosen, "today": clock.today()}
    return render(request, "staff/standard_new.html", context)


def _value(request: StaffRequest) -> str | dict[str, str]:
    """Return what was typed: one value, or a table or bands by code."""
    given = {name: str(text).strip() for name, text in request.POST.items()}
    cells = {name.removeprefix("cell-"): text for name, text in given.items() if name.startswith("cell-") and text}
    value = given.get("value", "")
    if not cells and not value:
        raise Refused("standard.value", "没有填写新的数值。", "请连单位填写，如 800 元/月。")
    return cells or value


@page(DRAFT, reads=(), writes=("POST",))
def take_in(request: StaffRequest) -> HttpResponseBase:
    """Make a draft of the files put into the county's folder by hand."""
    start = reading.day(request.POST, "from")
    title = request.POST.get("title", "").strip()
    one = services.take_in_files(
        account=request.user, county=county_of(request.user), title=title, effective_from=start
    )
    services.check_publication(account=request.user, publication_id=one.pk)
    return redirect("standard", one.pk)


@page(READ)
def standard(request: StaffRequest, publication_id: int) -> HttpResponseBase:
    """Show one standard: how far it is, its text, its faults, what it would change, and the next move."""
    one = _mine(request, publication_id)
    place = list(dict(STEPS)).index(one.state) if one.state in dict(STEPS) else -1
    context = {
        "one": one,
        "steps": [(label, n <= place) for n, (_code, label) in enumerate(STEPS)],
        "moves": _moves(request, one),
        "files": sorted(one.files.items()),
        "may_amend": access.may(request.user, ACTS["amend"][0]),
        **_figures(request, one.figures, rulebook.publication_rows(one)),
    }
    return render(request, "staff/standard.html", context)


def _mine(request: StaffRequest, publication_id: int) -> Any:
    one = found(rulebook.publication_by_id(publication_id))
    return found(one if one.county == county_of(request.user) else None)


def _moves(request: StaffRequest, one: Any) -> list[dict[str, Any]]:
    """Return what this account may do now, the primary move first."""
    drafts, approves = access.may(request.user, DRAFT), access.may(request.user, APPROVE)
    own = one.maker_id == request.user.pk
    offered = {
        "draft": [("check", _("检查"), drafts)],
        "checked": [("simulate", _("测算影响"), drafts)],
        "simulated": [("approve", _("核准"), approves and not own), ("simulate", _("重新测算"), drafts)],
        "approved": [("publish", _("发布"), approves)],
        "published": [("publish", _("继续办理"), approves and one.effect == "waiting")],
    }.get(one.state, [])
    return [{"act": act, "label": label} for act, label, may in offered if may]


def _figures(request: StaffRequest, figures: dict[str, Any], listed: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the what-if as the account may see it: the county's totals, or its own township's part."""
    county, own = county_of(request.user), _township(request)
    names = {town.code: town.name for town in registry.townships(county)}
    towns = [row for row in figures.get("townships", []) if own in ("", row["key"])]
    towns.sort(key=lambda row: -abs(row["after_fen"] - row["before_fen"]))
    values = [round((row["after_fen"] - row["before_fen"]) / 100, 2) for row in towns]
    places = [names.get(row["key"], row["key"] or _("未知")) for row in towns]
    series = [(_("每月多支（元）"), values)]
    return {
        "figures": figures,
        "whole": not own,
        "township_cost": sum(row["after_fen"] - row["before_fen"] for row in towns),
        "chart": chart("bar", _("元"), places, series, across=True, tall=True) if towns else None,
        "listed": _rows(request, listed, figures.get("why", {})),
    }


def _township(request: StaffRequest) -> str:
    return request.user.area.rpartition(".")[2] if access.area_level(request.user) == "township" else ""


def _rows(request: StaffRequest, rows: list[dict[str, Any]], why: dict[str, list[str]]) -> list[dict[str, Any]]:
    """Return the first grants of the account's area whose result changes; money only to who sees means."""
    own, names = _township(request), titles(county_of(request.user))
    towns = {town.code: town.name for town in registry.townships(county_of(request.user))}
    seen = [row for row in rows if own in ("", row["township"])][:SHOWN] if sees_means(request.user) else []
    return [
        {
            **row,
            "title": names.get(row["benefit"], row["benefit"]),
            "place": towns.get(row["township"], ""),
            "why": "；".join(why.get(row["benefit"]) or why.get("") or []),
        }
        for row in seen
    ]


@page(READ, reads=(), writes=("POST",))
def act(request: StaffRequest, publication_id: int) -> HttpResponseBase:
    """Move a standard on: check, simulate, approve, publish, withdraw, or change its text."""
    one = _mine(request, publication_id)
    wanted = wanted_act(request, {name: permission for name, (permission, _verb, _said) in ACTS.items()})
    _permission, verb, said = ACTS[wanted]
    verb(request, one)
    messages.success(request, said)
    return redirect("standard", publication_id)


def _amend(request: StaffRequest, one: Any) -> None:
    names = sorted(one.files)
    files = {name: request.POST.get(f"text-{n}", "").replace("\r\n", "\n") for n, name in enumerate(names)}
    given = {name: one.files[name] if one.files[name] is None else files[name] for name in names}
    start = reading.day(request.POST, "from")
    services.amend_publication(account=request.user, publication_id=one.pk, files=given, effective_from=start)
    services.check_publication(account=request.user, publication_id=one.pk)


def _withdraw(request: StaffRequest, one: Any) -> None:
    reason = request.POST.get("reason", "")
    services.withdraw_publication(account=request.user, publication_id=one.pk, reason=reason)


def _plainly(service: Any) -> Any:
    return lambda request, one: service(account=request.user, publication_id=one.pk)


ACTS: dict[str, tuple[str, Any, Any]] = {
    "check": (DRAFT, _plainly(services.check_publication), gettext_lazy("已检查。")),
    "simulate": (DRAFT, _plainly(services.simulate_publication), gettext_lazy("已测算。")),
    "approve": (APPROVE, _plainly(services.approve_publication), gettext_lazy("已核准，可以发布。")),
    "publish": (APPROVE, _plainly(services.publish_publication), gettext_lazy("已发布。")),
    "withdraw": (DRAFT, _withdraw, gettext_lazy("已撤回。")),
    "amend": (DRAFT, _amend, gettext_lazy("已保存并检查。")),
}


@page(READ)
def adoptions(request: StaffRequest) -> HttpResponseBase:
    """Show which law the county goes by, since when and why, and the list that waits for a second person."""
    rows = list(rulebook.adoptions_in(county_of(request.user))[:SHOWN])
    waiting = next((one for one in rows if one.state == "proposed"), None)
    context = {
        "rows": [{"one": one, "cause": CAUSES.get(one.cause), "tone": TONES.get(one.state, "")} for one in rows],
        "waiting": waiting,
        "listed": _rows(request, rulebook.upgrade_rows(waiting), waiting.why) if waiting else [],
        "may_check": access.may(request.user, DRAFT),
        "may_agree": bool(waiting and access.may(request.user, APPROVE) and waiting.maker_id != request.user.pk),
    }
    return render(request, "staff/adoptions.html", context)


@page(DRAFT, reads=(), writes=("POST",))
def check_upgrade(request: StaffRequest) -> HttpResponseBase:
    """Compare the declarations that lie there with the law adopted."""
    month = month_of(clock.today())
    waiting = services.check_upgrade(county=county_of(request.user), month=month, author=author_of(request.user))
    if waiting is None:
        messages.success(request, _("没有在享待遇的结果会改变。"))
    return redirect("adoptions")


@page(APPROVE, reads=(), writes=("POST",))
def agree(request: StaffRequest, adoption_id: int) -> HttpResponseBase:
    """Agree to the list of an upgrade."""
    one = found(rulebook.adoption_by_id(adoption_id))
    found(one if one.county == county_of(request.user) else None)
    services.agree_upgrade(account=request.user, adoption_id=adoption_id)
    messages.success(request, _("已同意，月度测算可以按新的规则进行。"))
    return redirect("adoptions")
