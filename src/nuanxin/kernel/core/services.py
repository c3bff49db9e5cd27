"""What core writes on its own: ciphertexts under a new key."""

from collections.abc import Callable

from django.db import connection, models, transaction

from nuanxin.kernel.core.changes import Author, open_change
from nuanxin.kernel.core.crypto import decrypt_many, encrypt_many, key_ids
from nuanxin.kernel.core.sealed import SealedColumn, all_sealed_columns

BATCH = 1_000


def take_up_key(*, author: Author, told: Callable[[str, int], None] = lambda model, rows: None) -> int:
    """Seal again, under the key in use, every value that an older key seals; return how many.

    In batches, each a transaction of its own: cut short, the next call goes on where this one stopped. A value somebody
    else changes meanwhile keeps what they wrote. Files keep the key they were sealed with.
    """
    total, current = 0, key_ids()[0]
    for column in all_sealed_columns():
        if not column.rows().exclude(**{column.key_id: current}).exists():
            continue
        with transaction.atomic():
            change = open_change(author=author, verb="take_up_key", reason=f"改用密钥 {current}", source=column.model)
        done = last = 0
        while batch := _batch(column, current, last):
            last = batch[-1][0]
            done += _reseal(column, batch)
            told(column.model, done)
        change.rows = done
        change.save(update_fields=["rows"])
        total += done
    return total


def _batch(column: SealedColumn, current: str, after: int) -> list[tuple[int, bytes, str]]:
    rows = column.rows().exclude(**{column.key_id: current}).filter(pk__gt=after).order_by("pk")
    return [
        (pk, bytes(cipher), key) for pk, cipher, key in rows.values_list("pk", column.cipher, column.key_id)[:BATCH]
    ]


def _reseal(column: SealedColumn, batch: list[tuple[int, bytes, str]]) -> int:
    """Write one batch; a row whose ciphertext is no longer the one read is left as it is."""
    made: list[tuple[bytes, str, int, bytes]] = []
    for old in sorted({key for *_, key in batch}):
        part = [(pk, cipher) for pk, cipher, key in batch if key == old]
        ciphers, current = encrypt_many(decrypt_many([cipher for _, cipher in part], old))
        made += [(new, current, pk, cipher) for (pk, cipher), new in zip(part, ciphers, strict=True)]
    meta = column.rows().model._meta
    quote = connection.ops.quote_name
    sealed, key, pk = (
        quote(_column(meta, name)) for name in (column.cipher, column.key_id, meta.pk.name if meta.pk else "id")
    )
    sql = f"UPDATE {quote(meta.db_table)} SET {sealed} = %s, {key} = %s WHERE {pk} = %s AND {sealed} = %s"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(sql, made)
        return int(cursor.rowcount)


def _column(meta: "models.options.Options[models.Model]", name: str) -> str:
    return str(meta.get_field(name).column)  # type: ignore[union-attr]
