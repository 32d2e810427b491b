"""What the README shows is run."""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from typer.main import get_command

from api.cli.app import app

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)


def test_every_make_target_exists_and_knows_what_to_do() -> None:
    targets = re.findall(r"^    make (\w+)", README, re.MULTILINE)
    assert {"chat", "test"} <= set(targets)
    for target in targets:
        # the environment is there already; what would be run is printed
        shown = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        assert ".venv/bin/" in shown


def test_every_attune_command_parses() -> None:
    lines = [line[2:] for kind, block in BLOCKS if kind == "console" for line in block.splitlines() if line[:2] == "$ "]
    assert len(lines) >= 4
    for line in lines:
        _, name, *arguments = shlex.split(line)
        command = get_command(app).commands[name]  # type: ignore[attr-defined]
        command.make_context(name, arguments)  # raises for an option that is not there


def test_every_documented_command_exists() -> None:
    root = get_command(app)
    for name, subcommands in re.findall(r"`attune (\w+)([^`]*)`", README):
        command = root.commands[name]  # type: ignore[attr-defined]
        for subcommand in re.findall(r"\w+", subcommands.partition("--")[0]) if hasattr(command, "commands") else []:
            assert subcommand in command.commands


async def test_the_python_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from agent.testing import ScriptedEndpoint

    ((_, source),) = [block for block in BLOCKS if block[0] == "python"]
    ast.parse(source)
    monkeypatch.chdir(tmp_path)
    with ScriptedEndpoint() as endpoint:
        program = source.replace("http://127.0.0.1:11434/v1", endpoint.base_url)
        names: dict[str, object] = {}
        exec(compile(program, "README.md", "exec"), names)
        await names["main"]()  # type: ignore[operator]
    assert (tmp_path / "attune.sqlite3").exists()
    assert len(endpoint.requests) == 1
