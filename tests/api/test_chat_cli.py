"""`attune chat` as a person runs it, against an endpoint over HTTP; then `attune history`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from agent.testing import ScriptedEndpoint

pytestmark = [pytest.mark.server, pytest.mark.model]

ROOT = Path(__file__).parents[2]
LINES = [
    "hello",
    "I lost my job today and I feel awful.",
    "My boss shouted at me in front of everyone!",
    "At least my friends are wonderful.",
    "Thank you, I am happy we talked.",
]


def attune(*arguments: str, typed: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from api.cli import main; main()", *arguments],
        input=typed,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **environment},
        timeout=120,
        check=False,
    )


def chat(endpoint: ScriptedEndpoint, *lines: str, arguments: tuple[str, ...] = ()) -> str:
    result = attune(
        "chat",
        *arguments,
        typed="\n".join(lines) + "\n",
        ATTUNE_BASE_URL=endpoint.base_url,
        ATTUNE_API_KEY="secret",
        ATTUNE_MODEL="double",
        COLUMNS="200",
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    return result.stdout


def test_five_turns_and_their_history(tmp_path: Path) -> None:
    with ScriptedEndpoint(reply="I hear you. What happened then?") as endpoint:
        shown = chat(endpoint, *LINES)
    assert len(endpoint.requests) == 5
    assert shown.count("I hear you. What happened then?") == 5
    assert "AI" in shown.splitlines()[0]
    assert "sad" in shown
    turns = json.loads(attune("history", "last", "--json").stdout)
    assert [turn["user_text"] for turn in turns] == LINES
    assert all(turn["affect"]["scores"] for turn in turns)
    assert turns[1]["affect"]["top"] == "sad"
    table = attune("history", "last", COLUMNS="160").stdout
    assert "sad" in table
    picture = tmp_path / "mood.png"
    assert attune("history", "last", "--plot", "--out", str(picture)).returncode == 0
    assert np.asarray(Image.open(picture).convert("L")).std() > 5


@pytest.mark.parametrize("behaviour", ["error", "busy", "cut", "malformed", "refuse", "empty"])
def test_an_endpoint_that_fails_costs_one_turn(behaviour: str) -> None:
    # an endpoint is asked a second time before the turn is given up
    with ScriptedEndpoint(behaviour, behaviour, "normal", retry_after=60) as endpoint:  # type: ignore[arg-type]
        shown = chat(endpoint, "hello", "hello again", "and again")
    assert "What happened?" in shown
    turns = json.loads(attune("history", "last", "--json").stdout)
    assert turns[-1]["user_text"] == "and again"


def test_an_endpoint_that_is_down_is_named() -> None:
    with ScriptedEndpoint() as endpoint:
        gone = endpoint.base_url
    result = attune("chat", typed="hello\n", ATTUNE_BASE_URL=gone, ATTUNE_MODEL="double", ATTUNE_API_KEY="x")
    assert result.returncode == 0
    assert gone.removeprefix("http://").removesuffix("/v1") in result.stdout.replace("\n", "")
    assert "/retry" in result.stdout


def test_commands_and_bad_input_in_the_chat(tmp_path: Path) -> None:
    (tmp_path / "face.jpg").write_text("not a picture")
    with ScriptedEndpoint() as endpoint:
        shown = chat(
            endpoint,
            "/help",
            "/dance",
            "/persona debat",
            "/persona debate",
            "/custom you are a tsundere cat girl",
            "/image nowhere.jpg",
            f"/image {tmp_path / 'face.jpg'}",
            "with the broken picture",
            "/senses text off",
            "/senses smell on",
            "x" * 30_000,
            "",
            "/retry",
            "without anything",
            "/quit",
            "never sent",
        )
    assert len(endpoint.requests) == 1
    for expected in (
        "/persona NAME",
        "/dance",
        "debate",
        "nowhere.jpg",
        "no picture",
        "smell",
        "30,000",
        "no broken turn",
    ):
        assert expected in shown, expected


def test_a_session_goes_on_without_a_second_greeting() -> None:
    with ScriptedEndpoint() as endpoint:
        chat(endpoint, "hello", arguments=("--persona", "counseling"))
        shown = chat(endpoint, "hello again", arguments=("--session", "last"))
    assert "going on with session" in shown
    turns = json.loads(attune("history", "last", "--json").stdout)
    assert [turn["user_text"] for turn in turns] == ["hello", "hello again"]
    assert {turn["persona"] for turn in turns} == {"counseling"}
    assert len(endpoint.requests[1]["messages"]) == len(endpoint.requests[0]["messages"]) + 2


def test_a_persona_that_does_not_exist() -> None:
    with ScriptedEndpoint() as endpoint:
        result = attune(
            "chat", "--persona", "debat", typed="hello\n", ATTUNE_BASE_URL=endpoint.base_url, ATTUNE_MODEL="double"
        )
    assert result.returncode == 1
    assert "debate" in result.stderr


def test_five_turns_with_the_embedded_model() -> None:
    pytest.importorskip("xllamacpp", reason="the extra `local` is not installed")
    model = "smollm2-135m"
    if attune("models", "path", model).returncode:
        pytest.skip(f"the model is not in the cache: attune models get {model}")
    result = attune("chat", typed="\n".join([*LINES, "我今天很难过"]), ATTUNE_EMBEDDED_MODEL=model)
    assert (result.returncode, result.stderr) == (0, "")
    assert "ATTUNE_BASE_URL" in result.stdout, "it must say in Chinese that it speaks English only"
    turns = json.loads(attune("history", "last", "--json").stdout)
    assert len(turns) == 6
    assert all(turn["reply"] and turn["affect"]["scores"] for turn in turns)
