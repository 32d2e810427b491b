"""Media: decoding under limits. The values themselves are in `perception`."""

from perception.media.images import decode_image
from perception.media.limits import MediaLimits

__all__ = ["MediaLimits", "decode_image"]
