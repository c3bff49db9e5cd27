"""Reading the rulebook: what is offered where and when, by which parameters, and the receipt behind an amount."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from django.db.models import QuerySet

from nuanxin.kernel.core.crypto import sm3_hex
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.engine import store
from nuanxin.kernel.engine.duck import opened
from nuanxin.kernel.engine.expressions.types import Value
from nuanxin.kernel.rulebook import layers
from nuanxin.kernel.rulebook.compilation.plan import BenefitPlan, FactWords
from nuanxin.kernel.rulebook.contrast import current_rows
from nuanxin.kernel.rulebook.enums import AdoptionState, EffectState, PublicationState
from nuanxin.kernel.rulebook.law import LocalParameter
from nuanxin.kernel.rulebook.laws import engine_sm3, kept_law_in, law_text
from nuanxin.kernel.rulebook.models import Adoption, AssessmentRun, Publication
from nuanxin.kernel.rulebook.receipts import ParameterUsed, Receipt, make_receipt, parameter_used
from nuanxin.kernel.rulebook.releases import Law, law_of, local_law, read_release
from nuanxin.kernel.rulebook.schema.benefits import ByParameter, PayPeriod


@dataclass(frozen=True)
class OfferedBenefit:
    """A benefit as a county offers it in a month."""

    code: str
    title: str
    pays: str
    month: str
    period: str
    recognises: bool
    starts: str
    stops: tuple[str, ...]
    components: tuple[tuple[str, str], ...]
    basis: tuple[dict[str, Any], ...]
    conditions: tuple[Any, ...]
    steps: tuple[Any, ...]
    parameters: tuple[str, ...]
    exclusions: tuple[Any, ...]
    documents: tuple[str, ...]
    review: dict[str, Any] | None
    payee: tuple[str, ...] = ()


def benefits(county: str, month: dt.date) -> dict[str, OfferedBenefit]:
    """Return the benefits a county offers in a month, by code; `starts` has its parameter already looked up."""
    law = law_of(county, month)
    return {code: _offered(law, plan, month) for code, plan in law.plan.benefits.items()}


def _offered(law: Law, plan: BenefitPlan, month: dt.date) -> OfferedBenefit:
    starts = plan.starts
    if starts.startswith("param:"):
        parameter = law.parameters[starts.removeprefix("param:")]
        starts = str(parameter.cells(parameter.on(month))[parameter.name])
    return OfferedBenefit(
        code=plan.code, title=plan.title, pays=plan.pays, month=plan.month, period=plan.period,
        recognises=plan.recognises,
        starts=starts, stops=plan.stops, components=plan.components, basis=plan.basis, conditions=plan.conditions,
        steps=plan.steps, parameters=plan.parameters, exclusions=plan.exclusions,
        documents=plan.documents, review=plan.review, payee=plan.payee,
    )  # fmt: skip


def recorded_facts(county: str, month: dt.date, benefit: str) -> tuple[str, ...]:
    """Return the facts a benefit reads, directly or through others, that are registered as circumstances."""
    plan = law_of(county, month).plan
    if benefit not in plan.benefits:
        raise Refused("benefit.unknown", f"本县没有待遇“{benefit}”。", "请从待遇目录里选。")
    one = plan.benefits[benefit]
    waiting = [*one.facts, *one.member_facts, *(name for names in one.asks.values() for name in names)]
    seen: dict[str, None] = {}
    while waiting:
        name = waiting.pop(0)
        if name not in seen and name in plan.facts:
            seen[name] = None
            waiting += plan.facts[name].reads
    return tuple(name for name in seen if plan.facts[name].circumstance and not plan.facts[name].opened_by)


def application_files(county: str, month: dt.date, benefit: str) -> tuple[FactWords, ...]:
    """Return the facts that an application for a benefit makes true, so that the rules look at the applicant at all."""
    plan = law_of(county, month).plan
    asked = plan.benefits[benefit].asks.get("applies", ()) if benefit in plan.benefits else ()
    return tuple(plan.facts[name] for name in asked if name in plan.facts and plan.facts[name].opened_by)


def not_offered(county: str, month: dt.date) -> dict[str, str]:
    """Return the benefits that lack a parameter in this county, with the reason."""
    return law_of(county, month).plan.skipped


def parameters(county: str, benefit: str | None = None, month: dt.date | None = None) -> list[ParameterUsed]:
    """Return parameters with their clauses: every dated value the county sees, or those in force in a month."""
    declared = local_law(county).parameters
    names = _parameter_names(county, benefit, month) if benefit else sorted(declared)
    if month is not None:
        return [u for n in names if (u := parameter_used(declared[n], month))]
    return [u for n in names for u in _history(declared[n])]


def _parameter_names(county: str, benefit: str, month: dt.date | None) -> list[str]:
    law = law_of(county, month or dt.date.max.replace(day=1))
    if benefit not in law.plan.benefits:
        raise Refused("benefit.unknown", f"本县没有待遇“{benefit}”。", "请从待遇目录里选。")
    return list(law.plan.benefits[benefit].parameters)


def _history(parameter: LocalParameter) -> list[ParameterUsed]:
    dates = sorted({v.from_ for _, v in parameter.values})
    shown = [u for d in dates if (u := parameter_used(parameter, d))]
    return list(dict.fromkeys(shown))


def release(sm3: str) -> Law:
    """Return the law that a release kept."""
    return read_release(sm3)


def run_folder(run: AssessmentRun) -> Path:
    """Return where the receipts of a run lie."""
    return store.absolute(run.folder)


def receipt_file(run: AssessmentRun, benefit: str, members: bool = False) -> Path:
    """Return the Parquet file of a benefit's receipts, or of its members' shares."""
    return run_folder(run) / f"{benefit}{'_members' if members else ''}.parquet"


def run_by_id(run_id: int) -> AssessmentRun:
    """Return an assessment run."""
    return AssessmentRun.objects.select_related("snapshot", "release").get(pk=run_id)


def latest_run(county: str, month: dt.date, purpose: str = "month") -> AssessmentRun | None:
    """Return the newest finished run of a month."""
    runs = AssessmentRun.objects.filter(county=county, month=month, purpose=purpose, state="done")
    return runs.select_related("snapshot", "release").order_by("-pk").first()


def read_receipt(run: AssessmentRun, benefit: str, subject_id: int) -> Receipt:
    """Return the stored receipt of one subject; Refused when the benefit did not apply to it in that run."""
    law = read_release(run.release_id)
    if benefit not in law.plan.benefits:
        raise Refused("receipt.benefit", f"这次测算里没有待遇“{benefit}”。", "请核对待遇和月份。")
    rows = _read_rows(str(receipt_file(run, benefit)), "subject_id", subject_id)
    if not rows:
        raise Refused(
            "receipt.missing",
            f"{law.plan.benefits[benefit].title}不适用于这个对象, 没有测算凭据。",
            "请核对对象和月份。",
        )
    plan = law.plan.benefits[benefit]
    members = (
        _read_rows(str(receipt_file(run, benefit, members=True)), "household_id", subject_id)
        if plan.pays == "household"
        else []
    )
    receipt = make_receipt(law, run.month, plan, rows[0], members)
    return _with_run(receipt, run)


def kept_receipt(sm3: str, benefit: str, month: dt.date, row: Mapping[str, Any]) -> Receipt | None:
    """Return the receipt of a row that a decision kept (a household's with `member_rows`), in the words of its release.

    None when the release no longer lies in the store.
    """
    try:
        law = read_release(sm3)
    except FileNotFoundError:
        return None
    return make_receipt(law, month, law.plan.benefits[benefit], row, row.get("member_rows", ()))


def _with_run(receipt: Receipt, run: AssessmentRun) -> Receipt:
    return replace(receipt, run_id=run.pk, snapshot_id=run.snapshot_id)


def _read_rows(path: str, key: str, value: int) -> list[dict[str, Any]]:
    with opened(scanner=False) as con:
        found = con.execute(f"select * from read_parquet('{path}') where {key} = ?", [value])
        names = [d[0] for d in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def pay_periods(county: str, month: dt.date) -> dict[str, str]:
    """Return the benefits that are not paid out every month, with `quarter`, `half_year` or `year`."""
    law = local_law(county)
    found: dict[str, str] = {}
    for code, placed in law.benefits_on(month).items():
        paid_in = placed.item.paid_in
        if isinstance(paid_in, ByParameter):
            parameter = law.parameters[paid_in.param]
            paid_in = cast(PayPeriod, parameter.cells(parameter.on(month))[paid_in.param] or "month")
        if paid_in != "month":
            found[code] = paid_in
    return found


def once_only(county: str, month: dt.date) -> dict[str, str]:
    """Return the benefits that nobody gets a second time, with `person` or `household`."""
    offered = local_law(county).benefits_on(month).items()
    return {code: placed.item.once_per for code, placed in offered if placed.item.once_per is not None}


def parameter_fen(county: str, name: str, month: dt.date) -> tuple[int, ParameterUsed] | None:
    """Return a single money parameter in force in a month, in fen, with its clause; None where the county has none."""
    parameter = local_law(county).parameters.get(name)
    used = parameter_used(parameter, month) if parameter else None
    if parameter is None or used is None or parameter.declared.shape != "value":
        return None
    value = parameter.cells(parameter.on(month))[name]
    return (value, used) if isinstance(value, int) and not isinstance(value, bool) else None


def publications_in(county: str) -> QuerySet[Publication]:
    """Return the county's new standards, drafts and published ones, the newest first."""
    return Publication.objects.filter(county=county).select_related("maker", "checker").order_by("-pk")


def publication_by_id(publication_id: int) -> Publication | None:
    """Return a new standard, None when there is none."""
    return publications_in_all().filter(pk=publication_id).first()


def publications_in_all() -> QuerySet[Publication]:
    """Return the new standards of every county, with who made and approved them."""
    return Publication.objects.select_related("maker", "checker", "release")


def waiting_publications(county: str, month: dt.date) -> list[Publication]:
    """Return published standards, in force by a month, that have not reached the grants yet, in order."""
    rows = Publication.objects.filter(county=county, state=PublicationState.PUBLISHED, effect=EffectState.WAITING)
    return [one for one in rows.order_by("effective_from", "pk") if one.effective_from <= month]


def published_benefits(county: str, month: dt.date) -> frozenset[str]:
    """Return the benefits that published standards change for the first time in a month's run."""
    rows = Publication.objects.filter(county=county, state=PublicationState.PUBLISHED)
    shown = f"{month:%Y-%m}"
    taken = [
        one
        for one in rows
        if (one.effect == EffectState.WAITING and one.effective_from <= month) or one.outcome.get("month") == shown
    ]
    return frozenset(code for one in taken for code in one.benefits)


def kept_release_sm3(law_sm3: str, month: dt.date) -> str:
    """Return the SM3 of the release that kept declarations make in a month."""
    return kept_law_in(law_sm3, month).sm3


def adopted(county: str) -> Adoption | None:
    """Return the newest law a county has adopted, None before the first."""
    rows = Adoption.objects.filter(county=county, state=AdoptionState.ADOPTED)
    return rows.select_related("release", "publication", "maker", "checker").order_by("-pk").first()


def adopted_laws(county: str) -> Iterable[tuple[int, str]]:
    """Return (change that adopted it, SM3 of the law) of each law a county has gone by, the oldest first."""
    rows = Adoption.objects.filter(county=county, state=AdoptionState.ADOPTED)
    return rows.order_by("pk").values_list("change_id", "law_sm3")


def adoptions_in(county: str) -> QuerySet[Adoption]:
    """Return what a county has adopted or was asked to adopt, the newest first."""
    rows = Adoption.objects.filter(county=county).exclude(state=AdoptionState.DROPPED)
    return rows.select_related("publication", "maker", "checker").order_by("-pk")


def adoption_by_id(adoption_id: int) -> Adoption | None:
    """Return an adoption, None when there is none."""
    return Adoption.objects.filter(pk=adoption_id).select_related("maker", "checker").first()


def upgrade_rows(adoption: Adoption, limit: int = 0) -> list[dict[str, Any]]:
    """Return the current grants whose result an upgrade changes: benefit, pays, subject, township, before and after."""
    paths = [store.absolute(name) for name in adoption.changes.split(";") if name]
    return current_rows([path for path in paths if path.exists()], limit)


def publication_rows(publication: Publication, limit: int = 0) -> list[dict[str, Any]]:
    """Return the current grants whose result a simulated standard changes."""
    path = store.absolute(str(publication.figures.get("list", "-")))
    return current_rows([path] if path.is_file() else [], limit)


def adopted_counties() -> list[str]:
    """Return the counties that go by a law they have adopted."""
    rows = Adoption.objects.filter(state=AdoptionState.ADOPTED).order_by("county")
    return list(rows.values_list("county", flat=True).distinct())


def law_is_adopted(county: str) -> bool:
    """Tell whether what is declared now, and the engine that reads it, are what the county has adopted."""
    found = adopted(county)
    if found is None:
        return True
    return (found.law_sm3, found.engine_sm3) == (sm3_hex(law_text(local_law(county))), engine_sm3())


def unpublished_files(county: str) -> list[layers.Unpublished]:
    """Return the files of the county's own layer that are not as published; none before the first adoption."""
    found = adopted(county)
    return layers.unpublished(county, found.layer) if found else []


def numbers(county: str, name: str, on: dt.date) -> dict[str, Value | None]:
    """Return a parameter in force on a day as a room reads it that is no rule: its value under "", a table's by code.

    Empty where the county has no value. Money in fen, rates in ten-thousandths, as everywhere.
    """
    parameter = local_law(county).parameters.get(name)
    value = parameter.on(on) if parameter else None
    if parameter is None or value is None:
        return {}
    return {cell[len(name) :].removeprefix("__"): found for cell, found in parameter.cells(value).items()}


def circumstance_certificates(county: str) -> dict[str, str]:
    """Return the kinds of circumstances that stand for a certificate with an end, with its name."""
    facts = [placed.item for placed in local_law(county).facts.values()]
    return {str(fact.circumstance): fact.certificate for fact in facts if fact.certificate and fact.circumstance}


def circumstances_read(county: str, month: dt.date, part: str = "") -> dict[str, frozenset[str]]:
    """Return for each benefit offered in a month the kinds of circumstances its facts, or those of a part, rest on."""
    plan = law_of(county, month).plan
    found: dict[str, frozenset[str]] = {}
    for code, benefit in plan.benefits.items():
        names: set[str] = set()
        waiting = [*benefit.asks.get(part, ())] if part else [*benefit.facts, *benefit.member_facts]
        while waiting:
            name = waiting.pop()
            if name not in names and name in plan.facts:
                names.add(name)
                waiting += plan.facts[name].reads
        found[code] = frozenset(plan.facts[n].circumstance for n in names if plan.facts[n].circumstance)
    return found


@dataclass(frozen=True)
class ParameterForm:
    """A parameter as somebody fills in a new value: what holds now, its unit, and for a table or bands each cell."""

    name: str
    label: str
    unit: str
    now: str
    text: str
    cells: tuple[tuple[str, str, str], ...]


def parameter_form(county: str, name: str, day: dt.date) -> ParameterForm | None:
    """Return what a form for a new value of a parameter starts from, None when there is no such parameter."""
    parameter = local_law(county).parameters.get(name)
    if parameter is None:
        return None
    declared, value, used = parameter.declared, parameter.on(day), parameter_used(parameter, day)
    held = {str(k): text for k, text in ((value and (value.table or value.bands)) or {}).items()}
    labels = declared.codes or {}
    keys = list(labels) if declared.shape == "table" else list(held) if declared.shape == "bands" else []
    cells = tuple((key, labels.get(key, f"{key}{declared.by or ''}起"), held.get(key, "")) for key in keys)
    text = (value.value if value else None) or ""
    return ParameterForm(name, declared.label, declared.unit or "", used.text if used else "", text, cells)
