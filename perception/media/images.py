"""Pictures: bytes in, `Frame` out, under limits."""

from __future__ import annotations

import io
import warnings
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from perception.errors import MediaTooLarge, MediaUnreadable
from perception.media.limits import MediaLimits
from perception.media.values import Frame
from perception.observation import now

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("JPEG", "PNG", "WEBP", "BMP")


def decode_image(
    data: bytes, *, limits: MediaLimits | None = None, captured_at: datetime | None = None, crop: bool = False
) -> Frame:
    """Decode a JPEG, PNG, WebP or BMP picture into RGB, turned upright as its EXIF data says.

    The size is read from the header, so that a picture of a billion pixels costs nothing.

    Raises:
        MediaTooLarge: more bytes or pixels than the limits allow.
        MediaUnreadable: empty, truncated, damaged, or in another format.
    """
    limits = limits or MediaLimits()
    if not data:
        raise MediaUnreadable("the picture is empty (0 bytes); send a JPEG, PNG, WebP or BMP file")
    if len(data) > limits.image_bytes:
        raise MediaTooLarge(
            f"the picture has {len(data):,} bytes, more than the limit of {limits.image_bytes:,}; send a smaller one"
        )
    return Frame(pixels=_pixels(data, limits), captured_at=captured_at or now(), crop=crop)


def _pixels(data: bytes, limits: MediaLimits) -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        # our own limit is checked below and names the size; Pillow's bomb warning would come first
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise MediaTooLarge(f"the picture has far more than {limits.image_pixels:,} pixels; send less") from error
    except UnidentifiedImageError as error:
        raise MediaUnreadable(
            f"the data (it starts with {data[:8]!r}) is no picture in a known format; send JPEG, PNG, WebP or BMP"
        ) from error
    except (OSError, ValueError, SyntaxError) as error:
        raise MediaUnreadable(f"the header of the picture is damaged ({error}); send it again") from error
    with picture:
        width, height = picture.size
        if width * height > limits.image_pixels:
            raise MediaTooLarge(
                f"the picture is {width} x {height}, more than {limits.image_pixels:,} pixels; send a smaller one"
            )
        try:
            upright = _eight_bits(ImageOps.exif_transpose(picture)).convert("RGB")
        except (OSError, ValueError, SyntaxError) as error:
            raise MediaUnreadable(f"the {picture.format} picture is truncated or damaged ({error})") from error
    return np.asarray(upright, dtype=np.uint8)


def _eight_bits(picture: Image) -> Image:
    """Pillow clips 16 bits of grey to white instead of scaling them."""
    if not picture.mode.startswith("I"):
        return picture
    from PIL import Image

    grey = np.asarray(picture).astype(np.float64) / 257
    return Image.fromarray(np.clip(np.rint(grey), 0, 255).astype(np.uint8))
