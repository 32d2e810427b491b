"""The command line as a person meets it: quick, quiet, one line an error."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
COMMANDS = ["serve", "chat", "perceive", "analyze", "history", "bench", "eval", "train", "models", "personas", "doctor"]


def attune(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from api.cli import main; main()", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "100", **environment},
        timeout=60,
        check=False,
    )


def test_help_lists_every_command_and_imports_nothing_heavy() -> None:
    program = (
        "import sys\n"
        "from api.cli.app import app\n"
        "try: app(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'langgraph', 'langchain_core', 'onnxruntime', 'librosa', 'sklearn', 'cv2', 'numpy',\n"
        "         'sqlalchemy', 'fastapi', 'faster_whisper', 'matplotlib', 'xllamacpp', 'pydantic'}\n"
        "print('heavy:', sorted(heavy & set(sys.modules)))\n"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    for command in COMMANDS:
        assert command in result.stdout
    assert "heavy: []" in result.stdout


def test_importing_the_agent_leaves_the_heaviest_for_later() -> None:
    program = (
        "import sys, agent\n"
        "heavy = {'torch', 'langchain_openai', 'openai', 'onnxruntime', 'librosa', 'sklearn', 'cv2',\n"
        "         'matplotlib', 'xllamacpp', 'alembic', 'faster_whisper'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("arguments", "environment", "message"),
    [
        (("perceive", "--image", "nowhere.jpg"), {}, "nowhere.jpg"),
        (("perceive", "--text", "hi"), {"ATTUNE_PORT": "many"}, "ATTUNE_PORT"),
        (("perceive", "--text", "hi"), {"ATTUNE_TEXT": "telepathy"}, "telepathy"),
        (("history", "nobody"), {}, "nobody"),
        (("personas", "show", "debat"), {}, "debate"),
        (("models", "path", "gpt"), {}, "gpt"),
    ],
)
def test_an_error_is_one_line_on_standard_error(
    arguments: tuple[str, ...], environment: dict[str, str], message: str
) -> None:
    result = attune(*arguments, **environment)
    assert result.returncode == 1
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("attune: ")
    assert message in line


def test_version() -> None:
    assert attune("--version").stdout.strip().count(".") == 2


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_teaches(command: str) -> None:
    result = attune(command, "--help")
    assert result.returncode == 0
    assert len(result.stdout.splitlines()) > 5
