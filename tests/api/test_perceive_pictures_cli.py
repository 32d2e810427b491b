"""Pictures of every kind through `attune perceive --image`: the right status, or one clear error."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import skimage.data
from PIL import Image, ImageDraw
from typer.testing import CliRunner

from api.cli.app import app
from api.errors import InputInvalid
from perception import MediaError, MediaTooLarge, MediaUnreadable

pytestmark = pytest.mark.model


def attune(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["perceive", *arguments])


def vision(path: Path, *arguments: str) -> dict[str, Any]:
    result = attune("--image", str(path), "--json", *arguments)
    assert result.exception is None, result.exception
    seen: dict[str, Any] = json.loads(result.stdout)["observations"]["vision"]
    return seen


def top(seen: dict[str, Any]) -> str:
    return max(seen["scores"], key=seen["scores"].get)


@pytest.fixture(scope="module")
def astronaut() -> Image.Image:
    return Image.fromarray(np.asarray(skimage.data.astronaut())[:256, 96:352])


def sixteen_bits(face: Image.Image) -> Image.Image:
    return Image.fromarray(np.asarray(face.convert("L")).astype(np.uint16) * 257)


def lying(face: Image.Image) -> Image.Image:
    """As a camera that was held upright stores it; the EXIF data say how to turn it."""
    return face.transpose(Image.Transpose.ROTATE_90)


def exif(orientation: int) -> Image.Exif:
    made = Image.Exif()
    made[0x0112] = orientation
    return made


SAVED: dict[str, Callable[[Image.Image, Path], None]] = {
    "grey.png": lambda face, to: face.convert("L").save(to),
    "opaque.png": lambda face, to: face.convert("RGBA").save(to),
    "palette.png": lambda face, to: face.convert("P").save(to),
    "sixteen.png": lambda face, to: sixteen_bits(face).save(to),
    "sixteen.tiff": lambda face, to: sixteen_bits(face).save(to),
    "plain.tiff": lambda face, to: face.save(to, compression="tiff_lzw"),
    "print.jpg": lambda face, to: face.convert("CMYK").save(to),
    "lying.jpg": lambda face, to: lying(face).save(to, exif=exif(6)),
    "still.gif": lambda face, to: face.save(to),
    "moving.gif": lambda face, to: face.save(to, save_all=True, append_images=[Image.new("RGB", face.size)]),
    "moving.webp": lambda face, to: face.save(to, save_all=True, append_images=[Image.new("RGB", face.size)]),
    "wrong-suffix.bmp": lambda face, to: face.save(to, "PNG"),
}


@pytest.mark.parametrize("name", SAVED)
def test_a_smile_in_every_kind_of_file(astronaut: Image.Image, tmp_path: Path, name: str) -> None:
    SAVED[name](astronaut, tmp_path / name)
    seen = vision(tmp_path / name)
    assert (seen["status"], top(seen)) == ("ok", "happy")


def drawing() -> Image.Image:
    picture = Image.new("RGB", (300, 300), "white")
    pen = ImageDraw.Draw(picture)
    pen.ellipse((60, 60, 240, 240), outline="black", width=4)
    for left in (110, 170):
        pen.ellipse((left, 120, left + 20, 140), fill="black")
    pen.arc((110, 140, 190, 200), 20, 160, fill="black", width=4)
    return picture


@pytest.mark.parametrize(
    ("name", "picture"),
    [
        ("dot", Image.new("RGB", (1, 1))),
        ("wall", Image.new("RGB", (640, 480), (120, 130, 90))),
        ("wide", Image.new("RGB", (20_000, 300))),
        ("high", Image.new("L", (2, 20_000))),
        ("coffee", Image.fromarray(skimage.data.coffee())),
        ("clear", Image.new("RGBA", (300, 300), (0, 0, 0, 0))),
    ],
)
def test_no_face(tmp_path: Path, name: str, picture: Image.Image) -> None:
    picture.save(tmp_path / f"{name}.png")
    seen = vision(tmp_path / f"{name}.png")
    assert (seen["status"], seen["scores"]) == ("no_face", None)


def test_a_drawing_is_no_smile_to_be_sure_of(tmp_path: Path) -> None:
    drawing().save(tmp_path / "smiley.png")
    assert vision(tmp_path / "smiley.png")["status"] in {"no_face", "uncertain", "low_quality"}


def test_a_face_in_a_very_wide_picture(astronaut: Image.Image, tmp_path: Path) -> None:
    wide = Image.new("RGB", (20_000, 400), (90, 90, 90))
    wide.paste(astronaut, (9_000, 70))
    wide.save(tmp_path / "wide.png")
    assert vision(tmp_path / "wide.png")["status"] in {"ok", "no_face"}


@pytest.mark.parametrize("size", [(1, 1), (2, 300), (300, 2), (20_000, 4)])
def test_crops_of_odd_sizes_are_too_poor(tmp_path: Path, size: tuple[int, int]) -> None:
    Image.new("RGB", size, (90, 90, 90)).save(tmp_path / "crop.png")
    assert vision(tmp_path / "crop.png", "--crop")["status"] == "low_quality"


@pytest.mark.parametrize(("left", "above"), [(150, 0), (0, 60), (70, 75)])
def test_a_face_at_the_border(tmp_path: Path, left: int, above: int) -> None:
    face = np.asarray(skimage.data.astronaut())[above : above + 200, left + 60 : left + 260]
    Image.fromarray(face).save(tmp_path / "edge.png")
    seen = vision(tmp_path / "edge.png")
    assert seen["status"] in {"ok", "uncertain", "low_quality", "no_face"}
    assert seen["status"] != "ok" or top(seen) == "happy"


def test_thirty_faces(tmp_path: Path) -> None:
    face = np.asarray(skimage.data.astronaut())[20:200, 140:310]
    grid = np.tile(cv2.resize(face, (170, 180)), (5, 6, 1))
    Image.fromarray(grid).save(tmp_path / "crowd.png")
    seen = vision(tmp_path / "crowd.png")
    assert (seen["status"], top(seen)) == ("ok", "happy")
    (counted,) = [cue for cue in seen["cues"] if cue["code"] == "faces"]
    assert counted["params"]["count"] in range(20, 31)


def png_header(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    bodies = (b"IHDR" + header, b"IDAT" + zlib.compress(bytes(1000)), b"IEND")
    chunks = (struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body)) for body in bodies)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def truncated() -> bytes:
    import io

    buffer = io.BytesIO()
    Image.fromarray(skimage.data.astronaut()).save(buffer, "JPEG")
    return buffer.getvalue()[:9000]


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        pytest.param(b"", MediaUnreadable, "empty", id="empty"),
        pytest.param(b"\xff\xd8\xff" + bytes(500), MediaUnreadable, "bad.jpg", id="damaged"),
        pytest.param(truncated(), MediaUnreadable, "truncated", id="truncated"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'/>", MediaUnreadable, "known format", id="svg"),
        pytest.param(b"%PDF-1.7 " + bytes(99), MediaUnreadable, "known format", id="pdf"),
        pytest.param(b"\0\0\0\x18ftypheic" + bytes(99), MediaUnreadable, "known format", id="heic"),
        pytest.param(png_header(8_000, 8_000), MediaTooLarge, "8000 x 8000", id="large"),
        pytest.param(png_header(60_000, 60_000), MediaTooLarge, "pixels", id="bomb"),
        pytest.param(png_header(2**31 - 1, 2**31 - 1), MediaError, "bad.jpg", id="absurd"),
        pytest.param(b"\xff\xd8\xff" + bytes(10_000_001), MediaTooLarge, "bytes", id="many bytes"),
    ],
)
def test_what_is_no_picture(tmp_path: Path, data: bytes, error: type[Exception], message: str) -> None:
    (tmp_path / "bad.jpg").write_bytes(data)
    result = attune("--image", str(tmp_path / "bad.jpg"))
    assert isinstance(result.exception, error)
    assert message in str(result.exception)
    assert "bad.jpg" in str(result.exception)


@pytest.mark.parametrize("name", ["", "gone.png"])
def test_no_file(tmp_path: Path, name: str) -> None:
    result = attune("--image", f"{tmp_path}/{name}")
    assert isinstance(result.exception, InputInvalid)
    assert "check its path" in str(result.exception)


class TestExplained:
    @pytest.fixture
    def smile(self, astronaut: Image.Image, tmp_path: Path) -> str:
        astronaut.save(tmp_path / "smile.png")
        return str(tmp_path / "smile.png")

    def test_the_parts_of_the_face_are_named(self, smile: str, monkeypatch: pytest.MonkeyPatch) -> None:
        assert "mouth +" in attune("--image", smile, "--explain").stdout
        monkeypatch.setenv("ATTUNE_LANG", "zh")
        assert "脸上显出“高兴”的部位：嘴 +" in attune("--image", smile, "--explain").stdout

    def test_as_json(self, smile: str) -> None:
        shown = json.loads(attune("--image", smile, "--explain", "--json").stdout)
        assert shown["heat"]["emotion"] == "happy"
        assert shown["heat"]["carried_by"][0] == "mouth"
        assert "heat" not in json.loads(attune("--image", smile, "--json").stdout)

    @pytest.mark.parametrize("lang", ["en", "zh"])
    @pytest.mark.parametrize("suffix", ["png", "svg"])
    def test_drawn(self, smile: str, tmp_path: Path, lang: str, suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ATTUNE_LANG", lang)
        out = tmp_path / f"heat.{suffix}"
        result = attune("--image", smile, "--explain", "--out", str(out))
        assert (result.exception, result.stdout) == (None, "")
        if suffix == "png":
            with Image.open(out) as drawn:
                assert drawn.width > 1000
        else:
            assert "<svg" in out.read_text()

    def test_drawn_and_told(self, smile: str, tmp_path: Path) -> None:
        out = tmp_path / "heat.png"
        result = attune("--image", smile, "--explain", "--json", "--out", str(out))
        assert json.loads(result.stdout)["heat"]["regions"]
        assert out.stat().st_size > 10_000

    def test_json_to_a_file(self, smile: str, tmp_path: Path) -> None:
        attune("--image", smile, "--explain", "--out", str(tmp_path / "seen.json"))
        assert json.loads((tmp_path / "seen.json").read_text())["heat"]["carried_by"]

    def test_with_words_both_are_explained(self, smile: str) -> None:
        shown = json.loads(attune("--image", smile, "--text", "I am so happy", "--explain", "--json").stdout)
        assert shown["heat"]["emotion"] == shown["explanation"]["emotion"] == "happy"

    def test_without_a_face_there_is_nothing_to_draw(self, tmp_path: Path) -> None:
        Image.new("RGB", (200, 200)).save(tmp_path / "wall.png")
        wall, out = str(tmp_path / "wall.png"), tmp_path / "heat.png"
        assert "heat" not in json.loads(attune("--image", wall, "--explain", "--json").stdout)
        result = attune("--image", wall, "--explain", "--out", str(out))
        assert isinstance(result.exception, InputInvalid)
        assert "no_face" in str(result.exception)
        assert not out.exists()

    @pytest.mark.parametrize("arguments", [("--text", "hello"), ("--text", "hello", "--explain")])
    def test_words_have_no_heat_map(self, tmp_path: Path, arguments: tuple[str, ...]) -> None:
        result = attune(*arguments, "--out", str(tmp_path / "heat.png"))
        assert isinstance(result.exception, InputInvalid)
        assert "--image" in str(result.exception)

    def test_a_folder_that_is_not_there(self, smile: str) -> None:
        result = attune("--image", smile, "--explain", "--out", "/no/such/folder/x.png")
        assert isinstance(result.exception, InputInvalid)

    def test_where_faces_may_not_be_read(self, smile: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ATTUNE_DEPLOYMENT_CONTEXT", "workplace")
        shown = json.loads(attune("--image", smile, "--explain", "--json").stdout)
        assert shown["observations"]["vision"]["status"] == "disabled"
        assert "heat" not in shown
