"""EmoDB, the Berlin database: ten German sentences by ten actors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from perception.emotions import Emotion
from perception.training.corpora.named import Clip, NamedClips
from perception.training.corpora.registry import corpus

_RULE: Final = re.compile(r"(\d\d)([ab]\d\d)([WLEAFTN])([a-z]?)")
_EMOTIONS: Final[Mapping[str, tuple[str, Emotion | None]]] = {
    "W": ("anger", Emotion.ANGRY),
    "L": ("boredom", None),
    "E": ("disgust", Emotion.DISGUST),
    "A": ("fear", Emotion.FEAR),
    "F": ("happiness", Emotion.HAPPY),
    "T": ("sadness", Emotion.SAD),
    "N": ("neutral", Emotion.NEUTRAL),
}
_SENTENCES: Final[Mapping[str, str]] = {
    "a01": "Der Lappen liegt auf dem Eisschrank.",
    "a02": "Das will sie am Mittwoch abgeben.",
    "a04": "Heute Abend könnte ich es ihm sagen.",
    "a05": "Das schwarze Stück Papier befindet sich da oben neben dem Holzstück.",
    "a07": "In sieben Stunden wird es soweit sein.",
    "b01": "Was sind denn das für Tüten, die da unter dem Tisch stehen?",
    "b02": "Sie haben es gerade hochgetragen und jetzt gehen sie wieder runter.",
    "b03": "An den Wochenenden bin ich jetzt immer nach Hause gefahren und habe Agnes besucht.",
    "b09": "Ich will das eben wegbringen und dann mit Karl was trinken gehen.",
    "b10": "Die wird auf dem Platz sein, wo wir sie immer hinlegen.",
}
_MEN: Final = frozenset({"03", "10", "11", "12", "15"})


@corpus
class EmoDb(NamedClips):
    """Boredom is none of the seven and is left out.

    Its home states no licence. A later edition with its first author among the editors says CC0-1.0; until its home
    does, commercial use is taken as not known.
    """

    name = "emodb"
    title = "EmoDB"
    languages = ("de",)
    licence = "free for research, to be cited"
    citation = (
        "Burkhardt, F., Paeschke, A., Rolfes, M., Sendlmeier, W. F. & Weiss, B. (2005). A database of German emotional "
        "speech. Interspeech 2005, 1517-1520."
    )
    url = "http://emodb.bilderbar.info/"
    layout = "wav/03a01Fa.wav"

    def clip(self, path: Path) -> Clip | None:
        if not (match := _RULE.fullmatch(path.stem)):
            return None
        speaker, sentence, code, version = match.groups()
        label, emotion = _EMOTIONS[code]
        extra = {
            "gender": "male" if speaker in _MEN else "female",
            "sentence": sentence,
            **({"version": version} if version else {}),
        }
        text = _SENTENCES.get(sentence)
        return Clip(emotion=emotion, label=label, speaker=speaker, lang="de", text=text, extra=extra)
