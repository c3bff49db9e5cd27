"""`nuanxin backup | restore | doctor | setup | keys`: what they say, and with which exit code they end."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import typer
from django.db import connection
from typer.testing import CliRunner

from nuanxin.kernel.core import crypto
from nuanxin.kernel.core.errors import Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(settings: Any, tmp_path: Path) -> Any:
    from nuanxin.interfaces.cli.commands import keeping, keys

    settings.KEY_FILE = tmp_path / "keys" / "data.key"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    crypto.ensure_key()
    settings.NUANXIN_HOME.mkdir()
    app = typer.Typer()
    keeping.register(app)
    keys.register(app)
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


def test_the_doctor_ends_with_one_on_a_fault_only(run: Any, settings: Any) -> None:
    done = run("doctor", "--json")
    assert done.exit_code == 0, done.output
    found = {row["name"]: row for row in json.loads(done.output)}
    assert set(found["key"]) == {"name", "title", "state", "words", "todo"}
    settings.KEY_FILE.chmod(0o644)
    done = run("doctor")
    assert done.exit_code == 1
    assert "故障 密钥文件" in done.output
    assert "→ 请运行 chmod 600" in done.output
    assert "1 项故障" in done.output


@pytest.mark.skipif("postgresql" in os.environ.get("DATABASE_URL", ""), reason="SQLite's own file")
def test_backup_and_restore_say_where_and_which_key(run: Any, settings: Any, tmp_path: Path) -> None:
    key = crypto.key_ids()[0]
    done = run("backup")
    assert done.exit_code == 0, done.output
    assert key in done.output
    made = next((settings.NUANXIN_HOME / "backups").iterdir())
    assert made.stat().st_mode & 0o077 == 0
    done = run("restore", made, "--into", tmp_path / "other")
    assert "封签也对" in done.output
    assert f"NUANXIN_HOME={tmp_path}/other" in done.output.replace("\n", "")
    settings.KEY_FILE = tmp_path / "another.key"
    crypto.ensure_key()
    refused = run("restore", made, "--into", tmp_path / "third").exception
    assert isinstance(refused, Refused)
    assert key in refused.message
    words = tmp_path / "words"
    words.write_text("correct horse battery\n")
    done = run("backup", tmp_path / "b", "--passphrase", words)
    assert "口令" in done.output
    settings.KEY_FILE = tmp_path / "third.key"
    assert "打不开它" in run("restore", tmp_path / "b", "--into", tmp_path / "fourth", "--passphrase", words).output


def test_keys_from_making_to_paper_and_back(run: Any, settings: Any, tmp_path: Path) -> None:
    first = crypto.key_ids()[0]
    words = tmp_path / "words"
    words.write_text("三把钥匙两个人保管-2024\n", encoding="utf-8")
    assert "请重新托管" in run("keys", "rotate").output
    listed = run("keys", "list").output
    assert f"{first}  只读" in listed
    assert f"{crypto.key_ids()[0]}  在用" in listed
    paper, before = tmp_path / "paper", settings.KEY_FILE.read_text()
    assert run("keys", "escrow", paper, "--passphrase", words).exit_code == 0
    assert paper.stat().st_mode & 0o077 == 0
    assert isinstance(run("keys", "escrow", paper, "--passphrase", words).exception, Refused)
    settings.KEY_FILE.unlink()
    assert run("keys", "recover", paper, "--passphrase", words).exit_code == 0
    assert settings.KEY_FILE.read_text() == before


def test_setup_makes_three_administrators_once(run: Any) -> None:
    done = run("setup", "--county", "340223", "--names", "甲，乙,丙")
    assert done.exit_code == 0, done.output
    assert [word in done.output for word in ("甲  system_admin", "乙  security_admin", "丙  audit_admin")] == [True] * 3
    again = run("setup", "--county", "340223")
    assert isinstance(again.exception, Refused)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM access_account")
        assert cursor.fetchone()[0] == 3


def test_a_training_instance_moves_its_business_date_forward_and_never_back(run: Any) -> None:
    done = run("setup", "--county", "340223", "--training", "2024-01-02")
    assert done.exit_code == 0, done.output
    assert "2024-01-02（培训实例" in run("business-date").output
    assert "2024-02-01" in run("business-date", "2024-02-01").output
    refused = run("business-date", "2024-01-31").exception
    assert isinstance(refused, Refused)
    assert "不能拨回" in str(refused)
    assert isinstance(run("business-date", "2024-02-30").exception, Refused)


def test_an_instance_in_use_keeps_the_real_date(run: Any) -> None:
    assert "真实日期" in run("business-date").output
    refused = run("business-date", "2030-01-01").exception
    assert isinstance(refused, Refused)
    assert "不能拨动" in str(refused)
