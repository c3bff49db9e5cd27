"""Workbooks and text tables that come from outside: bounded first, read by their meaning, in a process of its own."""

from nuanxin.kernel.core.spreadsheets.limits import Limits
from nuanxin.kernel.core.spreadsheets.reading import read_spreadsheet
from nuanxin.kernel.core.spreadsheets.sheet import CellKind, Sheet, Spreadsheet, Unread

__all__ = ["CellKind", "Limits", "Sheet", "Spreadsheet", "Unread", "read_spreadsheet"]
