"""nEMO: Polish sentences by nine actors."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from perception.training.corpora.labels import emotion_of
from perception.training.corpora.named import Clip, NamedClips
from perception.training.corpora.registry import corpus

_RULE: Final = re.compile(r"([A-Z]{2}\d)_([a-z]+)_(\d+)")


@corpus
class Nemo(NamedClips):
    """No disgust."""

    name = "nemo"
    title = "nEMO"
    languages = ("pl",)
    licence = "CC-BY-NC-SA-4.0"
    citation = "Christop, I. (2024). nEMO: Dataset of Emotional Speech in Polish. LREC-COLING 2024."
    url = "https://github.com/amu-cai/nEMO"
    layout = "samples/SB0_anger_12.wav"

    def clip(self, path: Path) -> Clip | None:
        if not (match := _RULE.fullmatch(path.stem)):
            return None
        speaker, label, sentence = match.groups()
        return Clip(emotion=emotion_of(label), label=label, speaker=speaker, lang="pl", extra={"sentence": sentence})
