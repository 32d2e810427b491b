"""Recordings that are nearly the same: at another gain, encoded again, trimmed a little.

The method is Haitsma & Kalker, "A highly robust audio fingerprinting system" (ISMIR 2002). Own code and not
`chromaprint`: that is a C library to be installed beside Python, made for music, and says little of clips under three
seconds; most clips of acted speech are shorter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from math import gcd
from typing import Final

import numpy as np
from numpy.typing import NDArray

from perception.training.splits.fingerprints.values import AudioFingerprint

BIT_ERROR: Final = 0.15
"""Up to this part of different bits two recordings are nearly the same.

The paper takes 0.35 for music. Among 7,752 clips of acted speech, 4,896 pairs of different takes come under 0.35 and
the nearest is at 0.18 (TESS: one carrier sentence, one actress); most copies encoded again with Opus, Vorbis or MP3 lie
at 0.03 to 0.10.
"""

_RATE: Final = 5_000
_FRAME: Final = 1_850
"""Samples: 0.37 s, of which each next frame repeats 31 of 32 parts."""
_FFT: Final = 2_048
_HOP: Final = _FRAME / 32
_BINS: Final = np.ceil(np.geomspace(300, 2_000, 34) * _FFT / _RATE).astype(np.int64)
"""Where each of 33 bands begins, equally wide on a logarithmic axis from 300 to 2,000 Hz, and where the last ends."""
_QUIET: Final = 1e-3
"""A frame with less energy than this part of the loudest (-30 dB) holds noise, whose bits are chance."""
_COMPARED: Final = 32
"""Fewest codes in common that say something; so many are 0.37 s."""
_CHUNK: Final = 20_000
_BLOCK: Final = 4_096

Floats = NDArray[np.float32]
Codes = NDArray[np.uint32]


def audio_fingerprint(samples: Floats, rate: int) -> AudioFingerprint:
    """Fingerprint of a recording.

    Args:
        samples: mono, in [-1, 1].
        rate: samples per second, 5,000 or more.

    Raises:
        ValueError: not one row of finite samples, or too low a rate.
    """
    if samples.ndim != 1 or rate < _RATE or not np.isfinite(samples).all():
        raise ValueError(
            f"a recording is one row of finite samples at {_RATE} Hz or more, got shape {samples.shape} at {rate} Hz"
        )
    heard = _between_silence(np.clip(np.rint(samples * 32_768.0), -32_768, 32_767).astype("<i2"))
    exact = blake2b(f"{rate}:".encode() + heard.tobytes(), digest_size=16).hexdigest()
    codes, loud = _codes(heard.astype(np.float32), rate)
    return AudioFingerprint(exact=exact, codes=codes.tobytes(), loud=loud.tobytes())


def _between_silence(samples: NDArray[np.int16]) -> NDArray[np.int16]:
    sounding = np.flatnonzero(samples)
    return samples[sounding[0] : sounding[-1] + 1] if len(sounding) else samples[:0]


def _codes(samples: Floats, rate: int) -> tuple[Codes, NDArray[np.bool_]]:
    """Each bit: whether the energy between two neighbouring bands grew more in the lower than in the upper one."""
    slow = _resampled(samples, rate)
    frames = 1 + int((len(slow) - _FRAME) // _HOP)
    if frames < 2:
        return np.zeros(0, dtype=np.uint32), np.zeros(0, dtype=np.bool_)
    starts = (np.arange(frames) * _HOP).astype(np.int64)
    windows = np.lib.stride_tricks.sliding_window_view(slow, _FRAME)
    energy = np.concatenate([_energy(windows[starts[i : i + _BLOCK]]) for i in range(0, frames, _BLOCK)])
    bits = np.diff(energy[:, :-1] - energy[:, 1:], axis=0) > 0
    codes = np.packbits(bits, axis=1, bitorder="little").view("<u4").ravel()
    total = energy.sum(axis=1)[1:]
    return codes, total > _QUIET * total.max()


def _energy(windows: Floats) -> Floats:
    """Frames x 33 bands."""
    from scipy.fft import rfft

    spectrum = rfft(windows * np.hanning(_FRAME).astype(np.float32), _FFT, axis=1)
    power = spectrum.real**2 + spectrum.imag**2
    energy: Floats = np.add.reduceat(power, _BINS, axis=1)[:, :-1]
    return energy


def _resampled(samples: Floats, rate: int) -> Floats:
    from scipy.signal import resample_poly

    shared = gcd(_RATE, rate)
    slow: Floats = (
        resample_poly(samples, _RATE // shared, rate // shared).astype(np.float32) if len(samples) else samples
    )
    return slow


def near_audio(prints: Sequence[AudioFingerprint]) -> Iterator[tuple[int, int, float]]:
    """Pairs of places, the first the smaller, with their bit error rate.

    A pair is compared where a loud code of one is a loud code of the other, aligned there. The loud codes that both
    have must be half or more of those of the shorter.
    """
    codes = [np.frombuffer(made.codes, dtype="<u4") for made in prints]
    loud = [np.frombuffer(made.loud, dtype=np.bool_) for made in prints]
    best: dict[tuple[int, int], float] = {}
    pairs = _aligned(codes, loud)
    for start in range(0, len(pairs), _CHUNK):
        chunk = pairs[start : start + _CHUNK]
        rates = _bit_errors(chunk, codes, loud)
        for (a, b, _), rate in zip(chunk[rates <= BIT_ERROR].tolist(), rates[rates <= BIT_ERROR].tolist(), strict=True):
            best[a, b] = min(rate, best.get((a, b), 1.0))
    yield from ((a, b, rate) for (a, b), rate in best.items())


def _aligned(codes: Sequence[Codes], loud: Sequence[NDArray[np.bool_]]) -> NDArray[np.int64]:
    """Rows of two places and how many codes the second is late: each alignment of two clips at which a code agrees."""
    if not sum(map(len, codes)):
        return np.zeros((0, 3), dtype=np.int64)
    heard = np.concatenate(loud)
    values = np.concatenate(codes)[heard]
    clips = np.repeat(np.arange(len(codes)), [len(each) for each in codes])[heard]
    times = np.concatenate([np.arange(len(each)) for each in codes])[heard]
    order = np.argsort(values, kind="stable")
    values, clips, times = values[order], clips[order], times[order]
    # a code once in a clip: a tone that is held would else agree with itself at every alignment
    first = np.concatenate([[True], (values[1:] != values[:-1]) | (clips[1:] != clips[:-1])])[: len(values)]
    values, clips, times = values[first], clips[first], times[first]
    found, apart = [np.zeros((0, 3), dtype=np.int64)], 1
    # equal codes stand together, their clips in order
    while len(same := np.flatnonzero(values[apart:] == values[:-apart])):
        found.append(np.stack([clips[same], clips[same + apart], times[same] - times[same + apart]], axis=1))
        apart += 1
    return np.unique(np.concatenate(found), axis=0)


def _bit_errors(
    pairs: NDArray[np.int64], codes: Sequence[Codes], loud: Sequence[NDArray[np.bool_]]
) -> NDArray[np.float64]:
    """Part of different bits of each alignment; 1 where too little is in common to say."""
    rates = np.ones(len(pairs))
    for row, (a, b, late) in enumerate(pairs.tolist()):
        first, second = slice(max(0, late), None), slice(max(0, -late), None)
        size = min(len(codes[a][first]), len(codes[b][second]))
        both = loud[a][first][:size] & loud[b][second][:size]
        compared = int(both.sum())
        if compared >= max(_COMPARED, 0.5 * min(loud[a].sum(), loud[b].sum())):
            different = codes[a][first][:size][both] ^ codes[b][second][:size][both]
            rates[row] = np.unpackbits(different.view(np.uint8)).mean()
    return rates
