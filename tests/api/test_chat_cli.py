"""`attune chat` as a person runs it, against an endpoint over HTTP; then `attune history`."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import soundfile
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
    assert len(endpoint.requests) == 2
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


def consent() -> dict[str, bool]:
    data = Path(os.environ["ATTUNE_DATA_DIR"]) / "attune.sqlite3"
    with closing(sqlite3.connect(data)) as connection:
        ((given,),) = connection.execute("select consent from sessions")
    return dict(json.loads(given))


def test_a_session_goes_on_with_the_senses_allowed_in_it() -> None:
    with ScriptedEndpoint() as endpoint:
        chat(endpoint, "/senses vision off", "/senses audio off", "hello")
        assert consent() == {"vision": False, "audio": False, "text": True}
        shown = chat(endpoint, "hello again", arguments=("--session", "last"))
        assert "senses on: text\n" in shown
        assert consent() == {"vision": False, "audio": False, "text": True}
        chat(endpoint, "/senses audio on", "and again", arguments=("--session", "last"))
    assert consent() == {"vision": False, "audio": True, "text": True}


def test_a_sense_that_is_forbidden_here_is_not_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTUNE_DEPLOYMENT_CONTEXT", "hiring")
    with ScriptedEndpoint() as endpoint:
        shown = chat(endpoint, "/senses", "/senses vision on", "hello")
    assert "vision, audio" not in shown
    assert "'hiring'" in shown
    assert consent()["vision"] is False


def test_another_persona_takes_a_session_over_and_greets() -> None:
    with ScriptedEndpoint() as endpoint:
        greeting = chat(endpoint, "hello", arguments=("--persona", "debate")).splitlines()[3]
        chat(endpoint, "hello", arguments=("--persona", "counseling"))
        shown = chat(endpoint, "hello again", arguments=("--session", "last", "--persona", "debate"))
    assert greeting in shown
    turns = json.loads(attune("history", "last", "--json").stdout)
    assert [turn["persona"] for turn in turns] == ["counseling", "debate"]


def test_a_cry_for_help_is_heard_whatever_is_attached(tmp_path: Path) -> None:
    (tmp_path / "face.jpg").write_text("not a picture")
    with ScriptedEndpoint() as endpoint:
        shown = chat(endpoint, f"/image {tmp_path / 'face.jpg'}", "I want to kill myself.")
    assert endpoint.requests == []
    assert "findahelpline.com" in shown or "988" in shown


def test_a_bad_picture_does_not_drop_the_recording(tmp_path: Path) -> None:
    (tmp_path / "face.jpg").write_text("not a picture")
    soundfile.write(tmp_path / "voice.wav", np.zeros(32_000), 16_000)
    with ScriptedEndpoint() as endpoint:
        shown = chat(endpoint, f"/image {tmp_path / 'face.jpg'}", f"/audio {tmp_path / 'voice.wav'}", "what is left")
    assert "left out: face.jpg: " in shown
    (turn,) = json.loads(attune("history", "last", "--json").stdout)
    assert turn["user_text"] == "what is left"
    assert turn["observations"]["audio"]["status"] == "no_speech"
    assert "vision" not in turn["observations"]


def test_a_terminal_whose_encoding_lacks_characters() -> None:
    locale = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"}
    with ScriptedEndpoint(reply="“Quoted” · 你好") as endpoint:
        result = attune(
            "chat", typed="I am so happy\n", ATTUNE_BASE_URL=endpoint.base_url, ATTUNE_MODEL="double", **locale
        )
    assert (result.returncode, result.stderr) == (0, "")
    assert "? happy" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--lang", "fr"), "--lang 'fr'"),
        (("--persona", "debate", "--custom", "you are a cat"), "--custom"),
        (("--session", "nothing-like-it"), "nothing-like-it"),
    ],
)
def test_options_that_cannot_be_meant(arguments: tuple[str, ...], message: str) -> None:
    result = attune("chat", *arguments, ATTUNE_BASE_URL="http://127.0.0.1:9/v1", ATTUNE_MODEL="double")
    assert result.returncode == 1
    assert message in result.stderr.splitlines()[-1]
