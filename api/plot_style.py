"""Colours, fonts and words of the pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from perception import Emotion
from perception.metrics.plots.style import COLOURS, INK, MUTED, cjk_font

__all__ = ["AROUSAL", "COLOURS", "INK", "MUTED", "TEXTS", "VALENCE", "cjk_font", "namer"]

VALENCE: Final = "#1A1A1A"
AROUSAL: Final = "#9A5B13"

TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "title": "How it felt, turn by turn",
        "turn": "turn",
        "valence": "valence",
        "arousal": "arousal",
        "pleasant": "pleasant,\nactive",
        "unpleasant": "unpleasant,\ncalm",
        "paler": "paler: less reliable",
        "conflict": "the senses disagree",
        "missing": "no reading",
        "top": "top",
        "scores": "fused scores",
        "nothing": "No turn of this conversation has a fused emotion.",
    },
    "zh": {
        "title": "逐轮情绪",
        "turn": "轮次",
        "valence": "效价",
        "arousal": "唤醒度",
        "pleasant": "愉快、\n激动",
        "unpleasant": "不快、\n平静",
        "paler": "颜色越淡越不可靠",
        "conflict": "感官之间不一致",
        "missing": "没有读数",
        "top": "最强",
        "scores": "融合得分",
        "nothing": "这次对话中没有任何一轮融合出情绪。",
    },
}


def namer(lang: str) -> Callable[[Emotion], str]:
    if lang == "en":
        return lambda emotion: emotion.value
    from agent.phrases import name_emotion

    return lambda emotion: name_emotion(emotion, lang)
