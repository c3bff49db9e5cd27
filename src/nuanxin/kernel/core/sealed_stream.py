"""A file sealed piece by piece with SM4-GCM, under a key of the key file or under a passphrase; read as a stream.

Layout: one line of JSON that says by what it is sealed, then pieces of at most 1 MiB, each with its length before it.
Every piece has its number and whether it is the last in its nonce, and the first line as bound data: pieces cannot be
exchanged, left out, or cut off at the end unseen.
"""

import base64
import json
import os
import struct
from pathlib import Path
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from nuanxin.kernel.core.crypto import derived_key, key_ids
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.keys import COST, SALT, refuse_weak, stretched

MAGIC, PIECE, TAG, LAST = b"NUANXIN SEALED ", 1 << 20, 16, 1
LONGEST_HEAD = 4096
BY_KEY, BY_PASSPHRASE, OPEN = "key", "passphrase", ""


def sealed_by(path: Path) -> str:
    """Return by what a file is sealed: `key`, `passphrase`, or nothing (an older backup)."""
    with path.open("rb") as file:
        head = file.readline(LONGEST_HEAD)
    return str(_head(head)["by"]) if head.startswith(MAGIC) else OPEN


class SealedWriter:
    """A file to write to; what is written lies sealed in another. Without the piece that `close` writes it is cut."""

    def __init__(self, file: IO[bytes], passphrase: str = "") -> None:
        """Begin a sealed file under the key in use, or under a passphrase; Refused when that is weak."""
        salt = os.urandom(SALT)
        head: dict[str, Any] = {"by": BY_PASSPHRASE if passphrase else BY_KEY, "salt": base64.b64encode(salt).decode()}
        head |= {"cost": COST} if passphrase else {"key": key_ids()[0]}
        if passphrase:
            refuse_weak(passphrase)
        self.head = MAGIC + json.dumps(head).encode() + b"\n"
        self.file, self.number, self.waiting, self.closed = file, 0, bytearray(), False
        self.algorithm = algorithms.SM4(_key_of(head, passphrase))
        file.write(self.head)

    def write(self, data: bytes) -> int:
        """Take bytes, and seal every whole piece."""
        self.waiting += data
        while len(self.waiting) > PIECE:
            self._seal(bytes(self.waiting[:PIECE]), last=False)
            del self.waiting[:PIECE]
        return len(data)

    def flush(self) -> None:
        """Hand on what is sealed; a piece that is not whole waits."""
        self.file.flush()

    def close(self) -> None:
        """Seal what is left as the last piece."""
        if not self.closed:
            self.closed = True
            self._seal(bytes(self.waiting), last=True)
            self.file.close()

    def _seal(self, piece: bytes, *, last: bool) -> None:
        worker = Cipher(self.algorithm, modes.GCM(_nonce(self.number, last))).encryptor()
        worker.authenticate_additional_data(self.head)
        body = worker.update(piece) + worker.finalize() + worker.tag
        self.file.write(struct.pack(">I", len(body)) + body)
        self.number += 1


class SealedReader:
    """A sealed file read as what was written; Refused (`restore.*`) when the key is another's or it was cut."""

    def __init__(self, file: IO[bytes], passphrase: str = "") -> None:
        """Read the first line and find the key."""
        self.head = file.readline(LONGEST_HEAD)
        self.file, self.number, self.rest, self.ended, self.closed = file, 0, b"", False, False
        self.algorithm = algorithms.SM4(_key_of(_head(self.head), passphrase))

    def read(self, count: int = -1) -> bytes:
        """Return up to so many bytes, empty only at the sealed end."""
        while not self.ended and (count < 0 or len(self.rest) < count):
            self.rest += self._open()
        taken, self.rest = (self.rest, b"") if count < 0 else (self.rest[:count], self.rest[count:])
        return taken

    def close(self) -> None:
        """Close the file."""
        self.closed = True
        self.file.close()

    def readable(self) -> bool:
        """Return that it is."""
        return True

    def _open(self) -> bytes:
        length = self.file.read(4)
        body = self.file.read(_length(length))
        for last in (False, True):
            worker = Cipher(self.algorithm, modes.GCM(_nonce(self.number, last), body[-TAG:])).decryptor()
            worker.authenticate_additional_data(self.head)
            try:
                piece = worker.update(body[:-TAG]) + worker.finalize()
            except InvalidTag:
                continue
            self.number, self.ended = self.number + 1, last
            return piece
        if self.number == 0 and _head(self.head)["by"] == BY_PASSPHRASE:
            raise Refused("restore.passphrase", "口令不对，或备份文件已损坏。", "请向口令的保管人核对后再试。")
        raise broken("内容与封签不符，或没有传完")


def broken(why: str) -> Refused:
    """Return the refusal of a damaged backup."""
    return Refused("restore.broken", f"备份文件已损坏：{why}。", "请换一份备份；恢复没有留下任何东西。")


def _length(text: bytes) -> int:
    length = struct.unpack(">I", text)[0] if len(text) == 4 else 0
    if not TAG <= length <= PIECE + TAG:
        raise broken("没有传完")
    return int(length)


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([LAST if last else 0])


def _head(line: bytes) -> dict[str, Any]:
    try:
        head = json.loads(line.removeprefix(MAGIC))
        known = {BY_KEY: "key", BY_PASSPHRASE: "cost"}[head["by"]]
        if len(base64.b64decode(head["salt"])) != SALT or known not in head:
            raise KeyError("salt")
    except (ValueError, KeyError, TypeError) as error:
        raise broken("开头读不出来") from error
    return dict(head)


def _key_of(head: dict[str, Any], passphrase: str) -> bytes:
    salt = base64.b64decode(head["salt"])
    if head["by"] == BY_KEY:
        if head["key"] not in _held():
            raise Refused(
                "restore.key", f"这份备份是用密钥 {head['key']} 加密的，本机没有这把密钥。",
                "请先用 nuanxin keys recover 从托管书恢复密钥，或用 NUANXIN_KEY_FILE 指明密钥文件，再恢复。",
            )  # fmt: skip
        return derived_key(str(head["key"]), salt)
    if not passphrase:
        raise Refused(
            "restore.no_passphrase", "这份备份是用口令加密的。", "请给出口令（--passphrase 文件，或按提示输入）。"
        )
    if head["cost"] != COST:
        raise broken("开头读不出来")
    return stretched(passphrase, salt, COST)


def _held() -> list[str]:
    try:
        return key_ids()
    except Refused:
        return []
