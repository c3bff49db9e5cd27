"""Keys: rotated while values stay readable, taken up in batches that can be resumed, sealed on paper and recovered."""

import json
import os
import stat
from typing import Any

import pytest
from django.apps import apps
from django.db import models

from nuanxin.kernel.core import crypto, keys, services
from nuanxin.kernel.core.changes import Author
from nuanxin.kernel.core.errors import Fault, Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.core.sealed import SealedColumn, all_sealed_columns, register_sealed_column, values_by_key

WORDS = "三把钥匙两个人保管-2024"


@pytest.fixture(autouse=True)
def own_key(settings: Any, tmp_path: Any) -> None:
    settings.KEY_FILE = tmp_path / "keys" / "data.key"
    crypto.ensure_key()


def test_every_ciphertext_of_the_database_is_declared() -> None:
    declared = {(column.table, column.cipher) for column in all_sealed_columns()}
    found = {
        (model._meta.db_table, field.column)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.BinaryField) and field.name.endswith("cipher")
    }
    assert found == declared
    with pytest.raises(Fault):
        register_sealed_column(SealedColumn("registry_bankaccount", "cipher", "another"))


def test_rotating_keeps_old_values_readable_and_the_index_the_same(settings: Any) -> None:
    sealed, old = crypto.encrypt("330522195003071029")
    blob, index = crypto.encrypt_blob(b"file"), crypto.blind("330522195003071029")
    new = keys.rotate_key()
    assert new != old
    assert crypto.encrypt("x")[1] == new
    assert crypto.decrypt(sealed, old) == "330522195003071029"
    assert crypto.decrypt_blob(blob) == b"file"
    assert crypto.blind("330522195003071029") == index
    assert [(key.key_id, key.in_use) for key in keys.held_keys()] == [(new, True), (old, False)]
    assert stat.S_IMODE(os.stat(settings.KEY_FILE).st_mode) == 0o600


@pytest.mark.db
@pytest.mark.django_db(transaction=True)
class TestTakingUp:
    def accounts(self, count: int) -> Any:
        from nuanxin.kernel.core.changes import open_change
        from nuanxin.kernel.registry.models import BankAccount

        change = open_change(author=Author("测试"), verb="x", reason="x", source="x")
        for number in range(count):
            cipher, key = crypto.encrypt(f"62179900{number:08d}")
            BankAccount.objects.create(
                county="340223", bank_code="1", cipher=cipher, key_id=key, tail="0000", change=change,
                blind=crypto.blind(f"62179900{number:08d}"),
            )  # fmt: skip
        return BankAccount.objects.order_by("pk")

    def test_every_value_is_sealed_again_and_reads_as_before(self) -> None:
        rows = self.accounts(7)
        old = crypto.key_ids()[0]
        assert values_by_key() == {old: 7}
        new = keys.rotate_key()
        told: list[Any] = []
        assert services.take_up_key(author=Author("测试"), told=lambda *words: told.append(words)) == 7
        assert told == [("registry_bankaccount", 7)]
        assert values_by_key() == {new: 7}
        assert [crypto.decrypt(row.cipher, row.key_id) for row in rows.all()] == [f"62179900{n:08d}" for n in range(7)]
        assert Change.objects.get(verb="take_up_key").rows == 7
        assert services.take_up_key(author=Author("测试")) == 0
        assert Change.objects.filter(verb="take_up_key").count() == 1

    def test_cut_short_it_goes_on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        rows = self.accounts(7)
        monkeypatch.setattr(services, "BATCH", 3)
        new = keys.rotate_key()

        def cut(table: str, done: int) -> None:
            if done >= 6:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            services.take_up_key(author=Author("测试"), told=cut)
        assert values_by_key()[new] == 6
        assert services.take_up_key(author=Author("测试")) == 1
        assert values_by_key() == {new: 7}
        assert [crypto.decrypt(row.cipher, row.key_id) for row in rows.all()] == [f"62179900{n:08d}" for n in range(7)]

    def test_a_value_changed_meanwhile_keeps_what_was_written(self, monkeypatch: pytest.MonkeyPatch) -> None:
        rows = self.accounts(2)
        new = keys.rotate_key()
        real = services.decrypt_many

        def meanwhile(sealed: Any, key: str) -> list[str]:
            cipher, key_id = crypto.encrypt("changed")
            rows.filter(pk=rows.first().pk).update(cipher=cipher, key_id=key_id)
            return real(sealed, key)

        monkeypatch.setattr(services, "decrypt_many", meanwhile)
        services.take_up_key(author=Author("测试"))
        assert [crypto.decrypt(row.cipher, new) for row in rows.all()] == ["changed", "6217990000000001"]


class TestEscrow:
    def test_the_paper_gives_the_same_keys_back(self, settings: Any, tmp_path: Any) -> None:
        keys.rotate_key()
        original = settings.KEY_FILE.read_text()
        text = keys.escrow_text(WORDS)
        held = json.loads(original)
        assert not [key for key in [*held["ciphers"].values(), held["blind"]] if key in text]
        settings.KEY_FILE = tmp_path / "again" / "data.key"
        typed = text.lower().replace("o", "0").replace("i", "1")  # as somebody types it from paper
        typed = typed.replace(typed.splitlines()[0], keys.TITLE)
        assert keys.recover_key(text=typed, passphrase=f" {WORDS}\n") == sorted(held["ciphers"])
        assert settings.KEY_FILE.read_text() == original
        with pytest.raises(Refused, match="已有密钥文件"):
            keys.recover_key(text=text, passphrase=WORDS)

    def test_wrong_words_typing_errors_and_missing_lines_are_told(self, settings: Any, tmp_path: Any) -> None:
        text = keys.escrow_text(WORDS)
        lines = text.splitlines()
        settings.KEY_FILE = tmp_path / "again" / "data.key"
        fourth = next(n for n, line in enumerate(lines) if line.startswith("04"))
        other = "A" if lines[fourth][3] != "A" else "B"
        mistyped = [*lines[:fourth], lines[fourth][:3] + other + lines[fourth][4:], *lines[fourth + 1 :]]
        cases = {
            "口令不对": (text, "另外一个很长的口令呀呀呀"),
            "第 04 行不对": ("\n".join(mistyped), WORDS),
            "第 05 行不对": ("\n".join(line for line in lines if not line.startswith("05")), WORDS),
            "不是完整的": ("\n".join(lines[:-1]), WORDS),
        }
        for words, (given, passphrase) in cases.items():
            with pytest.raises(Refused, match=words):
                keys.recover_key(text=given, passphrase=passphrase)
        assert not settings.KEY_FILE.exists()

    def test_a_short_passphrase_is_refused(self) -> None:
        with pytest.raises(Refused, match="口令太短"):
            keys.escrow_text("12345678")
