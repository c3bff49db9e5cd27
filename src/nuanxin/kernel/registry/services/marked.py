"""The rows of an import that did not come in, kept sealed for who sent them: the same table with a column of faults."""

import io
from collections import defaultdict
from pathlib import Path

import xlsxwriter
from django.conf import settings

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.core.blobs import open_file, seal_file
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.registry.services.workbooks import PROBLEMS, ImportReport


def keep(account: Account, code: str, report: ImportReport) -> None:
    """Keep the marked rows of a failed import, in place of the account's last of this register; a good one drops it."""
    place = _place(account, code)
    if report.faults and report.lines:
        seal_file(place, _workbook(report))
    else:
        (Path(settings.STORE) / place).unlink(missing_ok=True)


def last(account: Account, code: str) -> bytes:
    """Return the marked rows of the account's last import of a register; Refused when there are none."""
    place = _place(account, code)
    if not (Path(settings.STORE) / place).exists():
        raise Refused("import.none", "没有未导入的表格。", "请重新导入，有错的行会逐行列出。")
    return open_file(place)


def _place(account: Account, code: str) -> str:
    return f"imports/{account.pk}-{code}.xlsx"


def _workbook(report: ImportReport) -> bytes:
    """Return the rows as they were sent, as text, what is wrong with each at its end."""
    problems: dict[int, list[str]] = defaultdict(list)
    for fault in report.faults:
        problems[fault.row].append(f"{fault.column}：{fault.message}{fault.todo}" if fault.column else fault.message)
    shown = [at for at, label in enumerate(report.header) if label != PROBLEMS]
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"constant_memory": True}) as book:
        sheet, text, bold = book.add_worksheet(), book.add_format({"num_format": "@"}), book.add_format({"bold": True})
        sheet.set_column(0, len(shown), 20, text)
        for place, label in enumerate([*(report.header[at] for at in shown), PROBLEMS]):
            sheet.write_string(0, place, label, bold)
        for line, (number, cells) in enumerate(report.lines, 1):
            said = "；".join(problems.get(number, []))
            for place, value in enumerate([*(cells[at] for at in shown), said]):
                sheet.write_string(line, place, value, text)
    return buffer.getvalue()
