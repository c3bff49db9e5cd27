"""Taking a copy of a running instance, and laying one out again elsewhere; the key is never inside."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from nuanxin.kernel.core import archive, clock, databases
from nuanxin.kernel.core.archive import Manifest
from nuanxin.kernel.core.crypto import blind, key_ids
from nuanxin.kernel.core.errors import Refused

KEPT = ("counties", "calendar", "truth", "store")  # the store last: what the database names was written before it
SINGLE = ("demo.json",)
DRAFT = ".part"


@dataclass(frozen=True)
class BackupReport:
    """What was written: where, how many files, bytes before and after compression, the keys it needs."""

    path: Path
    files: int
    raw_bytes: int
    bytes: int
    key_ids: tuple[str, ...]


@dataclass(frozen=True)
class RestoreReport:
    """What was laid out: where, how many files, when the copy was made, and whether the key at hand opens it."""

    into: Path
    files: int
    made_at: str
    version: str
    key_ids: tuple[str, ...]
    key_path: Path
    key_at_hand: bool


def make_backup(path: Path | None = None, *, passphrase: str = "") -> BackupReport:
    """Copy database and store into one new file while others go on writing; killed midway, the name stays free.

    The file is sealed under the key in use, or under a passphrase of its own.
    Refused when the file exists, when PostgreSQL's tools are missing, or when the disk is full.
    """
    target = (path or _default_path()).absolute()
    if target.exists():
        raise Refused("backup.exists", f"{target} 已经存在。", "请换一个文件名；旧备份不会被覆盖。")
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    manifest = Manifest(
        made_at=clock.now().isoformat(timespec="seconds"),
        version=version("nuanxin"),
        database=connection.vendor,
        key_ids=key_ids(),
        migrations=_migrations(),
    )
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}{DRAFT}")
    copy = draft.with_suffix(".db" + DRAFT)
    try:
        databases.copy_database(copy)
        with archive.writing(draft, manifest, passphrase) as writer:
            writer.add(copy, databases.name_in_backup(connection.vendor))
            for file, name in _files():
                with suppress(FileNotFoundError):  # an older snapshot may be cleared away meanwhile
                    writer.add(file, name)
            writer.finish()
        _put_in_place(draft, target)
    finally:
        draft.unlink(missing_ok=True)
        copy.unlink(missing_ok=True)
    raw = sum(size for size, _ in manifest.files.values())
    return BackupReport(target, len(manifest.files), raw, target.stat().st_size, tuple(manifest.key_ids))


def restore_backup(*, path: Path, into: Path, database_url: str = "", passphrase: str = "") -> RestoreReport:
    """Lay a backup out in an empty folder, every sum checked first; Refused leaves nothing behind.

    `database_url` names an empty PostgreSQL database, needed for a backup of one.
    """
    into = into.absolute()
    if into.exists() and any(into.iterdir()):
        raise Refused("restore.not_empty", f"{into} 里已有东西。", "请恢复到一个空的或新的文件夹。")
    draft = into.with_name(f".{into.name}.{secrets.token_hex(4)}{DRAFT}")
    draft.mkdir(parents=True, mode=0o700)
    try:
        manifest = archive.unpack(path, draft, passphrase)
        at_hand = _key_opens(manifest)
        databases.put_database(draft, manifest.database, database_url)
        if into.exists():
            into.rmdir()
        draft.rename(into)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    keys = tuple(manifest.key_ids)
    place = into / "keys" / "data.key"
    return RestoreReport(into, len(manifest.files), manifest.made_at, manifest.version, keys, place, at_hand)


def _default_path() -> Path:
    return Path(settings.NUANXIN_HOME) / "backups" / f"nuanxin-{clock.now():%Y%m%d-%H%M%S}.backup"


def _migrations() -> dict[str, str]:
    """Return the newest migration of each room."""
    applied = MigrationRecorder(connection).applied_migrations()
    return {app: max(name for room, name in applied if room == app) for app in sorted({app for app, _ in applied})}


def _files() -> Iterator[tuple[Path, str]]:
    """Yield every file that belongs to the instance with its name in the backup; never a key, whatever its place."""
    home, key = Path(settings.NUANXIN_HOME), Path(settings.KEY_FILE).resolve()
    for single in SINGLE:
        if (home / single).is_file():
            yield home / single, single
    for folder in KEPT:
        root = Path(settings.STORE) if folder == "store" else home / folder
        for file in sorted(root.rglob("*")):
            if file.is_file() and not file.is_symlink() and file.resolve() != key:
                yield file, f"{folder}/{file.relative_to(root).as_posix()}"


def _put_in_place(draft: Path, target: Path) -> None:
    """Give the whole file its name, once it is on the disk; of two backups under one name the second is refused."""
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    try:
        os.link(draft, target)
    except FileExistsError as error:
        raise Refused("backup.exists", f"{target} 已经存在。", "请换一个文件名；旧备份不会被覆盖。") from error


def _key_opens(manifest: Manifest) -> bool:
    """Return whether this machine's key file reads the backup; Refused when it does but the seal is another's."""
    try:
        held = set(key_ids())
    except Refused:
        return False
    if not held.issuperset(manifest.key_ids):
        return False
    if blind(manifest.text()).hex() != manifest.seal:
        raise Refused("restore.seal", "备份的清单不是用这把密钥签封的，可能被人改过。", "请换一份备份，并查明来历。")
    return True
