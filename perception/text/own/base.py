"""What the text sense says of texts, as the numbers that a head of a user's own stands on."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from perception.text.blend import Blend
from perception.text.files import load_shipped

_THREADS: Final = 4
_LEAST: Final = 1e-6
"""Probability below which a logarithm falls no more."""

Floats = NDArray[np.float64]


class Base(Protocol):
    """The fixed part under a head."""

    def name(self, lang: str) -> str:
        """Of the model of a language; numbers of models with the same name mean the same.

        Raises:
            ModelError: it cannot be loaded.
        """

    def numbers(self, texts: Sequence[str], lang: str) -> Floats:
        """Normalised texts of one language (texts x width); at least one.

        Raises:
            ModelError: the model cannot be loaded.
        """


class SenseBase:
    """The embedding of a sentence (384, of length 1), and the logarithms of the seven probabilities.

    A language whose policy of weights allows no encoder has the logarithms alone.
    """

    def __init__(self, *, commercial_only: bool = False, load: Callable[[str], Blend] | None = None) -> None:
        """Build it; models load on first use.

        Args:
            commercial_only: use only weights whose card allows commercial use.
            load: the models of a language; those that ship when None.
        """
        self._load = load or partial(load_shipped, commercial_only=commercial_only)
        self._blends: dict[str, Blend] = {}
        self._lock = threading.Lock()

    def name(self, lang: str) -> str:
        return self._blend(lang).name

    def numbers(self, texts: Sequence[str], lang: str) -> Floats:
        blend, threads = self._blend(lang), min(_THREADS, os.cpu_count() or 1)
        felt = np.log(np.maximum(blend.probabilities(texts, threads=threads), _LEAST))
        if blend.encoder is None:
            return felt
        return np.hstack([blend.encoder.embeddings(texts, threads=threads), felt])

    def _blend(self, lang: str) -> Blend:
        with self._lock:
            if lang not in self._blends:
                self._blends[lang] = self._load(lang)
            return self._blends[lang]
