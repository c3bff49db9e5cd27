"""Sealed files of the store: written and renamed first, named by a row afterwards."""

import os
import secrets
from pathlib import Path

from django.conf import settings

from nuanxin.kernel.core.crypto import decrypt_blob, encrypt_blob
from nuanxin.kernel.core.errors import Refused


def seal_file(relative: str, data: bytes) -> str:
    """Write bytes encrypted under the store, durably, and return the relative path; the same name is replaced whole."""
    path = Path(settings.STORE) / relative
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}.draft")
    with draft.open("wb") as file:
        file.write(encrypt_blob(data))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return relative


def open_file(relative: str) -> bytes:
    """Return the bytes that `seal_file` kept; Refused when the file is gone."""
    path = Path(settings.STORE) / relative
    if not path.exists():
        raise Refused("store.missing", f"存储中找不到文件 {relative}。", "请从备份恢复该文件。")
    return decrypt_blob(path.read_bytes())
