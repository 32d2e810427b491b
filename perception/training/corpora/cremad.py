"""CREMA-D: twelve sentences by 91 actors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from perception.emotions import Emotion
from perception.training.corpora.labels import emotion_of
from perception.training.corpora.named import Clip, NamedClips
from perception.training.corpora.registry import corpus

# a few of the published names end in `_X`
_RULE: Final = re.compile(r"(1\d{3})_([A-Z]{3})_(ANG|DIS|FEA|HAP|NEU|SAD)_(XX?|LO|MD|HI)")
_SENTENCES: Final[Mapping[str, str]] = {
    "IEO": "It's eleven o'clock.",
    "TIE": "That is exactly what happened.",
    "IOM": "I'm on my way to the meeting.",
    "IWW": "I wonder what this is about.",
    "TAI": "The airplane is almost full.",
    "MTI": "Maybe tomorrow it will be cold.",
    "IWL": "I would like a new alarm clock.",
    "ITH": "I think I have a doctor's appointment.",
    "DFA": "Don't forget a jacket.",
    "ITS": "I think I've seen this before.",
    "TSI": "The surface is slick.",
    "WSI": "We'll stop in a couple of minutes.",
}
_INTENSITY: Final = {"LO": "low", "MD": "medium", "HI": "high"}


@corpus
class CremaD(NamedClips):
    """The label is the emotion that was acted, not the one that raters heard."""

    name = "crema-d"
    title = "CREMA-D"
    languages = ("en",)
    licence = "ODbL-1.0"
    commercial = True
    citation = (
        "Cao, H. et al. (2014). CREMA-D: Crowd-sourced Emotional Multimodal Actors Dataset. IEEE Transactions on "
        "Affective Computing 5(4), 377-390."
    )
    url = "https://github.com/CheyneyComputerScience/CREMA-D"
    layout = "AudioWAV/1001_DFA_ANG_XX.wav"

    def clip(self, path: Path) -> Clip | None:
        if not (match := _RULE.fullmatch(path.stem)):
            return None
        actor, sentence, label, level = match.groups()
        emotion: Emotion | None = emotion_of(label)
        extra = {"sentence": sentence, **({"intensity": _INTENSITY[level]} if level in _INTENSITY else {})}
        return Clip(emotion=emotion, label=label, speaker=actor, lang="en", text=_SENTENCES.get(sentence), extra=extra)
