"""`attune perceive --explain`, translation by setting, and odd words on the command line and over HTTP."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from rich.console import Console
from typer.testing import CliRunner

from agent.testing import ScriptedChatModel, ScriptedEndpoint
from api.app import create_app
from api.cli.app import app
from api.errors import InputInvalid
from api.explained import HUES, explained
from api.runtime import open_agent
from api.settings import Settings
from api.testing import served
from perception import Emotion
from perception.text import Explanation, WordShare

pytestmark = pytest.mark.model

ROOT = Path(__file__).parents[2]
TEXT = "I am so happy, but tired"
TOLD = Explanation(
    emotion=Emotion.HAPPY,
    words=(
        WordShare(text="I", start=0, end=1, share=0.01),
        WordShare(text="happy", start=8, end=13, share=2.0),
        WordShare(text="tired", start=19, end=24, share=-1.5),
    ),
)


def attune(*arguments: str, **env: str) -> Any:
    return CliRunner(env=env).invoke(app, ["perceive", *arguments])


def drawn(told: Explanation, text: str, lang: str, *, colour: bool) -> str:
    out = io.StringIO()
    console = Console(file=out, force_terminal=colour, color_system="truecolor" if colour else None, width=200)
    console.print(explained(told, text, lang, colour=colour))
    return out.getvalue()


@pytest.mark.parametrize(
    ("lang", "marked"), [("en", "I am so happy[happy +2.00], but tired[happy -1.50]"), ("zh", "happy[高兴 +2.00]")]
)
def test_signs_where_there_is_no_colour(lang: str, marked: str) -> None:
    assert marked in drawn(TOLD, TEXT, lang, colour=False)


def test_hue_is_the_emotion_and_what_speaks_against_is_struck_through() -> None:
    shown = drawn(TOLD, TEXT, "en", colour=True)
    assert "\x1b[1;38;2;236;179;23mhappy\x1b[0m" in shown
    assert "\x1b[2;9mtired\x1b[0m" in shown
    assert "[happy" not in shown


def test_every_emotion_has_a_hue_of_its_own() -> None:
    assert set(HUES) == set(Emotion)
    assert len(set(HUES.values())) == len(HUES)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_nothing_to_explain_is_said(lang: str) -> None:
    assert len(drawn(Explanation(), "", lang, colour=False).strip()) > 5


def test_a_text_cannot_steer_the_terminal() -> None:
    told = Explanation(emotion=Emotion.SAD, words=(WordShare(text="sad", start=5, end=8, share=1.0),))
    shown = drawn(told, "\x1b[2Jsad\x07[red]x[/red]\ud83d", "en", colour=False)
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "[red]x[/red]" in shown


def test_words_are_explained_for_people_and_programs() -> None:
    shown = attune("--text", "I am so happy to see you!", "--explain", NO_COLOR="1", ATTUNE_LANG="en").stdout
    assert "happy[happy +" in shown
    told = json.loads(attune("--text", "I am so happy to see you!", "--explain", "--json").stdout)["explanation"]
    assert told["emotion"] == "happy"
    assert max(told["words"], key=lambda word: word["share"])["text"] == "happy"


def test_nothing_is_explained_unasked() -> None:
    assert "explanation" not in json.loads(attune("--text", "I am so happy", "--json").stdout)


def test_a_batch_is_not_explained(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"id": 1, "text": "hello"}\n')
    assert isinstance(attune("--batch", str(rows), "--explain").exception, InputInvalid)


@pytest.mark.parametrize(
    "words", ["I am \udcff happy", "\ud83d", "\x1b[2J I am happy", "\u202eI am sad", "<b></b>", ""]
)
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_any_words_on_the_command_line(words: str, form: tuple[str, ...]) -> None:
    result = attune("--explain", *form, "--text", words, NO_COLOR="1")
    assert (result.exit_code, result.exception) == (0, None)
    assert "\x1b" not in result.stdout


def test_bytes_that_are_no_text_on_the_command_line() -> None:
    run = "from api.cli import main; main()"
    command = [sys.executable, "-c", run, "perceive", "--explain", "--json", "--text", b"I am \xff\xed\xa0\xbd happy"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=240)  # type: ignore[arg-type]
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["explanation"]["words"]


def test_rows_of_a_batch_with_halves_of_characters_are_named(tmp_path: Path) -> None:
    rows, out = tmp_path / "rows.jsonl", tmp_path / "out.jsonl"
    rows.write_text('{"id": "\\ud83d", "text": "I am so happy \\ud83d"}\n{"id": 2, "text": "", "lang": "\\udcff"}\n')
    assert attune("--batch", str(rows), "--out", str(out)).exit_code == 0
    assert ["half a character" in json.loads(line)["error"] for line in out.read_text("utf-8").splitlines()] == [
        True
    ] * 2


@pytest.mark.parametrize("translate", ["1", "0"])
def test_translation_is_by_setting(translate: str) -> None:
    with ScriptedEndpoint(reply="I am very sad today and I don't know why") as endpoint:
        result = attune(
            *("--text", "Estoy muy triste hoy y no sé por qué", "--json"),
            ATTUNE_TRANSLATE=translate,
            ATTUNE_BASE_URL=endpoint.base_url,
            ATTUNE_MODEL="scripted",
        )
    seen = json.loads(result.stdout)["observations"]["text"]
    assert len(endpoint.requests) == int(translate)
    assert (seen["scores"] is not None) is (translate == "1")
    assert seen["cues"][0]["code"] == ("translated" if translate == "1" else "language_unsupported")


def test_a_model_that_is_down_leaves_the_language_unsupported() -> None:
    with ScriptedEndpoint("error") as endpoint:
        result = attune(
            *("--text", "Estoy muy triste hoy y no sé por qué", "--json"),
            ATTUNE_TRANSLATE="1",
            ATTUNE_BASE_URL=endpoint.base_url,
            ATTUNE_MODEL="scripted",
        )
    seen = json.loads(result.stdout)["observations"]["text"]
    assert seen["status"] == "unsupported_language"
    assert seen["cues"][0]["params"]["why"] == "ChatModelFailed"


async def test_odd_words_over_http_and_translation_by_the_chat_model_of_the_agent() -> None:
    chat = ScriptedChatModel(["I am very sad today and I don't know why"])
    made = create_app(
        Settings(_env_file=None, translate=True, sense_timeout=60), agent_factory=lambda s: open_agent(s, chat=chat)
    )
    async with (
        served(made) as host,
        httpx.AsyncClient(base_url=f"http://{host}", trust_env=False, timeout=60) as client,
    ):
        for raw in (b"\xff\xfe", b"\xed\xa0\xbd I am happy", b"", b"\x00", b"<b>", b"so happy " * 10_000):
            body = b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n' + raw + b"\r\n--x--\r\n"
            answer = await client.post(
                "/v1/perceive", content=body, headers={"content-type": "multipart/form-data; boundary=x"}
            )
            assert answer.status_code in {200, 400}, (raw[:9], answer.text)
            json.loads(answer.content)
        asked = len(chat.calls)
        answer = await client.post("/v1/perceive", files={"text": (None, "Estoy muy triste hoy y no sé por qué")})
    seen = answer.json()["observations"]["text"]
    assert (seen["cues"][0]["code"], len(chat.calls) - asked) == ("translated", 1)
    assert seen["scores"] is not None
