"""Which county a command is about."""

from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.registry import selectors as registry


def the_county(code: str | None) -> str:
    """Return the county asked for, or the only one this instance keeps; refuse one it does not keep."""
    kept = registry.counties_kept()
    if not code and len(kept) == 1:
        return next(iter(kept))
    if not code:
        raise Refused("county.which", "没有指明县。", f"请加 --county，本机有：{_listed(kept)}。")
    if code not in kept:
        raise Refused("county.unknown", f"本机没有“{code}”这个县的数据。", f"请核对代码，本机有：{_listed(kept)}。")
    return code


def _listed(kept: dict[str, str]) -> str:
    return "、".join(f"{code} {name}" for code, name in kept.items()) or "无，请先运行 nuanxin demo 或载入区划"
