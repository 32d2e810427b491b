"""`attune keys` as a person uses it."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner, Result

from api.checkup.access import access_findings
from api.cli.app import app
from api.errors import InputInvalid
from api.identity.errors import KeyNameTaken, KeyUnknown
from api.identity.keyfile import KeyFile
from api.settings import load_settings

pytestmark = pytest.mark.unit


def attune(*arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments])


def test_a_key_is_shown_once_and_alone_on_standard_output() -> None:
    made = attune("keys", "add", "phone")
    assert made.exit_code == 0
    key = made.stdout.strip()
    assert key.startswith("attune_")
    assert "\n" not in key
    assert "shown this once" in made.stderr
    kept = KeyFile(load_settings().keys).check(key)
    assert (kept.name, kept.user_id, kept.expires_at) == ("phone", "phone", None)
    listed = attune("keys", "list")
    assert kept.key_id in listed.output
    assert key.rpartition("_")[2] not in listed.output + attune("keys", "list", "--json").output


def test_whose_and_until_when() -> None:
    made = json.loads(attune("keys", "add", "laptop", "--user", "me@home", "--expires", "90", "--json").stdout)
    assert (made["user"], made["state"]) == ("me@home", "valid")
    kept = KeyFile(load_settings().keys).check(made["key"])
    assert kept.expires_at is not None
    assert (kept.expires_at - kept.created_at).days in {89, 90}


def test_a_key_is_revoked_by_name_or_id() -> None:
    for by in ("name", "id"):
        made = json.loads(attune("keys", "add", "phone", "--json").stdout)
        assert "opens nothing any more" in attune("keys", "revoke", made[by]).output
    states = [key["state"] for key in json.loads(attune("keys", "list", "--json").stdout)]
    assert states == ["revoked", "revoked"]


@pytest.mark.parametrize(
    ("arguments", "error", "reason"),
    [
        (("keys", "add", "two words"), InputInvalid, "up to 64"),
        (("keys", "add", "x", "--user", "a/b"), InputInvalid, "up to 64"),
        (("keys", "revoke", "nobody"), KeyUnknown, "attune keys list"),
        (("keys", "add", "first"), KeyNameTaken, "attune keys revoke first"),
    ],
)
def test_what_cannot_be_done_says_why(arguments: tuple[str, ...], error: type[Exception], reason: str) -> None:
    attune("keys", "add", "first")
    result = attune(*arguments)
    assert isinstance(result.exception, error)
    assert reason in str(result.exception)


def test_in_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTUNE_LANG", "zh")
    assert "还没有密钥" in attune("keys", "list").output
    assert "只显示这一次" in attune("keys", "add", "手机").stderr
    listed = attune("keys", "list").output
    assert "手机" in listed
    assert "有效" in listed


def test_keys_are_where_the_setting_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("etc") / "attune.keys"
    monkeypatch.setenv("ATTUNE_KEYS_FILE", str(path))
    attune("keys", "add", "phone")
    assert [key.name for key in KeyFile(path).keys().values()] == ["phone"]


def test_the_doctor_counts_keys_and_tells_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def access() -> str:
        (finding,) = access_findings(load_settings())
        return f"{finding.level}: {finding.state} {finding.remedy}"

    assert access().startswith("ok: no keys: attune serve answers this machine only")
    monkeypatch.setenv("ATTUNE_ALLOW_ANONYMOUS", "true")
    assert access().startswith("note: nobody is asked for a key")
    made = json.loads(attune("keys", "add", "phone", "--json").stdout)
    attune("keys", "add", "laptop")
    attune("keys", "revoke", "laptop")
    monkeypatch.setenv("ATTUNE_JWT_SECRET", "a-secret-that-signs-tokens-of-some-length")
    assert access().strip() == "ok: 1 of 2 keys valid, JSON Web Tokens"
    monkeypatch.setenv("ATTUNE_JWT_SECRET", "too-short-a-secret")
    assert access().startswith("bad: ATTUNE_JWT_SECRET: has fewer than 32 bytes")
    assert "too-short-a-secret" not in access()
    load_settings().keys.write_text("{")
    monkeypatch.delenv("ATTUNE_JWT_SECRET")
    assert access().startswith("bad: cannot use the keys in ")
    assert made["key"] not in access()
