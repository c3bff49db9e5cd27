"""SM4-GCM for what must be read again, SM3-HMAC for what must only be found; the key lives outside the database."""

import hashlib
import json
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.conf import settings

from nuanxin.kernel.core.errors import Fault, Refused
from nuanxin.kernel.core.files import write_once

if TYPE_CHECKING:
    from hashlib import _Hash

NONCE, TAG, SM3_BLOCK = 12, 16, 64


@dataclass(frozen=True)
class KeyRing:
    """The instance's keys: every SM4 key by its id, which of them encrypts now, and the one blind-index key."""

    current: str
    ciphers: dict[str, bytes]
    blind: bytes


def ensure_key() -> str:
    """Make the key file (readable by its owner only) where there is none; return the id of the key in use."""
    path = Path(settings.KEY_FILE)
    if not path.exists():
        key_id = f"k{secrets.token_hex(4)}"
        text = json.dumps(
            {"current": key_id, "ciphers": {key_id: secrets.token_hex(16)}, "blind": secrets.token_hex(32)}
        )
        write_once(path, text)
    return _ring().current


def _ring() -> KeyRing:
    path = Path(settings.KEY_FILE)
    return _read_ring(str(path), path.stat().st_mtime_ns if path.exists() else 0)


@lru_cache(maxsize=4)
def _read_ring(path: str, changed: int) -> KeyRing:
    """Read the key file as it was last changed; Refused names it when it is missing or damaged."""
    try:
        data = json.loads(Path(path).read_text())
        ciphers = {key_id: bytes.fromhex(key) for key_id, key in data["ciphers"].items()}
        ring = KeyRing(current=data["current"], ciphers=ciphers, blind=bytes.fromhex(data["blind"]))
        if ring.current not in ciphers or len(ring.blind) != 32 or any(len(key) != 16 for key in ciphers.values()):
            raise KeyError(ring.current)
    except FileNotFoundError as error:
        raise Refused(
            "crypto.key_missing", f"找不到数据密钥文件 {path}。", "请从保管人处取回密钥文件放到该位置，再重新启动。"
        ) from error
    except (KeyError, TypeError, AttributeError, json.JSONDecodeError, UnicodeDecodeError, ValueError) as error:
        raise Refused("crypto.key_damaged", f"数据密钥文件 {path} 已损坏。", "请用保管的副本替换它。") from error
    self_test()
    return ring


def key_ids() -> list[str]:
    """Return the ids of every SM4 key held, the one in use first."""
    ring = _ring()
    return [ring.current, *sorted(ring.ciphers.keys() - {ring.current})]


def read_ring() -> KeyRing:
    """Return the keys; Refused when the key file is missing or damaged."""
    return _ring()


def seal_bytes(key: bytes, plain: bytes) -> bytes:
    """Return bytes sealed with a given 16-byte key, for what must not rest on the key file."""
    return _seal(key, os.urandom(NONCE), plain)


def open_sealed(key: bytes, sealed: bytes) -> bytes:
    """Return the bytes that `seal_bytes` sealed; Fault when the key is another or they were altered."""
    return _open(sealed, key)


@lru_cache(maxsize=1)
def self_test() -> None:
    """Hold this OpenSSL against the vectors of GB/T 32905 (SM3) and GB/T 32907 (SM4); Refused when it differs."""
    key = bytes.fromhex("0123456789abcdeffedcba9876543210")
    try:
        sm3 = hashlib.new("sm3", b"abc").hexdigest()
        block = Cipher(algorithms.SM4(key), modes.ECB()).encryptor()  # one known block of the standard, never data
        sm4 = (block.update(key) + block.finalize()).hex()
        gcm = _open(_seal(key, bytes(NONCE), b"abc"), key)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Refused("crypto.unsupported", "本机的 OpenSSL 没有 SM3/SM4-GCM。", "请安装带国密算法的版本。") from error
    good_sm3 = sm3 == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    if not (good_sm3 and sm4 == "681edf34d206965e86b3e94f536e4246" and gcm == b"abc"):
        raise Refused("crypto.self_test", "本机的 SM3/SM4 自检未通过。", "请更换 OpenSSL，不要继续使用。")


def _seal(key: bytes, nonce: bytes, plain: bytes) -> bytes:
    """Return nonce, ciphertext and tag in one piece."""
    worker = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    body = worker.update(plain) + worker.finalize()
    return nonce + body + worker.tag


def _open(sealed: bytes, key: bytes) -> bytes:
    nonce, body, tag = sealed[:NONCE], sealed[NONCE:-TAG], sealed[-TAG:]
    worker = Cipher(algorithms.SM4(key), modes.GCM(nonce, tag)).decryptor()
    try:
        return worker.update(body) + worker.finalize()
    except InvalidTag as error:
        raise Fault("a ciphertext does not match its key or was altered") from error


def _key(key_id: str) -> bytes:
    key = _ring().ciphers.get(key_id)
    if key is None:
        raise Refused("crypto.key_unknown", f"密钥文件里没有编号为 {key_id} 的密钥。", "请找回加密时使用的密钥文件。")
    return key


def encrypt(text: str) -> tuple[bytes, str]:
    """Return `(nonce + ciphertext + tag, key id)` of a text under SM4-GCM."""
    ring = _ring()
    return _seal(ring.ciphers[ring.current], os.urandom(NONCE), text.encode()), ring.current


def decrypt(sealed: bytes | memoryview, key_id: str) -> str:
    """Return the text; Fault when the bytes were altered, Refused when the key is not held."""
    return _open(bytes(sealed), _key(key_id)).decode()


def encrypt_many(texts: Iterable[str]) -> tuple[list[bytes], str]:
    """Return `(ciphertexts in order, the one key id of all)`; each value has its own nonce and tag."""
    ring = _ring()
    algorithm = algorithms.SM4(ring.ciphers[ring.current])
    sealed: list[bytes] = []
    for text in texts:
        nonce = os.urandom(NONCE)
        worker = Cipher(algorithm, modes.GCM(nonce)).encryptor()
        body = worker.update(text.encode()) + worker.finalize()
        sealed.append(nonce + body + worker.tag)
    return sealed, ring.current


def decrypt_many(sealed: Iterable[bytes | memoryview], key_id: str) -> list[str]:
    """Return the texts in order; all were sealed under the one key."""
    algorithm = algorithms.SM4(_key(key_id))
    texts: list[str] = []
    try:
        for one in map(bytes, sealed):
            worker = Cipher(algorithm, modes.GCM(one[:NONCE], one[-TAG:])).decryptor()
            texts.append((worker.update(one[NONCE:-TAG]) + worker.finalize()).decode())
    except InvalidTag as error:
        raise Fault("a ciphertext does not match its key or was altered") from error
    return texts


def encrypt_blob(data: bytes) -> bytes:
    """Return a file's bytes sealed, its key id in front; for deliveries, bank files and exports that hold numbers."""
    ring = _ring()
    return ring.current.encode() + b":" + _seal(ring.ciphers[ring.current], os.urandom(NONCE), data)


def decrypt_blob(blob: bytes | memoryview) -> bytes:
    """Return the bytes that `encrypt_blob` sealed."""
    key_id, _, sealed = bytes(blob).partition(b":")
    return _open(sealed, _key(key_id.decode(errors="replace")))


@lru_cache(maxsize=16)
def _pads(key: bytes) -> "tuple[_Hash, _Hash]":
    """Return SM3 states fed with HMAC's inner and outer pad, to be copied for each value."""
    block = key.ljust(SM3_BLOCK, b"\0")
    inner = hashlib.new("sm3", bytes(b ^ 0x36 for b in block))
    outer = hashlib.new("sm3", bytes(b ^ 0x5C for b in block))
    return inner, outer


def blind(text: str) -> bytes:
    """Return the 32-byte blind index of a text: SM3-HMAC, equal for equal texts, useless without the key."""
    return blind_many([text])[0]


def keyed_hex(purpose: str, text: str) -> str:
    """Return SM3-HMAC of a text under a key of its own for each purpose; nobody makes it who lacks the key file.

    The keys come from the blind-index key, which is not rotated, so that seals stay checkable for good.
    """
    return _hmac(_purpose_key(_ring().blind, purpose), text.encode()).hex()


def derived_key(key_id: str, salt: bytes) -> bytes:
    """Return a 16-byte key for one file, made from a held key and the file's salt; Refused when the key is not held."""
    return _hmac(_key(key_id), b"file key|" + salt)[:16]


@lru_cache(maxsize=8)
def _purpose_key(key: bytes, purpose: str) -> bytes:
    return _hmac(key, f"key for {purpose}".encode())


def _hmac(key: bytes, data: bytes) -> bytes:
    inner, outer = (state.copy() for state in _pads(key))
    inner.update(data)
    outer.update(inner.digest())
    return outer.digest()


def blind_many(texts: Iterable[str]) -> list[bytes]:
    """Return the blind indexes in order."""
    inner, outer = _pads(_ring().blind)
    found: list[bytes] = []
    for text in texts:
        first = inner.copy()
        first.update(text.encode())
        second = outer.copy()
        second.update(first.digest())
        found.append(second.digest())
    return found


def sm3_hex(data: bytes | str | Path) -> str:
    """Return the SM3 of bytes, of a text's UTF-8, or of the file at a Path, as 64 hexadecimal characters."""
    if isinstance(data, Path):
        with data.open("rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.new("sm3")).hexdigest()
    return hashlib.new("sm3", data.encode() if isinstance(data, str) else data).hexdigest()
