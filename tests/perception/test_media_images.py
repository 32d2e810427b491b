"""Pictures under limits: every kind of bad one has its own clear error."""

from __future__ import annotations

import io
import struct
import zlib
from contextlib import suppress

import numpy as np
import pytest
from PIL import Image

from perception import MediaTooLarge, MediaUnreadable
from perception.media import MediaLimits, decode_image

pytestmark = pytest.mark.unit


def encoded(size: tuple[int, int] = (64, 48), file_format: str = "JPEG", **options: object) -> bytes:
    random = np.random.default_rng(0).integers(0, 255, (size[1], size[0], 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(random).save(buffer, file_format, **options)
    return buffer.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG that says how large it is, and is tiny."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    bodies = (b"IHDR" + header, b"IDAT" + zlib.compress(b"\0"), b"IEND")
    chunks = (struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body)) for body in bodies)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF"])
def test_formats(file_format: str) -> None:
    frame = decode_image(encoded(file_format=file_format), crop=True)
    assert frame.pixels.shape == (48, 64, 3)
    assert frame.crop


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "1", "I;16"])
def test_every_mode_becomes_rgb(mode: str) -> None:
    buffer = io.BytesIO()
    Image.new(mode, (5, 4)).save(buffer, "PNG")
    assert decode_image(buffer.getvalue()).pixels.shape == (4, 5, 3)


def test_sixteen_bits_of_grey_are_scaled() -> None:
    ramp = np.linspace(0, 65535, 256).round()[None].repeat(4, axis=0)
    buffer = io.BytesIO()
    Image.fromarray(ramp.astype(np.uint16)).save(buffer, "PNG")
    pixels = decode_image(buffer.getvalue()).pixels
    assert (pixels == np.arange(256, dtype=np.uint8)[None, :, None]).all()


def test_exif_orientation_is_applied() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert decode_image(encoded((64, 48), exif=exif)).pixels.shape == (64, 48, 3)


@pytest.mark.parametrize("side", [6_000, 30_000, 200_000])
def test_too_many_pixels_are_refused_by_the_header(side: int) -> None:
    with pytest.raises(MediaTooLarge, match="pixels"):
        decode_image(png_header(side, side))


def test_too_many_bytes() -> None:
    with pytest.raises(MediaTooLarge, match="limit of 100"):
        decode_image(encoded(), limits=MediaLimits(image_bytes=100))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"Dear diary, this is a text file called face.jpg", id="text"),
        pytest.param(encoded()[:-400], id="truncated JPEG"),
        pytest.param(encoded()[:30], id="only a header"),
        pytest.param(encoded(file_format="PNG")[:200], id="truncated PNG"),
        pytest.param(encoded(file_format="PPM"), id="a format that is not taken"),
        pytest.param(bytes(1000), id="zeros"),
    ],
)
def test_what_is_no_picture(data: bytes) -> None:
    with pytest.raises(MediaUnreadable):
        decode_image(data)


def saved(picture: Image.Image, file_format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, file_format, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("file_format", ["GIF", "WEBP", "PNG", "TIFF"])
def test_of_several_pictures_the_first_is_taken(file_format: str) -> None:
    first, second = (Image.new("RGB", (40, 30), colour) for colour in ("red", "blue"))
    data = saved(first, file_format, save_all=True, append_images=[second])
    assert decode_image(data).pixels[15, 20].astype(int) == pytest.approx((255, 0, 0), abs=3)


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK", "RGBA", "I;16", "F", "1", "P"])
def test_tiff_of_every_mode(mode: str) -> None:
    assert decode_image(saved(Image.new(mode, (5, 4)), "TIFF")).pixels.shape == (4, 5, 3)


@pytest.mark.parametrize("highest", [1.0, 255.0])
def test_numbers_with_a_point_are_scaled(highest: float) -> None:
    ramp = np.linspace(0, highest, 256, dtype=np.float32)[None].repeat(4, axis=0)
    ramp[0, 0] = np.nan
    pixels = decode_image(saved(Image.fromarray(ramp), "TIFF")).pixels
    assert (pixels == np.arange(256, dtype=np.uint8)[None, :, None]).all()


def test_print_colours_become_screen_colours() -> None:
    cyan = decode_image(saved(Image.new("CMYK", (16, 16), (255, 0, 0, 0)), "JPEG")).pixels[8, 8]
    assert cyan[0] < 60 < 150 < cyan[1]


def test_what_was_made_transparent_is_not_seen() -> None:
    hidden = np.zeros((8, 8, 4), dtype=np.uint8)
    hidden[..., 0] = 255
    hidden[4:, :, 3] = 255
    pixels = decode_image(saved(Image.fromarray(hidden), "PNG")).pixels
    assert (pixels[:4] == 128).all()
    assert (pixels[4:] == (255, 0, 0)).all()


def test_damaged_exif_data_costs_nothing_but_the_turning() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encoded((64, 48), exif=exif)
    at = data.index(b"Exif") + 14
    assert decode_image(data[:at] + b"\xff" * 6 + data[at + 6 :]).pixels.shape == (48, 64, 3)


@pytest.mark.parametrize(
    ("file_format", "options"),
    [
        ("JPEG", {}),
        ("PNG", {}),
        ("WEBP", {}),
        ("BMP", {}),
        ("GIF", {}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("TIFF", {"compression": "tiff_adobe_deflate"}),
        ("TIFF", {"compression": "jpeg"}),
    ],
)
def test_damaged_bytes_are_a_picture_or_an_error_of_ours(
    file_format: str, options: dict[str, object], capfd: pytest.CaptureFixture[str]
) -> None:
    good = encoded((50, 40), file_format, **options)
    random = np.random.default_rng(7)
    for _ in range(60):
        data = bytearray(good)
        for at in random.integers(0, random.choice([40, 200, len(data)]), random.choice([1, 4, 30])):
            data[min(at, len(data) - 1)] = random.integers(256)
        with suppress(MediaTooLarge, MediaUnreadable):
            assert decode_image(bytes(data[: random.integers(1, 2 * len(data))])).pixels.dtype == np.uint8
    assert capfd.readouterr().err == ""
