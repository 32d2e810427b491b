"""`attune perceive` with the weights that ship."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from PIL import Image
from typer.testing import CliRunner

from api.cli.app import app
from api.errors import InputInvalid
from perception import EMOTIONS, MediaUnreadable

pytestmark = pytest.mark.model


def attune(*arguments: str) -> Any:
    """The result of a command; an error of ours is in `.exception`, as the root command would meet it."""
    return CliRunner().invoke(app, list(arguments))


def picture(path: Path, pixels: Any) -> Path:
    Image.fromarray(np.asarray(pixels, np.uint8)).save(path)
    return path


@pytest.fixture(scope="module")
def astronaut(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = pytest.importorskip("skimage.data")
    return picture(tmp_path_factory.mktemp("faces") / "astronaut.png", data.astronaut())


def silence(path: Path, seconds: float = 2.0) -> Path:
    soundfile.write(path, np.zeros(int(16_000 * seconds)), 16_000)
    return path


def test_words() -> None:
    result = attune("perceive", "--text", "I am so happy to see you!", "--json")
    shown = json.loads(result.stdout)
    text = shown["observations"]["text"]
    assert text["status"] == "ok"
    assert list(text["scores"]) == [emotion.value for emotion in EMOTIONS]
    assert shown["affect"]["top"] == "happy"


def test_chinese_words() -> None:
    shown = json.loads(attune("perceive", "--text", "太好了，我真开心！", "--json").stdout)
    assert shown["affect"]["top"] == "happy"


def test_the_astronaut_smiles(astronaut: Path) -> None:
    shown = json.loads(attune("perceive", "--image", str(astronaut), "--json").stdout)
    assert shown["observations"]["vision"]["status"] == "ok"
    assert shown["affect"]["top"] == "happy"


def test_a_table_for_people(astronaut: Path) -> None:
    result = attune("perceive", "--image", str(astronaut), "--text", "What a day!")
    assert "vision" in result.stdout
    assert "happy" in result.stdout


def test_out_writes_a_file(tmp_path: Path) -> None:
    out = tmp_path / "seen.json"
    result = attune("perceive", "--text", "hello", "--out", str(out))
    assert result.stdout == ""
    assert json.loads(out.read_text())["observations"]["text"]["model"]


def test_no_face_and_silence_are_results_not_errors(tmp_path: Path) -> None:
    wall = picture(tmp_path / "wall.png", np.full((200, 200, 3), 128))
    result = attune(
        "perceive", "--image", str(wall), "--audio", str(silence(tmp_path / "s.wav")), "--text", "", "--json"
    )
    shown = json.loads(result.stdout)
    statuses = {modality: o["status"] for modality, o in shown["observations"].items()}
    assert statuses == {"vision": "no_face", "audio": "no_speech", "text": "empty"}
    assert shown["affect"] is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "nothing to perceive"),
        (("--image", "missing.jpg"), "missing.jpg"),
        (("--batch", "missing.jsonl"), "missing.jsonl"),
        (("--batch", "x", "--text", "y"), "manifest"),
        (("--text", "x", "--out", "/no/such/folder/x.json"), "/no/such/folder"),
    ],
)
def test_bad_options(arguments: tuple[str, ...], message: str) -> None:
    result = attune("perceive", *arguments)
    assert isinstance(result.exception, InputInvalid)
    assert message in str(result.exception)


def test_a_text_file_named_jpg(tmp_path: Path) -> None:
    fake = tmp_path / "face.jpg"
    fake.write_text("not a face")
    assert isinstance(attune("perceive", "--image", str(fake)).exception, MediaUnreadable)


def test_a_megabyte_of_text_is_read_in_part(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text(json.dumps({"id": 1, "text": "I am happy. " * 90_000}))
    (line,) = batch(rows)
    assert line["observations"]["text"]["cues"][0]["code"] == "text_truncated"


def batch(rows: Path) -> list[dict[str, Any]]:
    result = attune("perceive", "--batch", str(rows))
    assert result.exit_code == 0, result.exception
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_batch_answers_every_row_in_order_whatever_is_wrong_with_it(astronaut: Path, tmp_path: Path) -> None:
    (tmp_path / "corrupt.wav").write_bytes(b"RIFF\x24\x00\x00\x00WAVEfmt garbage")
    buffer = io.BytesIO()
    Image.new("RGB", (300, 300)).save(buffer, "JPEG")
    (tmp_path / "half.jpg").write_bytes(buffer.getvalue()[:200])
    silence(tmp_path / "silence.wav")
    rows: list[Any] = [
        {"id": "a", "text": "I am so happy!", "context": ["How are you?"], "lang": "en"},
        {"id": "b", "image": str(astronaut)},
        {"id": "c", "audio": "silence.wav", "transcribe": False},
        {"id": "d", "audio": "corrupt.wav"},
        {"id": "e", "image": "half.jpg"},
        {"id": "f", "image": "nowhere.jpg"},
        {"id": "g"},
        {"id": "h", "text": 5},
        {"text": "no id"},
        ["not a row"],
        {"id": "i", "text": "我很难过", "extra": "kept out"},
    ]
    manifest = tmp_path / "rows.jsonl"
    manifest.write_text("\n".join([*(json.dumps(row) for row in rows), "{broken", ""]), encoding="utf-8")
    lines = batch(manifest)
    assert [line["id"] for line in lines] == ["a", "b", "c", "d", "e", "f", "g", "h", None, None, "i", None]
    assert [line["id"] for line in lines if "error" not in line] == ["a", "b", "c", "i"]
    assert lines[0]["observations"]["text"]["scores"]["happy"] > 0.5
    assert lines[2]["observations"]["audio"]["status"] == "no_speech"
    assert lines[3]["affect"] is None
    assert "line 4" in lines[3]["error"]
    assert lines[10]["affect"]["top"] == "sad"
