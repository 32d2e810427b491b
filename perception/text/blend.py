"""The models of one language as one: an encoder that knows what words mean, and n-grams that know their spelling."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from perception.errors import ModelRefused
from perception.text.encoder import EncoderModel
from perception.text.language import english_evidence
from perception.text.lexicon import SHARED
from perception.text.model import TextModel, load_model, softmax
from perception.text.vectorise import ngrams


@dataclass(frozen=True, kw_only=True, slots=True)
class Blend:
    """Feels texts of one language."""

    lang: str
    """ISO 639-1 code."""
    linear: TextModel
    """Over n-grams; it also knows which words it has seen."""
    encoder: EncoderModel | None
    """None where n-grams have to do."""

    @property
    def name(self) -> str:
        """Of the model that answers."""
        return self.encoder.model if self.encoder else self.linear.name

    @property
    def threshold(self) -> float:
        """Confidence below which it is uncertain."""
        return self.encoder.uncertain_below if self.encoder else self.linear.threshold

    def probabilities(
        self, texts: Sequence[str], contexts: Sequence[Sequence[str]] = (), *, threads: int = 1
    ) -> NDArray[np.float64]:
        """Calibrated (texts x 7) of normalised texts, with their earlier turns where there are any."""
        linear = np.stack([self.linear.logits(text) for text in texts])
        if self.encoder is None:
            return softmax(linear)
        return self.encoder.probabilities(texts, contexts, linear, threads=threads)

    def coverage(self, clean: str) -> tuple[float, float]:
        """Part of the words known, in [0, 1], and how many words there are; two Chinese characters make a word."""
        units = [c for c in clean if not c.isspace()] if self.lang == "zh" else list(ngrams(clean, "word", 1, 1))
        units = [unit for unit in units if unit[0].isalnum() or unicodedata.category(unit[0]) == "So"]
        if self.lang == "en" and not english_evidence(clean):
            # "Me muero": a word that many languages share must not vouch for those the model does not know
            units = [unit for unit in units if unit not in SHARED] or units
        if not units:
            return 0.0, 0.0
        known = sum(self.linear.knows(unit) for unit in units) / len(units)
        return known, math.ceil(len(units) / 2) if self.lang == "zh" else len(units)


def load_blend(lang: str, linear: Path, encoder: EncoderModel | None) -> Blend:
    """Load the models of a language.

    Raises:
        ModelMissing: a file is not on this machine.
        ModelRefused: a file is damaged, or the encoder was blended with other n-grams.
    """
    model = load_model(linear)
    if encoder is not None and (wanted := encoder.metadata.get("linear_digest")) not in {None, model.digest}:
        raise ModelRefused(
            f"{encoder.model!r} was blended with {encoder.metadata.get('linear')!r} of digest {str(wanted)[:12]}, and "
            f"{linear.name!r} has {model.digest[:12]}; put both files of one training there"
        )
    return Blend(lang=lang, linear=model, encoder=encoder)
