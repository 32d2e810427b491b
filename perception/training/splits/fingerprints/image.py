"""Pictures that are nearly the same: encoded again, resized, slightly brighter, marked, slightly cropped.

Own code and not `imagehash`: its 64 bits are much alike for any two aligned faces, and it has no look-up. Here a
picture is its local contrast, which is what two portraits do not share, and a pair counts when its correlation is high.
On FER+ (30,618 different images, all pairs compared) 2,457 pairs correlate by 0.80 or more; all of 80 looked at between
0.80 and 0.87 were one photograph. Between 0.75 and 0.80 a third were two people. A mirrored picture is another picture.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Final

import numpy as np
from numpy.typing import NDArray

from perception.training.splits.fingerprints.values import ImageFingerprint

CORRELATION: Final = 0.80
"""From this correlation of local contrast on, two pictures are nearly the same."""

_SIDE: Final = 24
_BLUR: Final = _SIDE / 8
# less contrast than this, in grey levels, is the noise of an encoder
_FLAT: Final = 1.0
# a cheaper look first: no near pair of FER+ has less than 0.83 at half the size
_LIKELY: Final = 0.75
_TABLES, _BITS, _UNSURE = 16, 20, 5

Floats = NDArray[np.float32]


def image_fingerprint(image: NDArray[np.uint8]) -> ImageFingerprint:
    """Fingerprint of a picture.

    Args:
        image: height x width, grey, or height x width x 3, RGB.

    Raises:
        ValueError: another shape or type.
    """
    if image.dtype != np.uint8 or image.ndim not in (2, 3) or not image.size or image.shape[2:] not in ((), (3,)):
        raise ValueError(f"a picture is height x width (x 3) of uint8, got {image.dtype} of shape {image.shape}")
    pixels = np.ascontiguousarray(image)
    exact = blake2b(repr(pixels.shape).encode() + pixels.tobytes(), digest_size=16).hexdigest()
    return ImageFingerprint(exact=exact, detail=_detail(pixels))


def _detail(image: NDArray[np.uint8]) -> bytes:
    import cv2

    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) if image.ndim == 3 else image
    small = cv2.resize(grey.astype(np.float32), (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    local = small - cv2.GaussianBlur(small, (0, 0), _BLUR, borderType=cv2.BORDER_REFLECT)
    local -= local.mean()
    if local.std() < _FLAT:
        return b""
    return bytes(np.rint(local * (127 / np.abs(local).max())).astype(np.int8).tobytes())


def near_images(prints: Sequence[ImageFingerprint]) -> Iterator[tuple[int, int, float]]:
    """Pairs of places, the first the smaller, with 1 - correlation.

    Locality-sensitive hashing by random hyperplanes (Charikar 2002), where a picture is looked up under its key and
    under those that differ in its least sure bits (Lv et al. 2007): whether a pair is found depends on the two alone.
    Of the 2,457 pairs in FER+ it finds all but one.
    """
    places = np.array([i for i, made in enumerate(prints) if made.detail], dtype=np.int64)
    if len(places) < 2:
        return
    whole = np.frombuffer(b"".join(prints[i].detail for i in places), dtype=np.int8).reshape(len(places), -1)
    details = _unit(whole.astype(np.float32))
    count, found = len(places), np.zeros(0, dtype=np.int64)
    coarse = _coarse(details)
    for pairs in _candidates(coarse):
        likely = pairs[_correlations(coarse, pairs) >= _LIKELY]
        fresh = np.setdiff1d(likely, found, assume_unique=True)
        alike = _correlations(details, fresh)
        close = fresh[alike >= CORRELATION]
        found = np.concatenate([found, close])
        for pair, correlation in zip(close.tolist(), alike[alike >= CORRELATION].tolist(), strict=True):
            yield int(places[pair // count]), int(places[pair % count]), max(0.0, 1.0 - correlation)


def _correlations(rows: Floats, pairs: NDArray[np.int64]) -> Floats:
    first, second = np.divmod(pairs, len(rows))
    return np.asarray(np.einsum("ij,ij->i", rows[first], rows[second]), dtype=np.float32)


def _unit(rows: Floats) -> Floats:
    scaled: Floats = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), np.float32(1e-9))
    return scaled


def _coarse(details: Floats) -> Floats:
    """Every four pixels as one: small shifts turn fewer bits."""
    half = _SIDE // 2
    return _unit(details.reshape(-1, half, 2, half, 2).mean(axis=(2, 4)).reshape(len(details), -1))


def _candidates(rows: Floats) -> Iterator[NDArray[np.int64]]:
    """Pairs that share a key, table by table, as first place x number of rows + second place, the first the smaller."""
    # the stream of RandomState is frozen: the same pairs with every version of NumPy
    random = np.random.RandomState(0)
    for _ in range(_TABLES):
        projected = rows @ random.standard_normal((rows.shape[1], _BITS)).astype(np.float32)
        # several times faster than np.unique, which hashes
        pairs = np.sort(np.concatenate(list(_shared(projected))))
        yield pairs[np.diff(pairs, prepend=-1) > 0]


def _shared(projected: Floats) -> Iterator[NDArray[np.int64]]:
    keys = (projected > 0) @ (1 << np.arange(_BITS, dtype=np.int64))
    order = np.argsort(keys, kind="stable")
    size = np.bincount(keys, minlength=1 << _BITS)
    end = np.cumsum(size)
    unsure = 1 << np.argsort(np.abs(projected), axis=1)[:, :_UNSURE].astype(np.int64)
    for flipped in range(1 << _UNSURE):
        probes = keys ^ (unsure @ np.array([flipped >> bit & 1 for bit in range(_UNSURE)], dtype=np.int64))
        found = size[probes]
        asking = np.repeat(np.arange(len(keys)), found)
        answer = order[np.arange(len(asking)) - np.repeat(np.cumsum(found) - end[probes], found)]
        pairs = np.minimum(asking, answer) * len(keys) + np.maximum(asking, answer)
        yield pairs[asking != answer]
