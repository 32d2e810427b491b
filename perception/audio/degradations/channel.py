"""Channels: what microphones, converters, codecs and lines leave of a sound. Length and timing stay."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from perception.audio.frames import Floats
from perception.errors import CodecMissing
from perception.media.values import SAMPLE_RATE

if TYPE_CHECKING:
    from av.packet import Packet

TELEPHONE_HZ: Final = (300.0, 3400.0)
"""Where the band of a telephone ends, both on the way in and on the way out (ITU-T G.712)."""
OPUS_BPS: Final = 24_000
"""Bits a second that calls in a browser settle near."""
_TAPS: Final = 401
_MU: Final = 255.0
_OPUS_RATE: Final = 48_000


def gain(samples: Floats, decibels: float) -> Floats:
    """Louder or softer, and cut off at full scale as a converter would."""
    louder: Floats = np.clip(samples * np.float32(10 ** (decibels / 20)), -1.0, 1.0)
    return louder


def low_pass(samples: Floats, hertz: float) -> Floats:
    """Without what lies above so many hertz, in (0, 8000)."""
    return _filtered(samples, _taps(None, float(hertz)))


def tilt(samples: Floats, decibels_an_octave: float) -> Floats:
    """Brighter (above 0) or duller (below), turning about 1 kHz, between 100 Hz and 8 kHz; the power stays."""
    from scipy.fft import irfft, next_fast_len, rfft

    if not len(samples):
        return samples
    size = next_fast_len(len(samples), real=True)
    spectrum = rfft(samples, size)
    hertz = np.maximum(np.arange(len(spectrum)) * (SAMPLE_RATE / size), 100.0)
    spectrum *= 10 ** (decibels_an_octave * np.log2(hertz / 1000.0) / 20).astype(np.float32)
    tilted = irfft(spectrum, size)[: len(samples)]
    before, after = np.linalg.norm(samples), np.linalg.norm(tilted)
    return (tilted * (before / after)).astype(np.float32) if after > 0 else samples


def telephone(samples: Floats) -> Floats:
    """Over an old line: 300 to 3400 Hz, 8 kHz, 8 bits a sample by the continuous mu-law of ITU-T G.711."""
    band = _taps(*TELEPHONE_HZ)
    sent = np.clip(_filtered(samples, band)[::2], -1.0, 1.0)
    codes = np.round(127 * np.sign(sent) * np.log1p(_MU * np.abs(sent)) / np.log1p(_MU))
    received = np.zeros(len(samples), dtype=np.float32)
    received[::2] = 2 * np.sign(codes) * np.expm1(np.abs(codes) / 127 * np.log1p(_MU)) / _MU
    return _filtered(received, band)


def opus(samples: Floats, bits_a_second: int = OPUS_BPS) -> Floats:
    """Through Opus, as calls and voice messages go. The delay of the codec is taken out.

    Raises:
        CodecMissing: FFmpeg was built without libopus.
    """
    if not len(samples):
        return samples
    header, packets = _encoded(samples, bits_a_second)
    decoded = _decoded(header, packets)[:: _OPUS_RATE // SAMPLE_RATE]
    return np.pad(decoded, (0, max(0, len(samples) - len(decoded))))[: len(samples)]


def _encoded(samples: Floats, bits_a_second: int) -> tuple[bytes, list[Packet[Any]]]:
    import av

    if "libopus" not in av.codecs_available:
        raise CodecMissing("FFmpeg of the package av has no libopus; install av from PyPI: pip install --upgrade av")
    # packets of 60 ms hold three frames of 20 ms each: the same sound for a third of the calls
    options = {"application": "voip", "frame_duration": "60", "compression_level": "5"}
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.format, encoder.layout = SAMPLE_RATE, "flt", "mono"
    encoder.bit_rate, encoder.options = bits_a_second, options
    encoder.open()
    size = encoder.frame_size
    padded = np.pad(np.clip(samples, -1.0, 1.0), (0, -len(samples) % size + size))
    packets: list[Packet[Any]] = []
    for at in range(0, len(padded), size):
        frame = av.AudioFrame.from_ndarray(padded[None, at : at + size], format="flt", layout="mono")
        frame.sample_rate, frame.pts = SAMPLE_RATE, at
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    return bytes(encoder.extradata or b""), packets


def _decoded(header: bytes, packets: list[Packet[Any]]) -> Floats:
    import av

    decoder = av.CodecContext.create("opus", "r")
    decoder.extradata, decoder.sample_rate, decoder.layout = header, _OPUS_RATE, "mono"
    frames = [frame.to_ndarray()[0] for packet in [*packets, None] for frame in decoder.decode(packet)]
    return np.concatenate(frames) if frames else np.zeros(0, dtype=np.float32)


@lru_cache(maxsize=32)
def _taps(low: float | None, high: float) -> Floats:
    from scipy.signal import firwin

    # the ends of the band lie in the slopes of the filter, which are 65 Hz wide on either side
    edges = high - 65 if low is None else [low + 65, high - 65]
    taps: Floats = firwin(_TAPS, edges, fs=SAMPLE_RATE, pass_zero=low is None).astype(np.float32)
    return taps


def _filtered(samples: Floats, taps: Floats) -> Floats:
    from scipy.signal import oaconvolve

    if not len(samples):
        return samples
    delay = len(taps) // 2
    filtered: Floats = oaconvolve(samples, taps)[delay : delay + len(samples)].astype(np.float32)
    return filtered
