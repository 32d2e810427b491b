"""JL corpus: New Zealand English by four actors, with emotions that robots need."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from perception.emotions import Emotion
from perception.training.corpora.named import Clip, NamedClips
from perception.training.corpora.registry import corpus

_RULE: Final = re.compile(r"((?:fe)?male)([12])_([a-z]+)_(\d+[a-z]?)_(\d)")
_EMOTIONS: Final[Mapping[str, Emotion]] = {
    "angry": Emotion.ANGRY,
    "anxious": Emotion.FEAR,
    "excited": Emotion.HAPPY,
    "happy": Emotion.HAPPY,
    "neutral": Emotion.NEUTRAL,
    "sad": Emotion.SAD,
}


@corpus
class JlCorpus(NamedClips):
    """Excited counts as happy and anxious as fear.

    The other secondary emotions (apologetic, assertive, concerned, encouraging) are none of the seven.
    """

    name = "jl-corpus"
    title = "JL corpus"
    languages = ("en",)
    licence = "CC0-1.0"
    commercial = True
    citation = (
        "James, J., Tian, L. & Watson, C. (2018). An open source emotional speech corpus for human robot interaction "
        "applications. Interspeech 2018, 2768-2772."
    )
    url = "https://www.kaggle.com/datasets/tli725/jl-corpus"
    layout = "JL(wav+txt)/female1_angry_10a_1.wav"

    def clip(self, path: Path) -> Clip | None:
        if not (match := _RULE.fullmatch(path.stem)):
            return None
        gender, number, label, sentence, take = match.groups()
        emotion = _EMOTIONS.get(label)
        extra = {
            "gender": gender,
            "sentence": sentence,
            "take": take,
            **({"folded": label} if label in {"excited", "anxious"} else {}),
        }
        return Clip(emotion=emotion, label=label, speaker=f"{gender}{number}", lang="en", extra=extra)
