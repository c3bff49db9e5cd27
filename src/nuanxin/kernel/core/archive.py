"""The form of a backup: a sealed zstd-compressed tar whose last member lists every other with its SM3."""

import hashlib
import io
import json
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from nuanxin.kernel.core.crypto import blind
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.sealed_stream import SealedReader, SealedWriter, broken, sealed_by

FORMAT = 1
MANIFEST = "manifest.json"
SQLITE, POSTGRESQL = "nuanxin.sqlite3", "postgresql.dump"
PIECE = 1 << 20


@dataclass
class Manifest:
    """What a backup holds: each file's size and SM3, the database's kind and state, the keys needed to read it."""

    made_at: str
    version: str
    database: str
    key_ids: list[str]
    migrations: dict[str, str]
    files: dict[str, list[Any]] = field(default_factory=dict)
    format: int = FORMAT
    seal: str = ""

    def text(self) -> str:
        """Return what the seal is over: everything but the seal."""
        return json.dumps({**asdict(self), "seal": ""}, ensure_ascii=False, sort_keys=True)

    def sealed(self) -> bytes:
        """Return the manifest with its SM3-HMAC, which nobody can make who lacks the key file."""
        self.seal = blind(self.text()).hex()
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, indent=1).encode()


class Summed:
    """A file being read whose SM3 and size are taken on the way."""

    def __init__(self, file: IO[bytes]) -> None:
        """Begin with nothing read."""
        self.file, self.size, self.digest = file, 0, hashlib.new("sm3")

    def read(self, count: int = -1) -> bytes:
        """Read on, adding to the sum."""
        piece = self.file.read(count)
        self.size += len(piece)
        self.digest.update(piece)
        return piece


class Writer:
    """Adds files to a backup and remembers their sums; `finish` writes the manifest, without which it is not whole."""

    def __init__(self, tar: tarfile.TarFile, manifest: Manifest) -> None:
        """Begin with an empty list."""
        self.tar, self.manifest = tar, manifest

    def add(self, path: Path, name: str) -> None:
        """Add one file under a name; Refused when it changed its length while it was read."""
        with path.open("rb") as file:
            info = tarfile.TarInfo(name)
            info.size, info.mtime, info.mode = path.stat().st_size, int(path.stat().st_mtime), 0o600
            summed = Summed(file)
            try:
                self.tar.addfile(info, summed)
            except OSError as error:
                if "unexpected end of data" not in str(error):
                    raise
                raise Refused("backup.moving", f"备份时文件 {name} 正在变动。", "请稍后再备份一次。") from error
        self.manifest.files[name] = [summed.size, summed.digest.hexdigest()]

    def finish(self) -> None:
        """Write the manifest, the last member."""
        data = self.manifest.sealed()
        info = tarfile.TarInfo(MANIFEST)
        info.size, info.mode = len(data), 0o600
        self.tar.addfile(info, io.BytesIO(data))


@contextmanager
def writing(path: Path, manifest: Manifest, passphrase: str = "") -> Iterator[Writer]:
    """Open a new sealed file for a backup, readable by its owner only."""
    path.touch(mode=0o600, exist_ok=False)
    with path.open("wb") as file:
        sealed = SealedWriter(file, passphrase)
        with pa.output_stream(sealed, compression="zstd") as stream, tarfile.open(fileobj=stream, mode="w|") as tar:
            yield Writer(tar, manifest)


@contextmanager
def reading(path: Path, passphrase: str = "") -> Iterator[tarfile.TarFile]:
    """Open a backup, sealed or of the older plain form."""
    with path.open("rb") as file:
        source = SealedReader(file, passphrase) if sealed_by(path) else file
        with pa.input_stream(source, compression="zstd") as stream, tarfile.open(fileobj=stream, mode="r|") as tar:
            yield tar


def unpack(path: Path, into: Path, passphrase: str = "") -> Manifest:
    """Lay a backup's files into a folder and return its manifest; Refused unless every file is there as it was."""
    if not path.is_file():
        raise Refused("restore.missing", f"找不到备份文件 {path}。", "请核对文件名。")
    try:
        sums, data = _lay_out(path, into, passphrase)
    except (OSError, EOFError, tarfile.TarError, pa.ArrowException) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise broken("文件打不开或没有传完") from error
    if data is None:
        raise broken("没有结尾的清单，备份没有做完或没有传完")
    manifest = _manifest(data)
    missing, extra = manifest.files.keys() - sums.keys(), sums.keys() - manifest.files.keys()
    changed = [name for name, found in sums.items() if name in manifest.files and manifest.files[name] != found]
    if missing or extra or changed:
        named = sorted([*missing, *extra, *changed])
        raise broken(f"{len(named)}个文件与清单不符，如 {named[0]}")
    return manifest


def _lay_out(path: Path, into: Path, passphrase: str) -> tuple[dict[str, list[Any]], bytes | None]:
    sums: dict[str, list[Any]] = {}
    manifest = None
    with reading(path, passphrase) as tar:
        for member in tar:
            file = tar.extractfile(member) if member.isreg() else None
            if file is None or not _is_inside(member.name):
                raise broken(f"里面有不该有的条目 {member.name}")
            if member.name == MANIFEST:
                manifest = file.read()
                continue
            summed, target = Summed(file), into / member.name
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with target.open("xb") as out:
                while piece := summed.read(PIECE):
                    out.write(piece)
            target.chmod(0o600)
            sums[member.name] = [summed.size, summed.digest.hexdigest()]
    return sums, manifest


def _is_inside(name: str) -> bool:
    parts = Path(name).parts
    return bool(parts) and not Path(name).is_absolute() and ".." not in parts


def _manifest(data: bytes) -> Manifest:
    try:
        manifest = Manifest(**json.loads(data))
    except (ValueError, TypeError) as error:
        raise broken("清单读不出来") from error
    if manifest.format != FORMAT:
        raise Refused(
            "restore.format", f"这份备份的格式是 {manifest.format}，本程序只认 {FORMAT}。", "请用做备份的那个版本恢复。"
        )
    return manifest
