"""`nuanxin keys make | list | rotate | escrow | recover`: the data keys, which no backup holds."""

from pathlib import Path
from typing import Annotated

import typer
from django.conf import settings

from nuanxin.kernel.core import keys as ring
from nuanxin.kernel.core.changes import Author
from nuanxin.kernel.core.crypto import ensure_key
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.sealed import values_by_key
from nuanxin.kernel.core.services import take_up_key

Passphrase = Annotated[Path | None, typer.Option(help="file holding the passphrase; default: asked for")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    keys = typer.Typer(no_args_is_help=True, help="数据密钥：生成、轮换、托管 / the data keys")
    keys.command("make")(make)
    keys.command("list")(list_keys)
    keys.command("rotate")(rotate)
    keys.command("escrow")(escrow)
    keys.command("recover")(recover)
    app.add_typer(keys, name="keys")


def make() -> None:
    """Make the key file where there is none. 生成密钥。"""
    typer.echo(f"密钥文件 {settings.KEY_FILE}，正在使用 {ensure_key()}")


def list_keys() -> None:
    """List the keys held and how many values each seals. 列出密钥。"""
    held, counts = ring.held_keys(), values_by_key()
    for key in held:
        mark = "在用" if key.in_use else "只读"
        typer.echo(f"{key.key_id}  {mark}  校验 {key.mark}  加密 {counts.pop(key.key_id, 0):,} 个值")
    for lost, count in sorted(counts.items()):
        typer.echo(f"{lost}  缺失！  有 {count:,} 个值用它加密", err=True)
    if counts:
        raise typer.Exit(1)


def rotate(
    only_reseal: Annotated[bool, typer.Option("--resume", help="make no new key, only finish re-encrypting")] = False,
) -> None:
    """Put a new key into use and seal everything again under it; can be resumed. 轮换密钥。"""
    if not only_reseal:
        typer.echo(f"新密钥 {ring.rotate_key()} 已启用，旧密钥留作读取旧文件。")
    done = take_up_key(author=Author(label="命令行"), told=lambda model, rows: typer.echo(f"  {model} {rows:,}"))
    typer.echo(f"改用新密钥加密 {done:,} 个值。中断了就运行 nuanxin keys rotate --resume 接着做。")
    if not only_reseal:
        typer.echo("请重新托管：nuanxin keys escrow 新文件；旧的托管书和密钥副本打不开今后的数据。")


def escrow(file: Path, passphrase: Passphrase = None) -> None:
    """Seal all keys with a passphrase into a text to print and lock away. 托管密钥。"""
    if file.exists():
        raise Refused("keys.escrow_exists", f"{file} 已经存在。", "请换一个文件名。")
    text = ring.escrow_text(read_passphrase(passphrase, confirm=True))
    file.touch(mode=0o600)
    file.write_text(text, encoding="utf-8")
    typer.echo(f"托管书已写到 {file}。请打印两份，与口令分开存放，然后删除文件。")


def recover(file: Path, passphrase: Passphrase = None) -> None:
    """Write the key file back from an escrow text. 从托管书恢复密钥。"""
    if not file.is_file():
        raise Refused("keys.no_file", f"找不到托管书 {file}。", "请核对文件名。")
    text = file.read_text(encoding="utf-8", errors="replace")
    held = ring.recover_key(text=text, passphrase=read_passphrase(passphrase))
    typer.echo(f"密钥 {'、'.join(held)} 已写到 {settings.KEY_FILE}")


def read_passphrase(file: Path | None, *, confirm: bool = False) -> str:
    """Return the passphrase a file holds, or ask for it."""
    if file is not None:
        return file.read_text(encoding="utf-8").strip()
    return str(typer.prompt("口令", hide_input=True, confirmation_prompt=confirm))
