"""Taking over a bureau's own list: checked whole, signed by two people, loaded, assessed at once."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import county_of
from nuanxin.kernel.access.services import require
from nuanxin.kernel.core.bulk import bulk_insert
from nuanxin.kernel.core.changes import Author, open_change
from nuanxin.kernel.core.crypto import sm3_hex
from nuanxin.kernel.core.errors import Fault, Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.core.months import month_end, month_of
from nuanxin.kernel.cycle.assessing import assessments
from nuanxin.kernel.cycle.compare import Ground, differences
from nuanxin.kernel.cycle.models import MonthRun, TakeoverDifference, TakeoverFault, TakeoverList
from nuanxin.kernel.cycle.takeover.check import Ledger, check_book
from nuanxin.kernel.cycle.takeover.load import Loader
from nuanxin.kernel.cycle.takeover.rows import Book, Reader
from nuanxin.kernel.cycle.takeover.workbook import RowFault, read_workbook
from nuanxin.kernel.grants.selectors import taken_over_rows, takeover_states
from nuanxin.kernel.payments.files import open_file, seal_file

CHECKED, FAULTY, SIGNED, LOADING, IN_FORCE = "checked", "faulty", "signed", "loading", "in_force"
MOST_FAULTS = 2000


@dataclass(frozen=True)
class _Totals:
    households: int
    persons: int
    grants: int
    total_fen: int


def takeover_list(*, path: Path, as_of: dt.date, county: str, author: Author) -> TakeoverList:
    """Check a workbook and keep it sealed with its control totals, or with its faults; nothing is imported yet.

    The same file is the same list: given again it is checked again (when not yet in force) and returned.
    """
    if as_of != month_end(month_of(as_of)):
        raise Refused("takeover.as_of", f"接管日 {as_of.isoformat()} 不是月末。", "请用某月的最后一天。")
    if MonthRun.objects.filter(county=county, month__lte=as_of).exists():
        raise Refused("takeover.late", "接管日所在月份已经办理过。", "请用第一个办理月份之前的月末。")
    data = path.read_bytes()
    sm3 = sm3_hex(data)
    known = TakeoverList.objects.filter(sm3=sm3).first()
    if known is not None and known.state in (SIGNED, LOADING, IN_FORCE):
        return known
    if known is not None and (known.county, known.as_of) != (county, as_of):
        raise Refused("takeover.other", "同一份文件已作为另一县区或接管日的清单登记。", "请核对参数。")
    book, ledger = _read(data, county, as_of)
    blob = seal_file(f"takeover/{county}/{sm3[:16]}.xlsx", data)
    with transaction.atomic():
        change = open_change(author=author, verb="takeover_list", reason="登记接管清单", source=path.name[:200])
        return _keep(book, ledger, county, as_of, path.name[:120], sm3, blob, change)


def sign_takeover(*, list_id: int, account: Account) -> TakeoverList:
    """Sign a list's control totals; the second signature, by another person, loads it and assesses it at once.

    Refused to the same person twice, with faults, outside the account's county. A killed load goes on when signed
    again by either signer.
    """
    require(account, "month.run")
    taken = TakeoverList.objects.filter(pk=list_id).first()
    if taken is None or taken.state == FAULTY:
        raise Refused("takeover.not_ready", "这份清单有错误或不存在，不能签认。", "请按错误清单更正后重新登记。")
    if county_of(account) not in (None, taken.county):
        raise Refused("takeover.area", "该清单不属于您的辖区。", "请由该县区的人员签认。")
    if taken.state == CHECKED:
        taken.state, taken.first_signer = SIGNED, account
        taken.save(update_fields=["state", "first_signer"])
        return taken
    if taken.state == SIGNED:
        if taken.first_signer_id == account.pk:
            raise Refused("takeover.same_person", "同一人不能签认两次。", "请由另一人核对总数后签认。")
        taken.state, taken.second_signer = LOADING, account
        taken.save(update_fields=["state", "second_signer"])
    if taken.state == LOADING:
        _load(taken)
    return taken


def read_taken_over(taken: TakeoverList) -> tuple[Book, Ledger]:
    """Read a list in force again from its sealed workbook, with the persons and households it named."""
    return _read(open_file(taken.blob), taken.county, taken.as_of, own=True)


def _read(data: bytes, county: str, as_of: dt.date, *, own: bool = False) -> tuple[Book, Ledger]:
    sheets, faults = read_workbook(data)
    rules = assessments().rules(county, month_of(as_of))
    book = Reader(Book(faults=faults), rules, as_of).read(sheets)
    return book, check_book(book, county, as_of, rules, own=own)


def _totals(book: Book, ledger: Ledger) -> _Totals:
    persons = {row.citizen_id for row in book.grants if row.citizen_id}
    units = {row.household for row in book.grants if row.household}
    persons |= {row.citizen_id for unit in units for row in ledger.members.get(unit, []) if row.counted}
    return _Totals(len(units), len(persons), len(ledger.grants), sum(row.fen for row in book.grants))


def _keep(
    book: Book, ledger: Ledger, county: str, as_of: dt.date, name: str, sm3: str, blob: str, change: Change
) -> TakeoverList:
    totals = _totals(book, ledger)
    values = {
        "county": county,
        "as_of": as_of,
        "name": name,
        "blob": blob,
        "state": FAULTY if book.faults else CHECKED,
        "households": totals.households,
        "persons": totals.persons,
        "grants": totals.grants,
        "total_fen": totals.total_fen,
        "change": change,
    }
    taken, _ = TakeoverList.objects.update_or_create(sm3=sm3, defaults=values)
    TakeoverFault.objects.filter(list=taken).delete()
    _write_faults(taken, book.faults)
    return taken


def _write_faults(taken: TakeoverList, faults: list[RowFault]) -> None:
    shown = [(taken.pk, one.sheet, one.row, one.column[:40], one.message[:300]) for one in faults[:MOST_FAULTS]]
    if len(faults) > MOST_FAULTS:
        shown.append((taken.pk, "", 0, "", f"另有 {len(faults) - MOST_FAULTS} 处错误未列出，请先更正以上各处。"))
    bulk_insert(model=TakeoverFault, columns=["list_id", "sheet", "row", "column", "message"], rows=shown)


def _load(taken: TakeoverList) -> None:
    """Load, assess, write the differences, and only then let the list be in force."""
    rules = assessments().rules(taken.county, month_of(taken.as_of))
    book, ledger = _read(open_file(taken.blob), taken.county, taken.as_of, own=True)
    if book.faults:
        first = book.faults[0]
        raise Refused(
            "takeover.changed",
            f"签认后居民档案有变，清单第 {first.row} 行({first.sheet})不能载入：{first.message}",
            "请更正后重新签认，或重新登记清单。",
        )
    loader = Loader(county=taken.county, as_of=taken.as_of, list_id=taken.pk, change=taken.change, rules=rules)
    made = loader.load(book, ledger)
    if made != taken.grants or len(taken_over_rows(taken.pk)) != taken.grants:
        raise Fault(f"takeover list {taken.pk}: {made} grants made, {taken.grants} signed")
    _assess(taken)
    with transaction.atomic():
        taken.state = IN_FORCE
        taken.save(update_fields=["state"])


def _assess(taken: TakeoverList) -> None:
    """Assess the month of the as-of date and list where the stated money is not what the rules say."""
    source, month = assessments(), month_of(taken.as_of)
    source.settle_law(taken.county, month, Author(label="接管"))
    if taken.assessment_run_id is None:
        snapshot_id = source.take_snapshot(taken.county)
        taken.assessment_run_id = source.assess(taken.county, month, snapshot_id)
    else:
        snapshot_id = source.take_snapshot(taken.county)
    ground = Ground(
        county=taken.county,
        month=month,
        run_id=taken.assessment_run_id,
        receipts=source.receipts(taken.assessment_run_id),
        tables=source.tables(snapshot_id),
    )
    own = {grant_id for grant_id, *_ in takeover_states(taken.pk)}
    found = [one for one in differences(ground, source.rules(taken.county, month).values()) if one.grant_id in own]
    rows = [(taken.pk, one.grant_id, one.stated_fen, one.assessed_fen, one.reason[:60]) for one in found]
    with transaction.atomic():
        TakeoverDifference.objects.filter(list=taken).delete()
        columns = ["list_id", "grant_id", "stated_fen", "assessed_fen", "reason"]
        bulk_insert(model=TakeoverDifference, columns=columns, rows=rows)
        taken.save(update_fields=["assessment_run_id"])
