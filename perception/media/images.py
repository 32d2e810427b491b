"""Pictures: bytes in, `Frame` out, under limits."""

from __future__ import annotations

import io
import warnings
from contextlib import nullcontext
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from perception.errors import MediaTooLarge, MediaUnreadable
from perception.media.limits import MediaLimits
from perception.media.values import Frame
from perception.observation import now

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF")

_KNOWN = "JPEG, PNG, WebP, BMP, GIF or TIFF"
# how lines begin that libtiff writes to standard error
_LIBTIFF = ("ZIP", "LZW", "JPEG", "Fax", "PackBits", "PixarLog", "LogLuv", "TIFF", "_TIFF", "Missing", "tempfile.tif")
_BEHIND = 128
"""Grey behind what is transparent: neither light nor shadow, and what was made invisible is not seen."""


def decode_image(
    data: bytes, *, limits: MediaLimits | None = None, captured_at: datetime | None = None, crop: bool = False
) -> Frame:
    """Decode a JPEG, PNG, WebP, BMP, GIF or TIFF picture into RGB, turned upright as its EXIF data says.

    Of several pictures in a file, the first. The size is read from the header, so that a picture of a billion pixels
    costs nothing.

    Raises:
        MediaTooLarge: more bytes or pixels than the limits allow.
        MediaUnreadable: empty, truncated, damaged, or in another format.
    """
    limits = limits or MediaLimits()
    if not data:
        raise MediaUnreadable(f"the picture is empty (0 bytes); send a {_KNOWN} file")
    if len(data) > limits.image_bytes:
        raise MediaTooLarge(
            f"the picture has {len(data):,} bytes, more than the limit of {limits.image_bytes:,}; send a smaller one"
        )
    # our own limit names the size, where Pillow's would only warn; what else it warns of is in damaged data about data
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pixels = _pixels(data, limits)
    return Frame(pixels=pixels, captured_at=captured_at or now(), crop=crop)


def _pixels(data: bytes, limits: MediaLimits) -> NDArray[np.uint8]:
    with _opened(data, limits) as picture:
        width, height = picture.size
        if width * height > limits.image_pixels:
            raise MediaTooLarge(
                f"the picture is {width} x {height}, more than {limits.image_pixels:,} pixels; send a smaller one"
            )
        try:
            return np.asarray(_opaque(_eight_bits(_upright(picture))), dtype=np.uint8)
        except Exception as error:  # whatever a decoder trips over, it is the picture that cannot be read
            raise MediaUnreadable(f"the {picture.format} picture is truncated or damaged ({error})") from error


def _opened(data: bytes, limits: MediaLimits) -> Image:
    from PIL import Image, UnidentifiedImageError

    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise MediaTooLarge(f"the picture has far more than {limits.image_pixels:,} pixels; send less") from error
    except UnidentifiedImageError as error:
        raise MediaUnreadable(
            f"the data (it starts with {data[:8]!r}) is no picture in a known format; send {_KNOWN}"
        ) from error
    except Exception as error:  # as above
        raise MediaUnreadable(f"the header of the picture is damaged ({error}); send it again") from error


def _upright(picture: Image) -> Image:
    from PIL import ImageOps

    from perception.vision.quiet import quiet_stderr

    with quiet_stderr(*_LIBTIFF) if picture.format == "TIFF" else nullcontext():
        picture.load()
    try:
        return ImageOps.exif_transpose(picture)
    except Exception:  # damaged EXIF data: the pixels are good
        return picture


def _eight_bits(picture: Image) -> Image:
    """Pillow clips 16 bits of grey, and numbers from 0 to 1, instead of scaling them."""
    if not picture.mode.startswith(("I", "F")):
        return picture
    from PIL import Image

    grey = np.nan_to_num(np.asarray(picture).astype(np.float64), nan=0.0)
    if picture.mode == "F":
        grey *= 255 if grey.max(initial=0.0) <= 1 else 1
    else:
        grey /= 257
    return Image.fromarray(np.clip(np.rint(grey), 0, 255).astype(np.uint8))


def _opaque(picture: Image) -> Image:
    """In RGB, over grey where it is transparent."""
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    from PIL import Image

    seen = picture.convert("RGBA")
    behind = Image.new("RGBA", seen.size, (_BEHIND, _BEHIND, _BEHIND, 255))
    return Image.alpha_composite(behind, seen).convert("RGB")
