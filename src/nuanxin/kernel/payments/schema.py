"""How far a recovery may be set off against payments: `recovery.yaml`, dated like law.

    values:
      - {from: 2014-05-01, most: 20%, protected: [dibao], document: 某办法, article: 某条, assumption: true}

`most` is the part of one due that may be withheld; from a `protected` benefit only what the debtor agreed to. The
instance's `counties/<code>/recovery.yaml` stands over the package's, and that over the national one.
"""

import datetime as dt
import re
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Self

from django.conf import settings
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from nuanxin.kernel.core.declarations import Declaration, load_declaration
from nuanxin.kernel.core.errors import Refused

WHOLE = 10_000
PERCENT = re.compile(r"(\d{1,3})(?:\.(\d{1,2}))?%")


class Ceiling(BaseModel):
    """What may be withheld from a date on; `rate` is in ten-thousandths."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    from_: dt.date = Field(alias="from")
    most: str
    protected: list[str] = []
    document: str
    article: str = ""
    assumption: bool = False
    note: str = ""

    @field_validator("most")
    @classmethod
    def _percent(cls, text: str) -> str:
        found = PERCENT.fullmatch(text)
        if not found or int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")) > WHOLE:
            raise ValueError("most 须是不超过 100% 的百分数，如 20%")
        return text

    @property
    def rate(self) -> int:
        """Return the part that may be withheld, in ten-thousandths."""
        whole, _, rest = self.most[:-1].partition(".")
        return int(whole) * 100 + int((rest or "").ljust(2, "0"))

    def room(self, fen: int) -> int:
        """Return what may be withheld of an amount, rounded down to the fen."""
        return fen * self.rate // WHOLE


class RecoveryTerms(Declaration):
    """The ceilings of a county, by date."""

    values: list[Ceiling] = Field(min_length=1)

    @model_validator(mode="after")
    def _dates(self) -> Self:
        starts = [one.from_ for one in self.values]
        if len(set(starts)) != len(starts):
            raise ValueError("两条规定的 from 相同。请合并")
        return self

    def on(self, date: dt.date) -> Ceiling:
        """Return the ceiling in force on a date; Refused before the first."""
        known = [one for one in self.values if one.from_ <= date]
        if not known:
            raise Refused("payments.no_ceiling", f"{date} 尚无抵扣比例的规定。", "请在 recovery.yaml 中补充。")
        return max(known, key=lambda one: one.from_)


def recovery_terms(county: str) -> RecoveryTerms:
    """Return the terms of a county; DeclarationError when the file has faults."""
    own = Path(settings.NUANXIN_HOME) / "counties" / county / "recovery.yaml"
    packaged = Path(str(files("nuanxin"))) / "counties" / county / "recovery.yaml"
    national = Path(str(files("nuanxin"))) / "kernel" / "payments" / "recovery.yaml"
    path = next(one for one in (own, packaged, national) if one.exists())
    return _load(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=32)
def _load(path: Path, _stamp: int) -> RecoveryTerms:
    return load_declaration(path, RecoveryTerms)
