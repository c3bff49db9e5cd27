"""Whether the closed months still are what was closed: every file's SM3, every head and seal, every anchor outside."""

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from nuanxin.kernel.core.anchors import read_anchors
from nuanxin.kernel.core.crypto import keyed_hex, sm3_hex
from nuanxin.kernel.statistics.models import Close
from nuanxin.kernel.statistics.store import chain_head

CLOSES = "closes"
"""The closed months' name among the anchored chains."""


@dataclass(frozen=True)
class ChainReport:
    """How many months and files were checked, and each fault as a Chinese sentence."""

    months: int
    files: int
    faults: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """Tell whether nothing was found changed."""
        return not self.faults


def close_seal(close: Close) -> str:
    """Return the keyed SM3 a closed month must bear; who rewrites files, hashes and head cannot make it fit."""
    return keyed_hex(CLOSES, f"{close_place(close)}|{close.previous}|{close.head}")


def close_place(close: Close) -> str:
    """Return how a closed month is called among the anchors."""
    return f"{close.county}|{close.month:%Y-%m}"


def verify_chain(county: str) -> ChainReport:
    """Recompute every SM3, head and seal of a county's closed months, oldest first, and look for what was anchored."""
    faults: list[str] = []
    previous, files = "", 0
    closes = list(Close.objects.filter(county=county).order_by("month").prefetch_related("files"))
    for close in closes:
        digests = []
        for file in sorted(close.files.all(), key=lambda f: f.name):
            files += 1
            digests.append((file.name, file.sm3))
            faults += _file_faults(close, file.name, Path(settings.STORE) / file.path, file.sm3)
        if close.previous != previous or close.head != chain_head(previous, digests):
            faults.append(f"{close.month:%Y-%m} 的链头与登记不符。")
        if close.seal != close_seal(close):
            faults.append(f"{close.month:%Y-%m} 的链头不是用本机密钥签封的，月结可能被整个改写过。")
        previous = close.head
    faults += _anchor_faults(county, {close_place(close): close.head for close in closes})
    return ChainReport(len(closes), files, tuple(faults))


def _file_faults(close: Close, name: str, path: Path, sm3: str) -> list[str]:
    if not path.exists():
        return [f"{close.month:%Y-%m} 的文件 {name} 不见了。"]
    return [] if sm3_hex(path) == sm3 else [f"{close.month:%Y-%m} 的文件 {name} 被改动过。"]


def _anchor_faults(county: str, heads: dict[str, str]) -> list[str]:
    """Return the closed months that were anchored outside the database and are gone, or are others now."""
    anchors = read_anchors(CLOSES)
    faults = list(anchors.faults)
    for place, head in {line.place: line.head for line in anchors.lines}.items():
        if place.startswith(f"{county}|") and heads.get(place) != head:
            what = "不见了" if place not in heads else "与库外锚定的链头不符"
            faults.append(f"{place.partition('|')[2]} 的月结{what}。")
    return faults
