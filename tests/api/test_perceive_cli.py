"""`attune perceive` with the weights that ship."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
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

ROOT = Path(__file__).parents[2]


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


def test_what_is_good_in_a_bad_row_is_perceived(astronaut: Path, tmp_path: Path) -> None:
    (tmp_path / "corrupt.wav").write_bytes(b"RIFF\x24\x00\x00\x00WAVEfmt garbage")
    row = {"id": 1, "text": "I am so happy!", "image": str(astronaut), "audio": "corrupt.wav"}
    (tmp_path / "rows.jsonl").write_text(json.dumps(row))
    (line,) = batch(tmp_path / "rows.jsonl")
    assert "corrupt.wav" in line["error"]
    assert list(line["observations"]) == ["vision", "text"]
    assert line["affect"]["top"] == "happy"


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


def test_batch_outlives_rows_that_nobody_would_write(tmp_path: Path) -> None:
    rows = [
        b'\xef\xbb\xbf{"id": 1, "text": "good"}',
        b'{"id": "\\ud800", "text": "x"}',
        b'{"id": 3, "image": "a\\u0000b"}',
        b'{"id": 4, "image": "\\ud800.png"}',
        b'{"id": ' + b"9" * 5_000 + b', "text": "x"}',
        b"[" * 100_000,
        b'{"id": 7, "text": "caf\xe9"}',
        b'{"id": NaN, "text": "x"}',
        b'{"id": [8], "text": "x"}',
        b'{"id": 10, "image": ""}',
        b" \r",
        '{"id": 12, "text": "one\u2028line\u0085only"}\r'.encode(),
        b'{"id": 13, "text": "good"}',
    ]
    manifest = tmp_path / "rows.jsonl"
    manifest.write_bytes(b"\n".join(rows))
    result = attune("perceive", "--batch", str(manifest))
    assert result.exit_code == 0, result.exception
    lines = [json.loads(line) for line in result.stdout.split("\n") if line]
    assert [line["id"] for line in lines] == [1, "\ud800", 3, 4, None, None, None, None, None, 10, 12, 13]
    assert [line["id"] for line in lines if "error" not in line] == [1, 12, 13]
    for line, reason in {
        1: "half a character",
        2: "null",
        3: "half a character",
        4: "digits",
        5: "recursion",
        6: "UTF-8",
        7: "NaN",
    }.items():
        assert reason in lines[line]["error"], lines[line]
        assert f"line {line + 1}" in lines[line]["error"]


class Tantrum:
    """A decoder of a third party on a bad day."""

    def __call__(self, *_: Any, **__: Any) -> Any:
        raise ZeroDivisionError("by zero, twice")


def test_batch_outlives_an_error_nobody_expected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("agent.manifest.read_image", Tantrum())
    manifest = tmp_path / "rows.jsonl"
    manifest.write_text('{"id": 1, "image": "x.png"}\n{"id": 2, "text": "fine"}\n')
    first, second = batch(manifest)
    assert first["error"] == "line 1: ZeroDivisionError: by zero, twice"
    assert "error" not in second
    assert "a row failed unexpectedly" in caplog.text


def test_the_options_of_a_batch_hold_for_rows_that_do_not_say_otherwise(astronaut: Path, tmp_path: Path) -> None:
    silence(tmp_path / "silence.wav", 0.1)
    picture(tmp_path / "wall.png", np.full((200, 200, 3), 128))
    manifest = tmp_path / "rows.jsonl"
    rows = [
        {"id": 1, "text": "I am so happy"},
        {"id": 2, "text": "I am so happy", "lang": "en"},
        {"id": 3, "image": "wall.png"},
        {"id": 4, "image": "wall.png", "crop": False},
        {"id": 5, "audio": "silence.wav"},
        {"id": 6, "audio": "silence.wav", "transcribe": False},
    ]
    manifest.write_text("\n".join(map(json.dumps, rows)))
    result = attune("perceive", "--batch", str(manifest), "--lang", "fr", "--crop", "--transcribe")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["observations"]["text"]["status"] for line in lines[:2]] == ["unsupported_language", "ok"]
    assert [line["observations"]["vision"]["status"] for line in lines[2:4]] == ["low_quality", "no_face"]
    assert [line.get("transcript") is not None for line in lines[4:]] == [True, False], lines[4:]


def test_batch_does_not_write_over_its_manifest(tmp_path: Path) -> None:
    manifest = tmp_path / "rows.jsonl"
    manifest.write_text('{"id": 1, "text": "fine"}\n')
    result = attune("perceive", "--batch", str(manifest), "--out", str(tmp_path / "." / "rows.jsonl"))
    assert isinstance(result.exception, InputInvalid)
    assert manifest.read_text() == '{"id": 1, "text": "fine"}\n'


def program(*arguments: str, **environment: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", "from api.cli import main; main()", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, **environment},
    )


def test_batch_where_the_encoding_holds_no_chinese(tmp_path: Path) -> None:
    manifest = tmp_path / "rows.jsonl"
    manifest.write_text('{"id": "一", "text": "我很难过"}\n', encoding="utf-8")
    with program("perceive", "--batch", str(manifest), PYTHONIOENCODING="ascii", LC_ALL="C") as process:
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"")
    assert json.loads(out.decode("ascii"))["id"] == "一"


def test_batch_reads_a_pipe_as_it_comes_and_stops_with_it() -> None:
    with program("perceive", "--batch", "/dev/stdin") as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        # with four rows under way the first is out
        process.stdin.write(b"".join(b'{"id": %d, "text": "fine"}\n' % number for number in range(4)))
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["id"] == 0
        process.send_signal(signal.SIGINT)
        process.stdin.close()
        left = process.stdout.read()
        assert process.wait(timeout=60) == 130
        assert process.stderr.read() == b""
        assert all("error" not in json.loads(line) for line in left.splitlines())


def test_batch_ends_quietly_when_nobody_reads_on(tmp_path: Path) -> None:
    manifest = tmp_path / "rows.jsonl"
    manifest.write_text("".join(f'{{"id": {number}, "text": "fine"}}\n' for number in range(400)))
    with program("perceive", "--batch", str(manifest)) as process:
        assert process.stdout
        assert process.stderr
        assert json.loads(process.stdout.readline())["id"] == 0
        process.stdout.close()
        assert process.wait(timeout=60) == 0
        assert process.stderr.read() == b""
