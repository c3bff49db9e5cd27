"""A load's life: files sealed, checked whole, corrected, signed by two, loaded in batches, its grants assessed."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import county_of
from nuanxin.kernel.access.services import log_disclosure, require
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.bulk import bulk_insert
from nuanxin.kernel.core.changes import Author, author_of, open_change
from nuanxin.kernel.core.crypto import sm3_hex
from nuanxin.kernel.core.errors import Fault, Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.core.months import month_end, month_of
from nuanxin.kernel.cycle.loading import run
from nuanxin.kernel.cycle.loading.clean import bad_as_found
from nuanxin.kernel.cycle.loading.kept import names_of, packed_of, stated_files, write_packed
from nuanxin.kernel.cycle.loading.staging import Staging
from nuanxin.kernel.cycle.loading.template import faulty_rows
from nuanxin.kernel.cycle.loading.totals import Total, grant_totals, totals_of
from nuanxin.kernel.cycle.loading.writing import Writer
from nuanxin.kernel.cycle.loading.writing_grants import GrantWriter
from nuanxin.kernel.cycle.models import LoadFile, LoadTotal, MonthRun, TakeoverFault, TakeoverList
from nuanxin.kernel.cycle.services.taken_over import assess_taken_over
from nuanxin.kernel.grants.selectors import taken_over_rows
from nuanxin.kernel.payments.files import seal_file

RECEIVED, CHECKING, CHECKED, FAULTY = "received", "checking", "checked", "faulty"
SIGNED, LOADING, IN_FORCE, WITHDRAWN = "signed", "loading", "in_force", "withdrawn"
WORKING = (RECEIVED, CHECKING, LOADING)
MOST_FAULTS = 2000
LEASE_SECONDS = 120
PERMISSION = "month.run"


def open_load(
    *,
    files: Sequence[tuple[str, bytes]],
    county: str,
    author: Author,
    as_of: dt.date | None = None,
    here: bool = False,
) -> TakeoverList:
    """Seal files (name, bytes) as one load to be checked; `as_of` is a month's last day, by default last month's.

    The same files are the same load: in force it stays as it is, else it will be checked again. `here` says that the
    caller checks it at once, so that no worker takes it up.
    """
    day = as_of or month_of(clock.today()) - dt.timedelta(days=1)
    if day != month_end(month_of(day)):
        raise Refused("takeover.as_of", f"接管日 {day.isoformat()} 不是月末。", "请用某月的最后一天。")
    if not files:
        raise Refused("load.no_files", "没有选择文件。", "请选择要导入的文件。")
    sums = [sm3_hex(data) for _, data in files]
    sm3 = sums[0] if len(sums) == 1 else sm3_hex("".join(sorted(sums)))
    known = TakeoverList.objects.filter(sm3=sm3).first()
    if known is not None and known.state not in (CHECKED, FAULTY, WITHDRAWN):
        return known
    if known is not None and (known.county, known.as_of) != (county, day):
        raise Refused("takeover.other", "同一份文件已作为另一县区或接管日的清单登记。", "请核对参数。")
    with transaction.atomic():
        name = files[0][0][:120] if len(files) == 1 else f"{files[0][0][:90]} 等 {len(files)} 个文件"
        change = open_change(author=author, verb="open_load", reason="登记导入文件", source=name[:200])
        values = {"county": county, "as_of": day, "name": name, "blob": "", "state": RECEIVED, "change": change}
        values |= {
            "first_signer": None,
            "second_signer": None,
            "partial": False,
            "progress": "等待核对",
            "worked_at": 0,
        }
        load, _ = TakeoverList.objects.update_or_create(sm3=sm3, defaults=values)
        LoadFile.objects.filter(list=load).delete()
        _add_files(load, files, sums, change, correction=False)
    return load


def _add_files(
    load: TakeoverList, files: Sequence[tuple[str, bytes]], sums: Sequence[str], change: Change, *, correction: bool
) -> None:
    for (name, data), sm3 in zip(files, sums, strict=True):
        blob = seal_file(f"loads/{load.county}/{sm3[:24]}.file", data)
        LoadFile.objects.create(
            list=load, name=name[:120], sm3=sm3, blob=blob, size=len(data), correction=correction, change=change
        )


def open_correction(
    *, list_id: int, files: Sequence[tuple[str, bytes]], author: Author, here: bool = False
) -> TakeoverList:
    """Bring corrected rows back: they take the place of all rows that were faulty; the load will be checked again."""
    load = _load(list_id)
    if load.state not in (FAULTY, CHECKED) or load.first_signer_id:
        raise Refused("load.correct", "这次导入现在不能更正。", "只有核对后、签认前可以带回更正的表。")
    if not files:
        raise Refused("load.no_files", "没有选择文件。", "请选择更正后的文件。")
    sums = [sm3_hex(data) for _, data in files]
    with transaction.atomic():
        change = open_change(author=author, verb="open_correction", reason="带回更正的行", source=files[0][0][:200])
        _add_files(load, files, sums, change, correction=True)
        load.sm3 = sm3_hex(load.sm3 + "".join(sums))
        if TakeoverList.objects.filter(sm3=load.sm3).exclude(pk=load.pk).exists():
            raise Refused("load.same", "这些更正已经带回过。", "请核对文件。")
        load.state, load.progress = RECEIVED, "等待核对"
        load.worked_at = int(clock.instant()) if here else 0
        load.save(update_fields=["sm3", "state", "progress", "worked_at"])
    return load


def check_load(*, list_id: int) -> TakeoverList:
    """Check a load's files now and keep its totals and faults; a failure of ours leaves it to be checked again."""
    load = _load(list_id)
    _say(load, "正在读取文件", state=CHECKING)
    terms = run.terms_of(load.county, load.as_of)
    fresh = stated_files(load, correction=True, read=False)
    if fresh and packed_of(load):
        staging = run.check_corrected(terms, packed_of(load), names_of(load), fresh, lambda words: _say(load, words))
    else:
        staging = run.check_files(terms, stated_files(load, correction=None), lambda words: _say(load, words))
    _refuse_late(load, staging)
    blob = write_packed(load, staging)
    with transaction.atomic():
        _keep(load, staging, blob)
    return load


def _refuse_late(load: TakeoverList, staging: Staging) -> None:
    """Grants and debts of months that were run already cannot be stated any more."""
    if not (staging.filled("grants") or staging.filled("debts")):
        return
    if MonthRun.objects.filter(county=load.county, month__lte=load.as_of).exists():
        words = "接管日所在月份已经办理过。请用第一个办理月份之前的月末。"
        staging.con.execute(f"insert into finding values ('待遇', 0, 0, '', '{words}', 'fault')")


def _keep(load: TakeoverList, staging: Staging, blob: str) -> None:
    households, persons, grants, fen = grant_totals(staging)
    load.blob, load.households, load.persons, load.grants, load.total_fen = blob, households, persons, grants, fen
    load.takes_over = staging.filled("grants") or staging.filled("debts")
    load.faulty_rows = staging.number("select count(*) from bad")
    load.state, load.progress = (FAULTY if staging.faults() else CHECKED), ""
    load.save()
    LoadFile.objects.filter(list=load).update(read=True)
    _write_totals(load, totals_of(staging))
    _write_faults(load, staging)


def _write_totals(load: TakeoverList, totals: Sequence[Total]) -> None:
    LoadTotal.objects.filter(list=load).delete()
    columns = ["list_id", "code", "label", "rows", "left_out", "known", "fen", "left_out_fen"]
    rows = [
        (load.pk, one.code, one.label, one.rows, one.left_out, one.known, one.fen, one.left_out_fen) for one in totals
    ]
    bulk_insert(model=LoadTotal, columns=columns, rows=rows)


def _write_faults(load: TakeoverList, staging: Staging) -> None:
    TakeoverFault.objects.filter(list=load).delete()
    shown = [
        (load.pk, one.file[:120], one.level, one.sheet[:40], one.row, one.column[:40], one.message[:300])
        for one in staging.findings(MOST_FAULTS)
    ]
    more = staging.number("select count(*) from finding") - len(shown)
    if more > 0:
        shown.append((load.pk, "", "notice", "", 0, "", f"另有 {more} 处未列出，下载错误行可看到全部。"))
    columns = ["list_id", "file", "level", "sheet", "row", "column", "message"]
    bulk_insert(model=TakeoverFault, columns=columns, rows=shown)


def sign_load(*, list_id: int, account: Account, partial: bool = False, here: bool = False) -> TakeoverList:
    """Sign a load's control totals as the first or, another person, the second; it is then ready to be loaded.

    `partial` accepts the rows without faults of a faulty load: both must say so; `here`: the caller loads it at once.
    Refused to the same person twice, outside the account's county, and while a file as a whole could not be read.
    """
    require(account, PERMISSION)
    with transaction.atomic():
        load = TakeoverList.objects.select_for_update().filter(pk=list_id).first()
        _refuse_signing(load, account, partial)
        assert load is not None
        if load.state in (CHECKED, FAULTY):
            load.state, load.first_signer, load.partial = SIGNED, account, partial
        elif load.state == SIGNED:
            load.state, load.second_signer, load.progress = LOADING, account, "等待载入"
            load.worked_at = int(clock.instant()) if here else 0
        load.save(update_fields=["state", "first_signer", "second_signer", "partial", "progress", "worked_at"])
        open_change(author=author_of(account), verb="sign_load", reason="签认控制数", source=load.name[:200])
    return load


def _refuse_signing(load: TakeoverList | None, account: Account, partial: bool) -> None:
    if load is None or load.state in (RECEIVED, CHECKING, WITHDRAWN) or (load.state == FAULTY and not partial):
        raise Refused("takeover.not_ready", "这份清单有错误或不存在，不能签认。", "请按错误清单更正后重新登记。")
    if county_of(account) not in (None, load.county):
        raise Refused("takeover.area", "该清单不属于您的辖区。", "请由该县区的人员签认。")
    if load.state == FAULTY and (_unreadable(load) or not _clean_rows(load)):
        raise Refused("load.unreadable", "有的文件或整张表没有读成，不能只接收其余部分。", "请更正文件后重新上传。")
    if load.state == SIGNED and load.partial != partial:
        raise Refused("load.partial", "第一人签认的范围不同。", "请打开最新的页面，按同一范围核对后签认。")
    if load.state == SIGNED and load.first_signer_id == account.pk:
        raise Refused("takeover.same_person", "同一人不能签认两次。", "请由另一人核对总数后签认。")


def _unreadable(load: TakeoverList) -> bool:
    return TakeoverFault.objects.filter(list=load, level="fault", row__lte=1).exists()


def _clean_rows(load: TakeoverList) -> bool:
    return any(total.rows > total.left_out for total in LoadTotal.objects.filter(list=load))


def withdraw_load(*, list_id: int, account: Account) -> TakeoverList:
    """Take a load back before it is loaded; its files stay sealed. Refused once two have signed."""
    require(account, PERMISSION)
    load = _load(list_id)
    if county_of(account) not in (None, load.county):
        raise Refused("takeover.area", "该清单不属于您的辖区。", "请由该县区的人员办理。")
    if load.state in (LOADING, IN_FORCE, CHECKING):
        raise Refused("load.withdraw", "这次导入正在办理或已经生效，不能撤回。", "导错的内容请逐项更正。")
    with transaction.atomic():
        open_change(author=author_of(account), verb="withdraw_load", reason="撤回导入", source=load.name[:200])
        load.state, load.progress = WITHDRAWN, ""
        load.save(update_fields=["state", "progress"])
    return load


def open_faulty_rows(*, list_id: int, account: Account, purpose: str) -> tuple[str, bytes]:
    """Return name and bytes of the workbook of a load's faulty rows, numbers in the clear; the look is logged.

    Refused without `disclose`, outside the county, and where nothing was checked.
    """
    load = _load(list_id)
    require(account, PERMISSION)
    if county_of(account) not in (None, load.county):
        raise Refused("takeover.area", "该清单不属于您的辖区。", "请由该县区的人员办理。")
    log_disclosure(account=account, person_id=None, what=f"faulty_rows {load.pk}", purpose=purpose)
    return f"{load.name[:60]}-有错的行.xlsx", faulty_rows_of(list_id=list_id)


def faulty_rows_of(*, list_id: int) -> bytes:
    """Return the workbook of a load's faulty rows, for the command line of the machine itself."""
    load = _load(list_id)
    packed = packed_of(load)
    if not packed:
        raise Refused("load.unchecked", "这次导入还没有核对完。", "请稍后再下载。")
    staging = run.reopened(run.terms_of(load.county, load.as_of), packed, names_of(load))
    staging.con.execute("insert into finding select * from finding_before")
    bad_as_found(staging)
    return faulty_rows(staging)


def load_signed(*, list_id: int) -> TakeoverList:
    """Load what two have signed; killed and called again, it goes on with what is missing."""
    load = _load(list_id)
    if load.state != LOADING:
        return load
    _say(load, "正在核对签认后的变化")
    terms = run.terms_of(load.county, load.as_of)
    staging = run.check_again(terms, packed_of(load), names_of(load), partial=load.partial, own=load.pk)
    if staging.faults():
        first = staging.findings(1)[0]
        raise Refused(
            "takeover.changed",
            f"签认后居民档案有变，清单第 {first.row} 行({first.sheet})不能载入：{first.message}",
            "请更正后重新签认，或重新登记清单。",
        )
    _write_all(load, staging)
    if load.takes_over:
        assess_taken_over(load)
    with transaction.atomic():
        load.state, load.progress = IN_FORCE, ""
        load.save(update_fields=["state", "progress"])
    return load


def _write_all(load: TakeoverList, staging: Staging) -> None:
    def progress(label: str, done: int, of: int) -> None:
        _say(load, f"正在载入{label} {done:,}/{of:,}")

    Writer(staging, load.change, progress).write()
    if load.takes_over:
        GrantWriter(staging, load.change, load.pk, progress).write()
        made = len(taken_over_rows(load.pk))
        if made != load.grants:
            raise Fault(f"takeover list {load.pk}: {made} grants made, {load.grants} signed")
    if load.partial:
        load.blob = write_packed(load, staging)
        load.save(update_fields=["blob"])


def _say(load: TakeoverList, words: str, *, state: str = "") -> None:
    """Show how far the work is, which also keeps others from taking it up."""
    load.progress, load.worked_at, load.state = words[:120], int(clock.instant()), state or load.state
    load.save(update_fields=["progress", "worked_at", "state"])


def run_waiting_loads() -> int:
    """Check and load what waits and return how many were worked on; what another process is at is left to it."""
    worked = 0
    for pk, state, worked_at in list(
        TakeoverList.objects.filter(state__in=WORKING).values_list("pk", "state", "worked_at")
    ):
        now = int(clock.instant())
        if worked_at > now - LEASE_SECONDS:
            continue
        if TakeoverList.objects.filter(pk=pk, state=state, worked_at=worked_at).update(worked_at=now):
            _work_on(pk, state)
            worked += 1
    return worked


def _work_on(list_id: int, state: str) -> None:
    try:
        if state == LOADING:
            load_signed(list_id=list_id)
        else:
            check_load(list_id=list_id)
    except Refused as error:
        _put_back(list_id, f"{error.message}{error.todo}")
    except Exception:
        TakeoverList.objects.filter(pk=list_id).update(progress="没有办成，稍后自动重试；一直如此请查看日志。")
        raise


def _put_back(list_id: int, words: str) -> None:
    """A load that is refused is faulty again, the reason its fault; what was loaded of it is found again later."""
    with transaction.atomic():
        load = _load(list_id)
        TakeoverFault.objects.filter(list=load).delete()
        TakeoverFault.objects.create(list=load, level="fault", sheet="", row=0, column="", message=words[:300])
        load.state, load.progress, load.first_signer, load.second_signer = FAULTY, "", None, None
        load.save(update_fields=["state", "progress", "first_signer", "second_signer"])


def _load(list_id: int) -> TakeoverList:
    load = TakeoverList.objects.filter(pk=list_id).first()
    if load is None:
        raise Refused("load.unknown", "没有这次导入。", "请从“数据导入”里打开。")
    return load
