import hashlib
import hmac
import json
import os
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nuanxin.kernel.core import crypto
from nuanxin.kernel.core.errors import Fault, Refused

NUMBER = "340223195003071020"


@pytest.fixture
def empty_home(settings, tmp_path):
    settings.KEY_FILE = tmp_path / "elsewhere" / "data.key"
    return settings.KEY_FILE


def test_the_published_vectors():
    crypto.self_test()
    assert crypto.sm3_hex("abc") == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert crypto.sm3_hex(b"abcd" * 16) == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"


def test_sm3_of_a_file(tmp_path):
    file = tmp_path / "x"
    file.write_bytes(b"abc" * 100_000)
    assert crypto.sm3_hex(file) == crypto.sm3_hex(b"abc" * 100_000)


@given(st.text())
def test_what_is_encrypted_is_read_again(text):
    sealed, key_id = crypto.encrypt(text)
    assert crypto.decrypt(sealed, key_id) == text
    assert crypto.decrypt(memoryview(sealed), key_id) == text


@given(st.lists(st.text(max_size=20)))
def test_many_are_like_one(texts):
    sealed, key_id = crypto.encrypt_many(texts)
    assert crypto.decrypt_many(sealed, key_id) == texts
    assert crypto.blind_many(texts) == [crypto.blind(text) for text in texts]


@given(st.binary(max_size=5000))
def test_blobs(data):
    sealed = crypto.encrypt_blob(data)
    assert crypto.decrypt_blob(sealed) == data
    assert len(data) < 8 or data not in sealed


def test_equal_texts_differ_sealed_and_agree_blind():
    assert crypto.encrypt(NUMBER)[0] != crypto.encrypt(NUMBER)[0]
    assert crypto.blind(NUMBER) == crypto.blind(NUMBER)
    assert len(crypto.blind(NUMBER)) == 32
    assert NUMBER.encode() not in crypto.encrypt(NUMBER)[0]


def test_the_blind_index_is_hmac(settings):
    key = bytes.fromhex(json.loads(settings.KEY_FILE.read_text())["blind"])
    assert crypto.blind(NUMBER) == hmac.new(key, NUMBER.encode(), lambda: hashlib.new("sm3")).digest()


@given(st.integers(0, 45), st.integers(1, 255))
def test_an_altered_ciphertext_is_never_read(place, flip):
    sealed, key_id = crypto.encrypt(NUMBER)
    altered = bytearray(sealed)
    altered[place] ^= flip
    with pytest.raises(Fault):
        crypto.decrypt(bytes(altered), key_id)


def test_the_key_is_its_owners_only_and_made_once(empty_home):
    key_id = crypto.ensure_key()
    assert empty_home.stat().st_mode & 0o777 == 0o600
    assert crypto.ensure_key() == key_id
    assert os.listdir(empty_home.parent) == ["data.key"]


def test_many_starts_at_once_agree_on_one_key(empty_home):
    found = []
    threads = [threading.Thread(target=lambda: found.append(crypto.ensure_key())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_missing_key_is_named(empty_home):
    for use in (lambda: crypto.encrypt("x"), lambda: crypto.blind("x"), lambda: crypto.encrypt_many(["x"])):
        with pytest.raises(Refused, match=r"data\.key") as caught:
            use()
        assert caught.value.code == "crypto.key_missing"


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"current": "a", "ciphers": {}, "blind": "00"}', "\x00"])
def test_a_damaged_key_is_not_used(empty_home, text):
    empty_home.parent.mkdir()
    empty_home.write_text(text)
    with pytest.raises(Refused) as caught:
        crypto.encrypt("x")
    assert caught.value.code == "crypto.key_damaged"


def test_an_unknown_key_id_is_refused():
    sealed, _ = crypto.encrypt(NUMBER)
    with pytest.raises(Refused) as caught:
        crypto.decrypt(sealed, "k-other")
    assert caught.value.code == "crypto.key_unknown"


def test_old_values_are_read_after_a_new_key_came_into_use(empty_home):
    crypto.ensure_key()
    sealed, old = crypto.encrypt(NUMBER)
    blob = crypto.encrypt_blob(b"file")
    data = json.loads(empty_home.read_text())
    empty_home.write_text(json.dumps({**data, "current": "k2", "ciphers": {**data["ciphers"], "k2": "ab" * 16}}))
    assert crypto.encrypt(NUMBER)[1] == "k2"
    assert crypto.decrypt(sealed, old) == NUMBER
    assert crypto.decrypt_blob(blob) == b"file"
