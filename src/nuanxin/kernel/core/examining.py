"""Core's own checks: database, key file, disk, calendar, queue, clock, backups."""

import datetime as dt
import os
import shutil
import stat
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from nuanxin.kernel.core import clock, crypto, databases, keys, sealed
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.health import Answer, fault, fine, register_check, warn
from nuanxin.kernel.core.models import BusinessDate, Change, QueuedStep
from nuanxin.kernel.core.workdays import is_working_day

GIB = 1 << 30
LITTLE, SCANT = 10 * GIB, 2 * GIB
AHEAD = dt.timedelta(minutes=10)
NOVEMBER = 11
STUCK = 3
OLD_BACKUP = dt.timedelta(days=7)


def declare() -> None:
    """Register the checks in the order in which they are told."""
    register_check("database", "数据库", _database)
    register_check("migrations", "数据库结构", _migrations)
    register_check("integrity", "数据库完整性", _integrity)
    register_check("key", "密钥文件", _key)
    register_check("sealed", "加密的值", _sealed)
    register_check("disk", "磁盘空间", _disk)
    register_check("clock", "时钟", _clock)
    register_check("calendar", "放假安排", _calendar)
    register_check("queue", "后续事项", _queue)
    register_check("backup", "备份", _backup)


def _database() -> Answer:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    return fine("SQLite" if connection.vendor == "sqlite" else f"PostgreSQL {connection.settings_dict['HOST']}")


def _migrations() -> Answer:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        return fault(f"有 {len(missing)} 项升级没有做", "请先备份，再运行 nuanxin migrate。")
    return fine("已是最新")


def _integrity() -> Answer:
    if connection.vendor != "sqlite":
        return fine("由 PostgreSQL 校验")
    problem = databases.sqlite_problem(Path(connection.settings_dict["NAME"]))
    return fault(problem, "请停止使用，用最近的备份恢复。") if problem else fine("逐页检查无误")


def _key() -> Answer:
    path = Path(settings.KEY_FILE)
    crypto.self_test()
    held = keys.held_keys()
    mode = stat.S_IMODE(os.stat(path).st_mode)
    if mode & 0o077:
        return fault(f"{path} 别人也能读（{mode:o}）", f"请运行 chmod 600 {path}，并考虑轮换密钥。")
    if path.resolve().is_relative_to(Path(settings.STORE).resolve()):
        return fault(f"密钥文件放在数据存储里：{path}", "请移到存储之外，用 NUANXIN_KEY_FILE 指明。")
    return fine(f"{held[0].key_id} 在用，共 {len(held)} 把，国密自检通过")


def _sealed() -> Answer:
    counts, held = sealed.values_by_key(), crypto.key_ids()
    lost = {key: count for key, count in counts.items() if key not in held}
    if lost:
        named = "、".join(sorted(lost))
        return fault(f"{sum(lost.values()):,} 个值的密钥 {named} 不在密钥文件里", "请取回那份密钥文件，合并后再用。")
    old = sum(count for key, count in counts.items() if key != held[0])
    if old:
        return warn(f"{old:,} 个值还用旧密钥", "请运行 nuanxin keys rotate --resume。")
    return fine(f"{sum(counts.values()):,} 个值，用的都是在用的密钥")


def _disk() -> Answer:
    home = Path(settings.NUANXIN_HOME)
    free = shutil.disk_usage(home if home.exists() else home.parent).free
    words = f"{home} 还有 {free / GIB:,.1f} GiB"
    if free < SCANT:
        return fault(words, "请立即清理或扩容：月结和备份会做不成。")
    return warn(words, "请安排扩容。") if free < LITTLE else fine(words)


def _clock() -> Answer:
    if BusinessDate.objects.exists():
        return warn(f"业务日期固定为 {clock.today()}", "演示或培训可以；正式使用不应固定。")
    last = Change.objects.order_by("-at").values_list("at", flat=True).first()
    if last and last - clock.now() > AHEAD:
        return fault(
            f"本机时间 {clock.now():%Y-%m-%d %H:%M} 早于最近一次操作 {last:%Y-%m-%d %H:%M}", "请校准本机时间。"
        )
    return fine(f"{clock.now():%Y-%m-%d %H:%M}")


def _calendar() -> Answer:
    year, held = clock.today().year, []
    for one in (year, year + 1):
        try:
            is_working_day(dt.date(one, 1, 1))
        except Refused as error:
            if one == year:
                return fault(error.message, error.todo)
            late = clock.today().month >= NOVEMBER
            return warn(error.message, error.todo) if late else fine(f"有 {year} 年；{one} 年的通常十一月公布")
        held.append(str(one))
    return fine(f"有 {'、'.join(held)} 年")


def _queue() -> Answer:
    waiting = QueuedStep.objects.filter(state="waiting")
    failing = waiting.filter(attempts__gte=STUCK).order_by("-attempts")
    if worst := failing.first():
        words = f"{failing.count()} 项做了 {STUCK} 次以上没有做成，如 {worst.kind} {worst.key}：{worst.last_error[:80]}"
        return fault(words, "请按说明处理；处理后会自动再做。")
    tried = waiting.filter(attempts__gt=0).count()
    return warn(f"{tried} 项没有做成，等待再做", "请稍后再看。") if tried else fine(f"{waiting.count()} 项等待")


def _backup() -> Answer:
    folder = Path(settings.NUANXIN_HOME) / "backups"
    made = [path.stat().st_mtime for kind in ("*.backup", "*.tar.zst") for path in folder.glob(kind)]
    if not made:
        return warn(f"{folder} 里没有备份", "请运行 nuanxin backup；备份另存他处的不必理会。")
    age = dt.timedelta(seconds=clock.instant() - max(made))
    if age > OLD_BACKUP:
        return warn(f"最近的备份是 {age.days} 天前", "请每天自动运行 nuanxin backup。")
    return fine(f"最近的备份不到 {age.days + 1} 天")
