"""`attune personas` in a terminal."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli.personas import personas_app
from personas import SHIPPED, UnknownPersona

pytestmark = pytest.mark.unit

MINE = "name: pirate\ntitle: {en: Pirate}\nprompt: {en: Arr.}\n"


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(personas_app, arguments)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def test_the_list_names_every_persona_and_its_languages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pirate.yaml").write_text(MINE)
    monkeypatch.setenv("ATTUNE_PERSONAS_DIR", str(tmp_path))
    code, out, _ = run("list")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == ["chat", "counseling", "debate", "interview", "pirate"]
    listed = json.loads(run("list", "--json")[1])
    assert listed[-1]["languages"] == ["en"]
    assert listed[0]["trust"] == {"vision": 0.4, "audio": 0.3, "text": 0.6}


def test_a_persona_is_shown_in_either_language() -> None:
    assert "What has your day been like" in run("show", "chat")[1]
    assert "你今天过得怎么样" in run("show", "chat", "--lang", "zh")[1]
    assert json.loads(run("show", "chat", "--json")[1])["name"] == "chat"
    assert run("show", "chat", "--lang", "fr")[0] == 2


def test_the_prompt_is_the_one_the_chat_model_gets() -> None:
    from agent.prompts import system_prompt
    from personas import PersonaBook

    code, out, _ = run("show", "debate", "--prompt", "--lang", "zh")
    assert (code, out.strip()) == (0, system_prompt(PersonaBook.load().get("debate"), "zh"))


def test_an_unknown_name_reaches_the_root_command_as_our_error() -> None:
    with pytest.raises(UnknownPersona, match="did you mean 'chat'"):
        run("show", "chatt")


def test_sound_files_are_told_to_be_sound() -> None:
    code, out, err = run("validate", *map(str, sorted(SHIPPED.glob("*.yaml"))))
    assert (code, err) == (0, "")
    assert out.count(": ok (") == 4


def test_a_bad_file_is_named_with_its_line_and_the_others_are_checked_too(tmp_path: Path) -> None:
    bad, good = tmp_path / "bad.yaml", tmp_path / "good.yaml"
    bad.write_text(MINE + "propmt: {en: x}\n")
    good.write_text(MINE + "questions: {any: {en: [Are you sure?]}}\n")
    code, out, err = run("validate", str(bad), str(good), str(tmp_path / "absent.yaml"))
    assert code == 1
    assert f"{bad}:4: unknown field 'propmt' (did you mean 'prompt'?)" in err
    assert f"{good}: warning: not an open question: 'Are you sure?'" in err
    assert "absent.yaml: cannot be read" in err
    assert f"{good}: ok" in out


def test_importing_the_command_loads_nothing_heavy() -> None:
    probe = "import sys, api.cli.personas; sys.exit(any(m in sys.modules for m in ('yaml', 'pydantic', 'langgraph')))"
    assert subprocess.run([sys.executable, "-c", probe], check=False, timeout=60).returncode == 0
