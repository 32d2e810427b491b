"""What a label says that a row should be felt as: an emotion, a side, or both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from perception import Emotion
from perception.text import Polarity

EMOTION_LABELS: Final[Mapping[str, Emotion]] = {
    **{str(emotion): emotion for emotion in Emotion},
    "高兴": Emotion.HAPPY,
    "开心": Emotion.HAPPY,
    "快乐": Emotion.HAPPY,
    "难过": Emotion.SAD,
    "悲伤": Emotion.SAD,
    "伤心": Emotion.SAD,
    "生气": Emotion.ANGRY,
    "愤怒": Emotion.ANGRY,
    "害怕": Emotion.FEAR,
    "恐惧": Emotion.FEAR,
    "惊讶": Emotion.SURPRISE,
    "吃惊": Emotion.SURPRISE,
    "厌恶": Emotion.DISGUST,
    "平静": Emotion.NEUTRAL,
    "中性": Emotion.NEUTRAL,
}
"""The seven names, and the usual Chinese ones. Nothing else is taken for a synonym."""

SIDE_LABELS: Final[Mapping[str, Polarity]] = {
    **{str(side): side for side in Polarity},
    "正面": Polarity.POSITIVE,
    "积极": Polarity.POSITIVE,
    "中性": Polarity.NEUTRAL,
    "中立": Polarity.NEUTRAL,
    "负面": Polarity.NEGATIVE,
    "消极": Polarity.NEGATIVE,
}
"""The three names, and the usual Chinese ones. `neutral` is an emotion and a side."""


def meaning(label: str) -> tuple[Emotion | None, Polarity | None]:
    """The emotion and the side a label names; case and space around it do not matter."""
    name = label.strip().lower()
    return EMOTION_LABELS.get(name), SIDE_LABELS.get(name)
