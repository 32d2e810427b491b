"""Settings as they come out of the environment and of `.env`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from api.errors import SettingsInvalid
from api.settings import load_settings
from api.settings_page import settings_page

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def own_dotenv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path / ".env"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("origins", "https://x.org", ("https://x.org",)),
        ("origins", " https://x.org, https://y.org ,", ("https://x.org", "https://y.org")),
        ("origins", '["https://x.org", "https://y.org"]', ("https://x.org", "https://y.org")),
        ("origins", "[]", ()),
        ("origins", "", ()),
        ("port", "", 8000),
        ("port", "0", 0),
        ("sense_timeout", " ", 10.0),
        ("sense_timeouts", "", {}),
        ("sense_timeouts", "vision=2, speech = 20,", {"vision": 2.0, "speech": 20.0}),
        ("sense_timeouts", '{"audio": 0.5}', {"audio": 0.5}),
        ("lang", "", None),
        ("lang", "zh", "zh"),
        ("base_url", "", None),
        ("api_key", "", None),
        ("personas_dir", "", None),
        ("deployment_context", "", "personal"),
        ("host", "", "127.0.0.1"),
        ("vision", "", None),
        ("audio", "", None),
        ("text", "", None),
        ("text", "mine", "mine"),
    ],
)
def test_a_value_that_can_be_used(name: str, value: str, expected: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"ATTUNE_{name.upper()}", value)
    assert getattr(load_settings(), name) == expected


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("origins", '["https://x.org"', "commas"),
        ("origins", "[1]", "string"),
        ("port", "many", "'many': input should be a valid integer"),
        ("port", "70000", "65535"),
        ("sense_timeout", "0", "greater than 0"),
        ("sense_timeouts", "ears=2", "'vision', 'audio', 'text' or 'speech'"),
        ("sense_timeouts", "vision", "valid number"),
        ("sense_timeouts", "vision=-1", "greater than 0"),
        ("sense_timeouts", '{"vision": 2', "vision=2, speech=20"),
        ("lang", "fr", "'zh'"),
        ("deployment_context", "court", "'workplace'"),
        ("personas_dir", "/no/such/Folder", "/no/such/Folder"),
        ("personas_dir", "~nobody-of-that-name/x", "home folder"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(
    name: str, value: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"ATTUNE_{name.upper()}", value)
    with pytest.raises(SettingsInvalid) as raised:
        load_settings()
    assert str(raised.value).startswith(f"ATTUNE_{name.upper()}=")
    assert reason in str(raised.value)
    assert ".env" in str(raised.value)


def test_a_sense_has_its_own_patience_or_that_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTUNE_SENSE_TIMEOUTS", "vision=2")
    monkeypatch.setenv("ATTUNE_SENSE_TIMEOUT", "7")
    settings = load_settings()
    assert (settings.patience("vision"), settings.patience("audio")) == (2.0, 7.0)


def test_every_wrong_value_is_named_and_no_secret_is(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"API_KEY": "sk-very-secret", "PORT": "many", "LANG": "fr"}.items():
        monkeypatch.setenv(f"ATTUNE_{name}", value)
    with pytest.raises(SettingsInvalid) as raised:
        load_settings()
    assert "ATTUNE_PORT" in str(raised.value)
    assert "ATTUNE_LANG" in str(raised.value)
    assert "sk-very-secret" not in str(raised.value)


def test_home_is_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine").mkdir()
    monkeypatch.setenv("ATTUNE_DATA_DIR", "~/attune")
    monkeypatch.setenv("ATTUNE_PERSONAS_DIR", "~/mine")
    settings = load_settings()
    assert settings.database == tmp_path / "attune" / "attune.sqlite3"
    assert settings.personas_dir == tmp_path / "mine"


def test_a_file_of_settings(own_dotenv: Path) -> None:
    own_dotenv.write_text("ATTUNE_PORT=9000\nATTUNE_TEXT=\nATTUNE_HOST=\nATTUNE_ORIGINS=https://x.org,https://y.org\n")
    settings = load_settings()
    assert (settings.port, settings.text, settings.host) == (9000, None, "127.0.0.1")
    assert settings.origins == ("https://x.org", "https://y.org")


def test_a_file_of_settings_that_cannot_be_read(own_dotenv: Path) -> None:
    own_dotenv.write_bytes(b"ATTUNE_MODEL=\xff\xfe\n")
    with pytest.raises(SettingsInvalid, match=r"\.env"):
        load_settings()


def test_the_documented_settings_are_the_settings() -> None:
    written = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert written == settings_page(), "write it again: python -m api.settings_page > docs/settings.md"
