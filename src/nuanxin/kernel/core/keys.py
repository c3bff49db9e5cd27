"""The life of the data keys: listed, rotated, sealed with a passphrase onto paper, and recovered from it."""

import base64
import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from django.conf import settings

from nuanxin.kernel.core.crypto import key_ids, open_sealed, read_ring, seal_bytes, sm3_hex
from nuanxin.kernel.core.errors import Fault, Refused
from nuanxin.kernel.core.files import replace_file, write_once

TITLE, END = "暖心数据密钥托管书", "托管书完"
SALT, COST, BLOCK = 16, 15, 8  # scrypt: 2^15 rounds of 8 blocks, 32 MiB, as a passphrase on paper deserves
PER_LINE, CHECK = 40, 4
SHORTEST = 12


@dataclass(frozen=True)
class HeldKey:
    """One key of the ring: its id, whether it encrypts now, and a mark to compare two copies by."""

    key_id: str
    in_use: bool
    mark: str


def held_keys() -> list[HeldKey]:
    """Return the keys of the key file, the one in use first."""
    ring = read_ring()
    return [HeldKey(key_id, key_id == ring.current, sm3_hex(ring.ciphers[key_id])[:8]) for key_id in key_ids()]


def rotate_key() -> str:
    """Put a new key into use and keep the old ones for reading; return its id. Running servers take it up at once."""
    path = Path(settings.KEY_FILE)
    with _alone(path):
        read_ring()
        data = json.loads(path.read_text())
        key_id = f"k{secrets.token_hex(4)}"
        data["ciphers"][key_id], data["current"] = secrets.token_hex(16), key_id
        replace_file(path, json.dumps(data))
    return read_ring().current


def escrow_text(passphrase: str) -> str:
    """Return the whole key file sealed with a passphrase (scrypt, SM4-GCM) as lines to print, each with a check."""
    refuse_weak(passphrase)
    salt = os.urandom(SALT)
    read_ring()
    plain = Path(settings.KEY_FILE).read_bytes()
    packed = bytes([COST]) + salt + seal_bytes(stretched(passphrase, salt, COST), plain)
    text = base64.b32encode(packed).decode().rstrip("=")
    pieces = [text[start : start + PER_LINE] for start in range(0, len(text), PER_LINE)]
    lines = [f"{number:02d} {_grouped(piece)} {_check(number, piece)}" for number, piece in enumerate(pieces, 1)]
    held = "、".join(key.key_id for key in held_keys())
    head = [TITLE, f"密钥 {held}", "恢复：nuanxin keys recover 本文件；口令另行保管，二者不放一处。"]
    return "\n".join([*head, *lines, END, ""])


def recover_key(*, text: str, passphrase: str, path: Path | None = None) -> list[str]:
    """Write the key file back from its escrow; return the key ids. Refused on a typing error, naming the line."""
    target = path or Path(settings.KEY_FILE)
    if target.exists():
        raise Refused("keys.exists", f"{target} 已有密钥文件。", "请先核对它是不是要用的那份；不会覆盖。")
    packed = _unpacked(text)
    cost, salt, sealed = packed[0], packed[1 : 1 + SALT], packed[1 + SALT :]
    if cost != COST:
        raise Refused("keys.damaged", "托管书的内容不完整。", "请对照原件逐行核对。")
    try:
        plain = open_sealed(stretched(passphrase, salt, cost), sealed).decode()
    except Fault as error:
        raise Refused("keys.passphrase", "口令不对。", "请向口令的保管人核对后再试。") from error
    write_once(target, plain)
    return sorted(json.loads(plain)["ciphers"])


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Let one process at a time change the key file."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (path.parent / f".{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def stretched(passphrase: str, salt: bytes, cost: int) -> bytes:
    """Return the 16-byte key a passphrase stands for (scrypt)."""
    return Scrypt(salt=salt, length=16, n=1 << cost, r=BLOCK, p=1).derive(passphrase.strip().encode())


def refuse_weak(passphrase: str) -> None:
    """Refuse a passphrase too short to rest on paper or in a file that travels."""
    if len(passphrase.strip()) < SHORTEST:
        raise Refused("keys.weak", "口令太短。", f"请用不少于{SHORTEST}个字符的口令。")


def _grouped(piece: str) -> str:
    return " ".join(piece[start : start + 4] for start in range(0, len(piece), 4))


def _check(number: int, piece: str) -> str:
    return sm3_hex(f"{number}|{piece}")[:CHECK].upper()


def _unpacked(text: str) -> bytes:
    """Return the bytes of the numbered lines; 0 and 1 are read as the letters they are mistaken for."""
    pieces: list[str] = []
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines or lines[0] != TITLE or lines[-1] != END:
        raise Refused("keys.not_escrow", "这不是完整的密钥托管书。", f"首行应是“{TITLE}”，末行应是“{END}”。")
    for line in (line for line in lines if line[:2].isdigit()):
        number, *groups, check = line.upper().split()
        piece = "".join(groups).replace("0", "O").replace("1", "I")
        if int(number) != len(pieces) + 1 or check != _check(int(number), piece):
            raise Refused("keys.line", f"托管书第 {len(pieces) + 1:02d} 行不对。", "请对照原件核对这一行。")
        pieces.append(piece)
    joined = "".join(pieces)
    packed = base64.b32decode(joined + "=" * (-len(joined) % 8))
    if len(packed) <= 1 + SALT:
        raise Refused("keys.damaged", "托管书的内容不完整。", "请对照原件逐行核对。")
    return packed
