"""Emotions named in free text, English or Chinese, with what is said of them being absent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from perception.emotions import Emotion

_REACH: Final = {"en": 5, "zh": 6}
"""How far before a label a negation is looked for: words in English, characters in Chinese."""
_CLAUSE: Final = re.compile(r"[.,;:!?()\[\]\n，。；：！？、]|\bbut\b|但|而是|只是")
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """An emotion that a text names."""

    emotion: Emotion
    """Which of the seven."""
    start: int
    """First character of the word."""
    end: int
    """One past its last."""
    negated: bool
    """The text says it is not shown."""


def named_emotions(text: str) -> tuple[Named, ...]:
    """Every emotion the text names, in its order, whatever their case.

    An unknown word is none: what is `contempt` is not made one of the seven.
    """
    plain = text.lower().replace("’", "'")
    if len(plain) != len(text):  # a capital whose small letter is longer
        plain = text
    hits = sorted((*_nothing(plain), *_english(plain), *_chinese(plain)), key=lambda named: (named.start, -named.end))
    kept: list[Named] = []
    for named in hits:
        if not kept or named.start >= kept[-1].end:
            kept.append(named)
    return tuple(kept)


def shown_emotions(text: str) -> tuple[Named, ...]:
    """The first place of each emotion that is named and not negated."""
    first: dict[Emotion, Named] = {}
    for named in named_emotions(text):
        if not named.negated:
            first.setdefault(named.emotion, named)
    return tuple(first.values())


@cache
def _lists() -> dict[str, Any]:
    import yaml

    loaded: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("labels.yaml").read_text("utf-8"))
    return loaded


@cache
def _words(lang: str) -> Mapping[str, Emotion]:
    return {word: Emotion(emotion) for emotion, words in _lists()[lang].items() for word in words.split()}


@cache
def _pattern(group: str, lang: str) -> re.Pattern[str]:
    """Any phrase of a list, longest first; whole words in English."""
    phrases = sorted((phrase.strip() for phrase in _lists()[group][lang].split(",")), key=len, reverse=True)
    joined = "|".join(map(re.escape, phrases))
    return re.compile(rf"(?<!\w)(?:{joined})(?!\w)" if lang == "en" else joined)


@cache
def _chinese_words() -> re.Pattern[str]:
    return re.compile("|".join(sorted(_words("zh"), key=len, reverse=True)))


def _nothing(text: str) -> Iterator[Named]:
    for lang in ("en", "zh"):
        for hit in _pattern("nothing", lang).finditer(text):
            yield Named(emotion=Emotion.NEUTRAL, start=hit.start(), end=hit.end(), negated=False)


def _english(text: str) -> Iterator[Named]:
    words, known = list(_WORD.finditer(text)), _words("en")
    for number, word in enumerate(words):
        if emotion := known.get(word.group().removesuffix("'s")):
            begin = words[max(0, number - _REACH["en"])].start()
            yield Named(
                emotion=emotion,
                start=word.start(),
                end=word.end(),
                negated=_negated(text[begin : word.start()], "en"),
            )


def _chinese(text: str) -> Iterator[Named]:
    for hit in _chinese_words().finditer(text):
        before = text[max(0, hit.start() - _REACH["zh"]) : hit.start()]
        emotion = _words("zh")[hit.group()]
        yield Named(emotion=emotion, start=hit.start(), end=hit.end(), negated=_negated(before, "zh"))


def _negated(before: str, lang: str) -> bool:
    clause = _CLAUSE.split(before)[-1]
    left = _pattern("not_negations", lang).sub(" ", clause)
    return _pattern("negations", lang).search(left) is not None
