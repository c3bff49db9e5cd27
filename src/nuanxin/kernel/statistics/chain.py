"""Whether the closed months still are what was closed: every file's SM3 and every head, recomputed."""

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from nuanxin.kernel.core.crypto import sm3_hex
from nuanxin.kernel.statistics.models import Close
from nuanxin.kernel.statistics.store import chain_head


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


def verify_chain(county: str) -> ChainReport:
    """Recompute every SM3 and head of a county's closed months, oldest first."""
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
        previous = close.head
    return ChainReport(len(closes), files, tuple(faults))


def _file_faults(close: Close, name: str, path: Path, sm3: str) -> list[str]:
    if not path.exists():
        return [f"{close.month:%Y-%m} 的文件 {name} 不见了。"]
    return [] if sm3_hex(path) == sm3 else [f"{close.month:%Y-%m} 的文件 {name} 被改动过。"]
