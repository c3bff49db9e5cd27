"""The villages an account may choose from, under their townships."""

from typing import Any

from nuanxin.interfaces.staff.pages import county_of
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.registry import selectors as registry


def village_groups(account: Any, *, whole_county: bool = False) -> list[tuple[str, list[Any]]]:
    """Return (township, its villages) of the account's area, or of the whole county where somebody moves to."""
    today = clock.today()
    towns = registry.townships(county_of(account), today)
    seen = [town for town in towns if whole_county or access.sees_path(account, town.path)]
    return [(town.name, list(registry.villages(town.code, today))) for town in seen]


def own_village(account: Any, code: str) -> str:
    """Return the code of a village in the account's area; Refused for any other."""
    place = registry.standing_division(code)
    if not access.sees_path(account, place.path):
        raise Refused("place.area", f"{place.name}不在您的辖区。", "请选择本辖区的村或社区。")
    return place.code
