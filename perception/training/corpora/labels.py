"""What others call the seven emotions.

Digits are never guessed: each corpus numbers its classes in an order of its own. Nor are states that are none of the
seven, such as boredom, contempt, frustration or calm; a loader that folds one of them says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from perception.emotions import Emotion

# words, then codes of corpora, then Chinese, simplified and traditional
_NAMES: Final[Mapping[Emotion, str]] = {
    Emotion.HAPPY: (
        "happy happiness joy joyful joyous glad delighted cheerful smile smiling | hap "
        "| 高兴 快乐 开心 喜悦 欢喜 愉快 欣喜 幸福 喜 乐 笑 高興 快樂 開心 喜悅 歡喜 樂"
    ),
    Emotion.SAD: (
        "sad sadness sorrow sorrowful unhappy grief | 悲伤 伤心 难过 忧伤 悲哀 哀伤 悲痛 悲 哀 伤 悲傷 傷心 難過 憂傷"
    ),
    Emotion.ANGRY: ("angry anger mad furious fury rage | ang | 愤怒 生气 发怒 恼怒 气愤 怒 憤怒 生氣 發怒 惱怒 氣憤"),
    Emotion.FEAR: (
        "fear fearful fearfulness afraid scared frightened terrified | fea | 恐惧 害怕 惊恐 畏惧 恐 惧 怕 恐懼 驚恐 懼"
    ),
    Emotion.SURPRISE: (
        "surprise surprised astonished astonishment amazed pleasant_surprise pleasant_surprised | sur ps "
        "| 惊讶 惊奇 吃惊 诧异 惊喜 惊 驚訝 驚奇 吃驚 詫異 驚喜 驚"
    ),
    Emotion.DISGUST: "disgust disgusted disgusting repulsed | dis | 厌恶 恶心 讨厌 反感 厌 恶 厭惡 噁心 討厭 厭 惡",
    Emotion.NEUTRAL: (
        "neutral neutrality no_emotion none_of_these emotionless unemotional | neu "
        "| 中性 平静 中立 无情绪 无情感 平和 平靜 無情緒 無情感"
    ),
}

SYNONYMS: Final[Mapping[str, Emotion]] = {
    name.replace("_", " "): emotion for emotion, names in _NAMES.items() for name in names.replace("|", " ").split()
}
"""Emotion by name, in lower case with single blanks."""

_BETWEEN: Final = re.compile(r"[\s_-]+")
_SEVERAL: Final = re.compile(r"\s*[,;|，、；]\s*")


def emotion_of(label: str, labels: Mapping[str, Emotion] | None = None) -> Emotion | None:
    """The emotion a label means; None when it is none of the seven, or is not known.

    Args:
        label: as somebody wrote it; case, underscores and hyphens do not matter.
        labels: meanings that go before the synonyms, by label.
    """
    key = plain(label)
    own = {plain(name): emotion for name, emotion in labels.items()} if labels else {}
    return own.get(key) or SYNONYMS.get(key)


def plain(label: str) -> str:
    """A label without the differences that mean nothing: case, and what stands between its words."""
    return _BETWEEN.sub(" ", label.strip()).casefold()


def several(label: str) -> tuple[str, ...]:
    """The labels of a row that has one or more, with commas, semicolons or bars between them."""
    return tuple(part for part in _SEVERAL.split(label.strip()) if part)


def agreed(emotions: Iterable[Emotion | None]) -> Emotion | None:
    """The one emotion that all labels of a row mean; None where they differ, or one means none of the seven."""
    distinct = set(emotions)
    return distinct.pop() if len(distinct) == 1 else None
