"""A fine-tuned encoder at run time: probabilities, and the embedding of a sentence."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from perception.emotions import EMOTIONS
from perception.models.network import EmotionNetwork
from perception.text.tokens import Limits, Tokens

TOGETHER: Final = 32
"""Texts that go through the network at once, sorted by length so that little of it is padding."""


class EncoderModel(EmotionNetwork):
    """A network that reads word pieces. May be called from several threads."""

    shipped = "text-en-minilm-2"
    sense = "text"

    def tokens(self) -> Tokens:
        """What cuts texts for it.

        Raises:
            ModelError: the weights cannot be loaded.
        """
        self.load()
        return self._tokens

    def check(self, session: Any) -> None:
        told = session.get_modelmeta().custom_metadata_map
        marks = json.loads(told["tokens"])
        self._turns = int(told["turns"])
        limits = Limits(utterance=marks.pop("utterance"), context=marks.pop("context"))
        self._tokens = Tokens(told["tokenizer"], **marks, limits=limits)
        given = {each.name for each in session.get_inputs()}
        if given != {"ids", "parts", "linear"}:
            raise ValueError(f"it takes {sorted(given)}")

    def probabilities(
        self,
        texts: Sequence[str],
        contexts: Sequence[Sequence[str]],
        linear: NDArray[np.floating[Any]],
        *,
        threads: int = 1,
    ) -> NDArray[np.float64]:
        """Calibrated (texts x 7) of normalised texts with their earlier turns, and the logits of the n-gram model.

        A network that has not learned what earlier turns are does not read them.

        Raises:
            ModelError: the weights cannot be loaded.
        """
        return self._read("probabilities", texts, contexts, linear, threads)

    def embeddings(self, texts: Sequence[str], *, threads: int = 1) -> NDArray[np.float64]:
        """Of normalised texts (texts x 384), each of length 1; their inner product is a cosine.

        Raises:
            ModelError: the weights cannot be loaded.
        """
        return self._read("sentence", texts, (), np.zeros((len(texts), len(EMOTIONS))), threads)

    def _read(
        self,
        output: str,
        texts: Sequence[str],
        contexts: Sequence[Sequence[str]],
        linear: NDArray[np.floating[Any]],
        threads: int,
    ) -> NDArray[np.float64]:
        tokens = self.tokens()
        given = np.asarray(linear, dtype=np.float32)
        order = np.argsort(tokens.lengths(texts), kind="stable") if len(texts) > TOGETHER else np.arange(len(texts))
        parts = [order[at : at + TOGETHER] for at in range(0, len(order), TOGETHER)]
        told = any(contexts) and self._turns > 0

        def one(places: NDArray[np.int64]) -> NDArray[np.float32]:
            pieces = tokens([texts[i] for i in places], [contexts[i] for i in places] if told else ())
            inputs = {"ids": pieces.ids, "parts": pieces.parts, "linear": given[places]}
            answer: NDArray[np.float32] = self.run([output], inputs)[0]
            return answer

        answers = list(map(one, parts)) if threads == 1 or len(parts) == 1 else _in_threads(one, parts, threads)
        return np.concatenate(answers)[np.argsort(order)].astype(np.float64)


def _in_threads(one: Callable[[Any], Any], parts: Sequence[Any], threads: int) -> list[Any]:
    """ONNX Runtime lets go of the interpreter while it computes."""
    with ThreadPoolExecutor(max_workers=threads) as pool:
        return list(pool.map(one, parts))
