"""TESS, the Toronto emotional speech set: 200 words by two actresses."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from perception.training.corpora.labels import emotion_of
from perception.training.corpora.named import Clip, NamedClips
from perception.training.corpora.registry import corpus

# one published file is called OA_bite_neutral.wav
_RULE: Final = re.compile(r"(OAF?|YAF)_([a-z]+)_(angry|disgust|fear|happy|neutral|ps|sad)", re.IGNORECASE)


@corpus
class Tess(NamedClips):
    """The code ps is pleasant surprise."""

    name = "tess"
    title = "TESS"
    languages = ("en",)
    licence = "CC-BY-NC-ND-4.0"
    citation = "Pichora-Fuller, M. K. & Dupuis, K. (2020). Toronto emotional speech set (TESS). Borealis."
    url = "https://doi.org/10.5683/SP2/E8H2MF"
    layout = "OAF_angry/OAF_back_angry.wav"

    def clip(self, path: Path) -> Clip | None:
        if not (match := _RULE.fullmatch(path.stem)):
            return None
        actress, word, label = match[1].upper(), match[2].lower(), match[3].lower()
        older = actress.startswith("OA")
        return Clip(
            emotion=emotion_of(label),
            label=label,
            speaker="OAF" if older else "YAF",
            lang="en",
            text=f"Say the word {word}.",
            extra={"gender": "female", "age": "64" if older else "26", "sentence": word},
        )
