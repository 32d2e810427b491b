"""RAVDESS: speech and song of 24 North American actors."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from perception.emotions import Emotion
from perception.training.corpora.base import LeftOut
from perception.training.corpora.named import Clip, NamedClips
from perception.training.corpora.registry import corpus

_RULE: Final = re.compile(r"0(?P<modality>[1-3])-0([12])-0([1-8])-0([12])-0([12])-0([12])-(0[1-9]|1\d|2[0-4])")
_EMOTIONS: Final[Mapping[str, tuple[str, Emotion]]] = {
    "1": ("neutral", Emotion.NEUTRAL),
    "2": ("calm", Emotion.NEUTRAL),
    "3": ("happy", Emotion.HAPPY),
    "4": ("sad", Emotion.SAD),
    "5": ("angry", Emotion.ANGRY),
    "6": ("fearful", Emotion.FEAR),
    "7": ("disgust", Emotion.DISGUST),
    "8": ("surprised", Emotion.SURPRISE),
}
_STATEMENTS: Final = {"1": "Kids are talking by the door.", "2": "Dogs are sitting by the door."}


@corpus
class Ravdess(NamedClips):
    """Calm counts as neutral; the label keeps the difference. A film counts where its recording is absent."""

    name = "ravdess"
    title = "RAVDESS"
    languages = ("en",)
    licence = "CC-BY-NC-SA-4.0"
    citation = (
        "Livingstone, S. R. & Russo, F. A. (2018). The Ryerson Audio-Visual Database of Emotional Speech and Song "
        "(RAVDESS). PLoS ONE 13(5): e0196391."
    )
    url = "https://zenodo.org/records/1188976"
    layout = "Actor_12/03-01-06-01-02-01-12.wav (folders in any depth)"

    def excused(self, clip: str, clips: Collection[str]) -> LeftOut | None:
        match = _RULE.fullmatch(clip)
        if match and match["modality"] == "2":
            return LeftOut(reason="silent")
        if match and match["modality"] == "1" and f"03{clip[2:]}" in clips:
            return LeftOut(reason="twin")
        return None

    def clip(self, path: Path) -> Clip | None:
        if not (match := _RULE.fullmatch(path.stem)):
            return None
        _, channel, code, intensity, statement, repetition, actor = match.groups()
        label, emotion = _EMOTIONS[code]
        extra = {
            "channel": {"1": "speech", "2": "song"}[channel],
            "gender": "male" if int(actor) % 2 else "female",
            "intensity": {"1": "normal", "2": "strong"}[intensity],
            "repetition": repetition,
            "sentence": statement,
            **({"folded": "calm"} if label == "calm" else {}),
        }
        return Clip(emotion=emotion, label=label, speaker=actor, lang="en", text=_STATEMENTS[statement], extra=extra)
