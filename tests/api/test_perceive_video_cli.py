"""`attune perceive --video`: a face over time, drawn, and one clear error for what is no video."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import skimage.data
import soundfile
from PIL import Image
from typer.testing import CliRunner

from api.cli.app import app
from api.errors import InputInvalid
from perception import MediaUnreadable

pytestmark = pytest.mark.model

FACES, WALLS, RATE = 12, 8, 10


def attune(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["perceive", *arguments])


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A smile for 1.2 s, then a wall for 0.8 s."""
    path = tmp_path_factory.mktemp("video") / "smile.avi"
    face = np.ascontiguousarray(np.asarray(skimage.data.astronaut())[:256, 96:352, ::-1])
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), RATE, (256, 256))
    for number in range(FACES + WALLS):
        writer.write(face if number < FACES else np.full_like(face, 90))
    writer.release()
    return str(path)


def test_each_frame_and_all_together(video: str) -> None:
    shown = json.loads(attune("--video", video, "--json").stdout)
    assert [frame["at"] for frame in shown["frames"]] == [0.2, 0.6, 1.0, 1.4, 1.8]
    assert [frame["status"] for frame in shown["frames"]] == ["ok"] * 3 + ["no_face"] * 2
    whole = shown["observations"]["vision"]
    assert whole["status"] == "ok"
    assert whole["cues"] == [{"code": "frames", "params": {"read": 3, "of": 5}}]
    assert max(whole["scores"], key=whole["scores"].get) == shown["affect"]["top"] == "happy"
    assert whole["quality"] < 0.7


@pytest.mark.parametrize(("lang", "line"), [("en", "3 of 5 frames read (ok 3, no_face 2)"), ("zh", "5 帧中读出 3 帧")])
def test_for_people(video: str, lang: str, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTUNE_LANG", lang)
    told = attune("--video", video).stdout
    assert line in told
    assert "0.20 s" in told


def test_more_frames_than_there_are(video: str, tmp_path: Path) -> None:
    out = tmp_path / "seen.json"
    assert attune("--video", video, "--frames", "100000", "--out", str(out)).stdout == ""
    shown = json.loads(out.read_text())
    assert shown["observations"]["vision"]["cues"][0]["params"] == {"read": FACES, "of": FACES + WALLS}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("frames", ["1", "9"])
def test_drawn(video: str, tmp_path: Path, lang: str, frames: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTUNE_LANG", lang)
    out = tmp_path / "emotions.png"
    result = attune("--video", video, "--frames", frames, "--plot", "--out", str(out))
    assert (result.exception, result.stdout) == (None, "")
    with Image.open(out) as drawn:
        assert drawn.width > 1200


def test_drawn_and_told(video: str, tmp_path: Path) -> None:
    out = tmp_path / "emotions.svg"
    shown = json.loads(attune("--video", video, "--frames", "2", "--plot", "--json", "--out", str(out)).stdout)
    assert len(shown["frames"]) == 2
    assert "<svg" in out.read_text()


def test_nobody_in_the_video(tmp_path: Path) -> None:
    path = tmp_path / "wall.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), RATE, (128, 128))
    for _ in range(6):
        writer.write(np.full((128, 128, 3), 90, dtype=np.uint8))
    writer.release()
    shown = json.loads(attune("--video", str(path), "--frames", "3", "--json").stdout)
    assert shown["observations"]["vision"]["status"] == "no_face"
    assert shown["affect"] is None
    result = attune("--video", str(path), "--frames", "3", "--plot", "--out", str(tmp_path / "x.png"))
    assert result.exception is None
    assert (tmp_path / "x.png").exists()


def test_where_faces_may_not_be_read(video: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTUNE_DEPLOYMENT_CONTEXT", "education")
    shown = json.loads(attune("--video", video, "--frames", "2", "--json").stdout)
    assert shown["observations"]["vision"]["status"] == "disabled"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--frames", "3"), "--video"),
        (("--text", "x", "--plot"), "--video"),
        (("--video", "v", "--text", "x"), "the video"),
        (("--video", "v", "--explain"), "--explain"),
        (("--video", "v", "--batch", "b"), "--batch"),
        (("--video", "v", "--plot"), "--out"),
        (("--video", "gone.mp4"), "gone.mp4"),
        (("--video", "."), "is a directory"),
    ],
)
def test_bad_options(arguments: tuple[str, ...], message: str) -> None:
    result = attune(*arguments)
    assert isinstance(result.exception, InputInvalid)
    assert message in str(result.exception)


def test_no_frames() -> None:
    assert attune("--video", "v.mp4", "--frames", "0").exit_code == 2


def test_what_is_no_video(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "voice.wav", np.zeros(16_000), 16_000)
    (tmp_path / "text.mp4").write_text("not a video")
    (tmp_path / "damaged.mp4").write_bytes(b"\0\0\0\x18ftypmp42" + bytes(9000))
    for name in ("voice.wav", "text.mp4", "damaged.mp4"):
        result = attune("--video", str(tmp_path / name))
        assert isinstance(result.exception, MediaUnreadable), name
        assert name in str(result.exception)


def test_the_picture_cannot_be_written(video: str) -> None:
    result = attune("--video", video, "--frames", "1", "--plot", "--out", "/no/such/folder/x.png")
    assert isinstance(result.exception, InputInvalid)
