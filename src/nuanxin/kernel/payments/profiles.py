"""How a county's bank wants its files: `counties/<code>/bank.yaml`, an instance's own file over the package's."""

from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal, Self

from django.conf import settings
from pydantic import Field, model_validator

from nuanxin.kernel.core.declarations import Declaration, load_declaration
from nuanxin.kernel.core.errors import Refused

HeaderField = Literal["batch_no", "project", "line_count", "total", "date"]
Column = Literal["seq", "name", "citizen_id", "bank_code", "account", "amount", "purpose", "township"]
ReturnColumn = Literal["seq", "name", "account", "amount", "code", "message"]


class BankProfile(Declaration):
    """One bank's layout: both files are lines of fields parted by `separator`, a header first.

    `longest` is how many bytes a column may have in the file; a column not named has no limit.
    """

    bank: str
    assumption: bool = False
    source: str = ""
    encoding: Literal["GBK", "GB18030", "UTF-8"] = "GB18030"
    newline: Literal["crlf", "lf"] = "crlf"
    separator: str = Field(min_length=1, max_length=1)
    amount: Literal["yuan", "fen"]
    file_name: str
    header: list[HeaderField] = Field(min_length=1)
    columns: list[Column] = Field(min_length=1)
    longest: dict[Column, Annotated[int, Field(gt=0)]] = {}
    return_header: list[HeaderField] = Field(min_length=1)
    return_columns: list[ReturnColumn] = Field(min_length=1)
    paid_codes: list[str] = Field(min_length=1)
    codes: dict[str, str]

    @model_validator(mode="after")
    def _answerable(self) -> Self:
        lacking = [name for name in ("seq", "amount", "code") if name not in self.return_columns]
        if lacking or "batch_no" not in self.return_header:
            raise ValueError("回盘文件须有 batch_no、seq、amount、code。请向银行要求这些栏")
        return self

    @property
    def line_end(self) -> str:
        """Return what ends a line."""
        return "\r\n" if self.newline == "crlf" else "\n"


def load_profile(county: str) -> BankProfile:
    """Return the bank profile of a county; Refused when there is none, DeclarationError when it has faults."""
    own = Path(settings.NUANXIN_HOME) / "counties" / county / "bank.yaml"
    path = own if own.exists() else Path(str(files("nuanxin") / "counties" / county / "bank.yaml"))
    if not path.exists():
        raise Refused(
            "payments.no_profile", f"没有县区 {county} 的银行文件格式。", f"请添加 counties/{county}/bank.yaml。"
        )
    return load_declaration(path, BankProfile)
