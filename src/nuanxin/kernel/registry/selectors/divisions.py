"""Reading the division tree; an area is a path in it."""

import datetime as dt
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet

from nuanxin.kernel.core import clock
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.registry.enums import DivisionLevel
from nuanxin.kernel.registry.models import Division

COUNTY_CODE, TOWNSHIP_CODE = 6, 9


@dataclass(frozen=True)
class DivisionNode:
    """A division with what lies under it."""

    code: str
    name: str
    level: str
    path: str
    children: "list[DivisionNode]" = field(default_factory=list)


def in_area(area: str, prefix: str = "division__") -> Q:
    """Select rows whose division lies in the area (a path such as `34.3402.340223`); an empty area holds nothing."""
    if not area:
        return Q(pk__in=[])
    return Q(**{f"{prefix}path": area}) | Q(**{f"{prefix}path__startswith": f"{area}."})


def people_in_area(area: str) -> Q:
    """Select people or households in an area, by county where it is one, else by the village codes under it."""
    code = area.rpartition(".")[2]
    if not code:
        return Q(pk__in=[])
    if len(code) == COUNTY_CODE:
        return Q(county=code)
    if len(code) < COUNTY_CODE:
        return Q(county__startswith=code)
    return Q(division__in=Division.objects.filter(in_area(area, prefix="")).values("code"))


def division(code: str) -> Division:
    """Return the division of a code, or refuse."""
    found = Division.objects.filter(code=code).first()
    if found is None:
        raise Refused("division.unknown", f"没有代码为“{code}”的行政区划。", "请核对代码，或先载入该县的区划。")
    return found


def standing_division(code: str) -> Division:
    """Return a division that stands today, or refuse: nobody registers anything in a place that was merged."""
    found = division(code)
    if found.valid_to is not None and found.valid_to <= clock.today():
        into = found.replaced_by.name if found.replaced_by else ""
        raise Refused(
            "division.ended", f"{found.name}已于 {found.valid_to} 并入{into}。", f"请选择{into}。", "division"
        )
    return found


def division_now(code: str) -> str:
    """Return the code of the place that a code stands for today, through every merger."""
    seen: set[str] = set()
    while code not in seen:
        seen.add(code)
        row = Division.objects.filter(code=code, valid_to__lte=clock.today()).first()
        code = str(row.replaced_by_id) if row is not None and row.replaced_by_id else code
    return code


def places_merged(county: str) -> QuerySet[Division]:
    """Return the divisions of a county that were merged into others, the latest first."""
    rows = Division.objects.filter(code__startswith=county, valid_to__isnull=False).select_related("replaced_by")
    return rows.order_by("-valid_to", "code")


def division_names(codes: list[str] | None = None) -> dict[str, str]:
    """Return names by code, of all divisions when no codes are given."""
    rows = Division.objects.all() if codes is None else Division.objects.filter(code__in=codes)
    return dict(rows.values_list("code", "name"))


def township_of(code: str) -> str:
    """Return the township's code of a village's or township's code, empty for anything above."""
    return code[:TOWNSHIP_CODE] if len(code) >= TOWNSHIP_CODE else ""


def counties_kept() -> dict[str, str]:
    """Return the names of the counties, by code, whose divisions this instance holds."""
    found = Division.objects.filter(level=DivisionLevel.COUNTY, children__isnull=False).distinct().order_by("code")
    return dict(found.values_list("code", "name"))


def townships(county: str, on: dt.date | None = None) -> QuerySet[Division]:
    """Return the townships of a county in the order of their codes: all there ever were, or those of a day."""
    return Division.objects.filter(_on(on), parent_id=county, level=DivisionLevel.TOWNSHIP).order_by("code")


def villages(township: str, on: dt.date | None = None) -> QuerySet[Division]:
    """Return the villages of a township in the order of their codes: all there ever were, or those of a day."""
    return Division.objects.filter(_on(on), parent_id=township, level=DivisionLevel.VILLAGE).order_by("code")


def _on(on: dt.date | None) -> Q:
    """Select the places of a day; all when None."""
    if on is None:
        return Q()
    since = Q(valid_from__isnull=True) | Q(valid_from__lte=on)
    return since & (Q(valid_to__isnull=True) | Q(valid_to__gt=on))


def division_tree(county: str) -> DivisionNode:
    """Return the county with its townships and villages."""
    top = division(county)
    nodes: dict[str, DivisionNode] = {}
    for row in Division.objects.filter(in_area(top.path, prefix="")).order_by("path"):
        nodes[row.code] = DivisionNode(row.code, row.name, row.level, row.path)
        if row.parent_id in nodes and row.code != county:
            nodes[str(row.parent_id)].children.append(nodes[row.code])
    return nodes[county]
