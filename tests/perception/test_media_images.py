"""Pictures under limits: every kind of bad one has its own clear error."""

from __future__ import annotations

import io
import struct
import zlib

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


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "BMP"])
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
        pytest.param(encoded(file_format="GIF"), id="GIF"),
        pytest.param(bytes(1000), id="zeros"),
    ],
)
def test_what_is_no_picture(data: bytes) -> None:
    with pytest.raises(MediaUnreadable):
        decode_image(data)
