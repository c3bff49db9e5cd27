"""What core writes on its own: ciphertexts under a new key."""

from collections.abc import Callable

from django.db import connection, transaction

from nuanxin.kernel.core.changes import Author, open_change
from nuanxin.kernel.core.crypto import decrypt_many, encrypt_many, key_ids
from nuanxin.kernel.core.sealed import SealedColumn, all_sealed_columns

BATCH = 1_000
Sealed = tuple[int, bytes, str]


def take_up_key(*, author: Author, told: Callable[[str, int], None] = lambda table, rows: None) -> int:
    """Seal again, under the key in use, every value that an older key seals; return how many.

    In batches, each a transaction of its own: cut short, the next call goes on where this one stopped. A value somebody
    else changes meanwhile keeps what they wrote. Files keep the key they were sealed with.
    """
    total, current = 0, key_ids()[0]
    for column in all_sealed_columns():
        if not (batch := _batch(column, current, 0)):
            continue
        with transaction.atomic():
            change = open_change(author=author, verb="take_up_key", reason=f"改用密钥 {current}", source=column.table)
        done = 0
        while batch:
            done += _reseal(column, batch)
            told(column.table, done)
            batch = _batch(column, current, batch[-1][0])
        change.rows = done
        change.save(update_fields=["rows"])
        total += done
    return total


def _batch(column: SealedColumn, current: str, after: int) -> list[Sealed]:
    sql = (
        f"SELECT id, {column.cipher}, {column.key_id} FROM {column.table} "
        f"WHERE id > %s AND {column.key_id} NOT IN ('', %s) ORDER BY id LIMIT {BATCH}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [after, current])
        return [(row_id, bytes(cipher), key) for row_id, cipher, key in cursor.fetchall()]


def _reseal(column: SealedColumn, batch: list[Sealed]) -> int:
    """Write one batch; a row whose ciphertext is no longer the one read is left as it is."""
    made: list[tuple[bytes, str, int, bytes]] = []
    for old in sorted({key for *_, key in batch}):
        part = [(row_id, cipher) for row_id, cipher, key in batch if key == old]
        ciphers, current = encrypt_many(decrypt_many([cipher for _, cipher in part], old))
        made += [(new, current, row_id, cipher) for (row_id, cipher), new in zip(part, ciphers, strict=True)]
    sql = f"UPDATE {column.table} SET {column.cipher} = %s, {column.key_id} = %s WHERE id = %s AND {column.cipher} = %s"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(sql, made)
        return int(cursor.rowcount)
