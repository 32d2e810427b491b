"""SAVEE: British English by four men."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from perception.emotions import Emotion
from perception.training.corpora.named import Clip, NamedClips
from perception.training.corpora.registry import corpus

_SPEAKERS: Final = ("DC", "JE", "JK", "KL")
_RULE: Final = re.compile(r"(?:(DC|JE|JK|KL)_)?(sa|su|a|d|f|h|n)(\d\d)")
_EMOTIONS: Final[Mapping[str, tuple[str, Emotion]]] = {
    "a": ("anger", Emotion.ANGRY),
    "d": ("disgust", Emotion.DISGUST),
    "f": ("fear", Emotion.FEAR),
    "h": ("happiness", Emotion.HAPPY),
    "n": ("neutral", Emotion.NEUTRAL),
    "sa": ("sadness", Emotion.SAD),
    "su": ("surprise", Emotion.SURPRISE),
}


@corpus
class Savee(NamedClips):
    """The speaker is in the name of the file, or is the folder around it."""

    name = "savee"
    title = "SAVEE"
    languages = ("en",)
    licence = "research only, on request"
    citation = (
        "Haq, S. & Jackson, P. J. B. (2010). Multimodal emotion recognition. In Machine Audition: Principles, "
        "Algorithms and Systems, 398-423. IGI Global."
    )
    url = "http://kahlan.eps.surrey.ac.uk/savee/"
    layout = "AudioData/DC/a01.wav, or DC_a01.wav"

    def id_of(self, path: Path) -> str:
        return path.stem if "_" in path.stem else f"{path.parent.name}_{path.stem}"

    def clip(self, path: Path) -> Clip | None:
        match = _RULE.fullmatch(path.stem)
        speaker = (match[1] or path.parent.name) if match else ""
        if not match or speaker not in _SPEAKERS:
            return None
        label, emotion = _EMOTIONS[match[2]]
        return Clip(
            emotion=emotion, label=label, speaker=speaker, lang="en", extra={"gender": "male", "sentence": match[3]}
        )
