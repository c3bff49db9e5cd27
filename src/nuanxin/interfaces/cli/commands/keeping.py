"""`nuanxin backup`, `restore`, `doctor`: a copy of the running instance, another made of it, its state."""

import datetime as dt
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from nuanxin.interfaces.cli.commands.keys import Passphrase, read_passphrase
from nuanxin.interfaces.cli.places import the_county
from nuanxin.kernel.access.roles import ADMINISTRATORS
from nuanxin.kernel.access.services import make_administrators
from nuanxin.kernel.core import backup as copies
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.anchors import set_aside_anchors
from nuanxin.kernel.core.crypto import ensure_key
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.health import Finding, State, examine
from nuanxin.kernel.core.sealed_stream import BY_PASSPHRASE, sealed_by
from nuanxin.kernel.core.tables import bring_up_tables
from nuanxin.kernel.engine.services import prune_snapshots
from nuanxin.kernel.registry.selectors import counties_kept, division
from nuanxin.kernel.registry.services import load_divisions

MIB = 1 << 20
MARKS = {State.OK: "好", State.WARN: "注意", State.FAULT: "故障"}


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("backup")(backup)
    app.command("restore")(restore)
    app.command("doctor")(doctor)
    app.command("prune-snapshots")(prune)
    app.command("migrate")(migrate)
    app.command("setup")(setup)
    app.command("business-date")(business_date)


def backup(
    file: Annotated[Path | None, typer.Argument(help="new file; default: $NUANXIN_HOME/backups/")] = None,
    passphrase: Passphrase = None,
) -> None:
    """Copy database and store into one sealed file while clerks work on; the key is never inside. 备份。"""
    done = copies.make_backup(file, passphrase=read_passphrase(passphrase) if passphrase else "")
    typer.echo(f"已备份到 {done.path}")
    typer.echo(f"  {done.files:,} 个文件 {done.raw_bytes / MIB:,.1f} MiB，压缩后 {done.bytes / MIB:,.1f} MiB")
    typer.echo(f"  文件已用{'口令' if passphrase else '数据密钥'}加密。")
    typer.echo(f"  恢复时需要密钥 {'、'.join(done.key_ids)}；备份里没有密钥，请另行保管（nuanxin keys escrow）。")
    typer.echo("  请把它存到另一台机器或另一处。")


def restore(
    file: Annotated[Path, typer.Argument(help="a backup")],
    into: Annotated[Path, typer.Option("--into", help="an empty or new folder, the new NUANXIN_HOME")],
    database: Annotated[str, typer.Option("--database", help="empty PostgreSQL database, for a backup of one")] = "",
    passphrase: Passphrase = None,
) -> None:
    """Check every sum of a backup and lay it out in an empty folder. 恢复。"""
    words = read_passphrase(passphrase) if file.is_file() and sealed_by(file) == BY_PASSPHRASE else ""
    done = copies.restore_backup(path=file, into=into, database_url=database, passphrase=words)
    typer.echo(f"已恢复到 {done.into}：{done.made_at} 的备份，{done.files:,} 个文件，逐个核对无误")
    typer.echo(f"  需要密钥 {'、'.join(done.key_ids)}，放在 {done.key_path}，或用 NUANXIN_KEY_FILE 指明。")
    if done.key_at_hand:
        typer.echo("  本机现用的密钥文件就是它，封签也对。")
    else:
        typer.echo(
            "  本机现用的密钥文件打不开它：请从保管处取回，或用 nuanxin keys recover 恢复；封签也要到那时才能核对。"
        )
    typer.echo(f"  启用：NUANXIN_HOME={done.into} nuanxin doctor")


def doctor(as_json: Annotated[bool, typer.Option("--json", help="one object for each check")] = False) -> None:
    """Look at everything that can go wrong; exit code 1 on a fault. 体检。"""
    found: list[Finding] = []
    for finding in examine():
        found.append(finding)
        if not as_json:
            typer.echo(f"{MARKS[finding.state]:\u3000<2} {finding.title}：{finding.words}")
            if finding.todo:
                typer.echo(f"\u3000\u3000 → {finding.todo}")
    faults = sum(finding.state is State.FAULT for finding in found)
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in found], ensure_ascii=False, indent=1))
    else:
        typer.echo(f"{len(found)} 项，{faults} 项故障，{sum(one.state is State.WARN for one in found)} 项要注意")
    raise typer.Exit(1 if faults else 0)


def business_date(
    date: Annotated[str, typer.Argument(help="2024-02-01；不写则只显示")] = "",
) -> None:
    """Show the business date, or move that of a training instance forward. 业务日期。"""
    if date:
        clock.move_on(day_of(date))
    typer.echo(f"{clock.today()}（{'培训实例，由命令拨动' if clock.is_stored() else '真实日期'}）")


def day_of(text: str) -> dt.date:
    """Return a typed day; Refused when it is none."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise Refused("clock.date", f"“{text}”不是日期。", "请写成 2024-01-02。") from error


def migrate() -> None:
    """Bring the tables up to this version. 升级数据库结构。"""
    bring_up_tables(verbosity=1)


def setup(
    county: Annotated[str, typer.Option(help="county code, six digits")],
    names: Annotated[str, typer.Option(help="三位管理员的姓名，用逗号隔开")] = "系统管理员,安全管理员,审计管理员",
    training: Annotated[
        str, typer.Option(help="培训实例：业务日期从这一天起，由 business-date 拨动，如 2024-01-02")
    ] = "",
) -> None:
    """Make an empty instance ready: key, tables, divisions, three administrators. 启用。"""
    first_day = day_of(training) if training else None
    ensure_key()
    bring_up_tables()
    if first_day:
        clock.move_to(first_day)
    if county not in counties_kept():
        load_divisions(county)
    people = [name.strip() for name in names.replace("，", ",").split(",") if name.strip()]
    if len(people) != len(ADMINISTRATORS):
        raise Refused("setup.names", "管理员须是三位。", "请写成 --names 甲,乙,丙。")
    named = dict(zip(ADMINISTRATORS, people, strict=True))
    passwords = make_administrators(area=division(county).path, names=named)
    set_aside_anchors()
    typer.echo("三位管理员的账号和一次性密码（只显示这一次，请分别当面交给本人）：")
    for role, password in passwords.items():
        typer.echo(f"  {named[role]}  {role}  {password}")
    typer.echo("下一步：nuanxin keys escrow 托管书.txt；由系统管理员登录，申请开设业务账号。")


def prune(
    keep: Annotated[int, typer.Option(min=3, help="newest snapshots whose files stay / 保留最近几份")],
    county: Annotated[str, typer.Option(help="county code, six digits; may be left out where there is one")] = "",
) -> None:
    """Remove the files of old snapshots; their months cannot be run again by `rerun` then. 清理旧快照。"""
    gone = prune_snapshots(county=the_county(county), keep=keep)
    typer.echo(f"已清理 {gone} 份快照文件，保留最近 {keep} 份；已清理的月份不能再用 rerun 重跑，决定和凭据不受影响。")
