"""The tables of the civil registers; each is declared in its own file."""

from nuanxin.domains.civil.registers.cremation import Cremation
from nuanxin.domains.civil.registers.marriage import MarriageRecord

__all__ = ["Cremation", "MarriageRecord"]
