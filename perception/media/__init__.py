"""Media: decoding under limits. The values themselves are in `perception`."""

from perception.media.audio import decode_audio, decode_part, pcm16_clip
from perception.media.files import read_audio, read_image
from perception.media.images import decode_image
from perception.media.limits import MediaLimits

__all__ = [
    "MediaLimits",
    "decode_audio",
    "decode_image",
    "decode_part",
    "pcm16_clip",
    "read_audio",
    "read_image",
]
