"""What a person says about a feeling of their own."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from perception.emotions import Emotion


class Polarity(StrEnum):
    """Whether the feeling is claimed or ruled out. "I'm not happy" rules happiness out; it does not claim sadness."""

    STATED = "stated"
    DENIED = "denied"


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """One feeling that the person who writes claims, or denies, to have now."""

    emotion: Emotion
    """The emotion that the word stands for in the lexicon."""
    polarity: Polarity
    """Claimed or ruled out."""
    start: int
    """Of the words in the text as it was given, in characters: from the subject, or where it is left out from the first
    word of the predicate."""
    end: int
    """After the last character of the emotion word; `start < end <= len(text)`."""
    language: Literal["en", "zh"]
    """Of the emotion word."""
    when: Literal["now", "lately"]
    """`lately`: for some time until now ("I've been sad", 最近). What is past or to come is no statement."""
    strength: Literal["weak", "plain", "strong"]
    """By the adverbs of degree: "a bit", "so"; of what is denied too ("not at all" is plain)."""
    hedged: bool
    """Said with a reservation: "I guess", "I don't think", 好像, or twice denied ("I can't say I'm not angry")."""
    subject: Literal["said", "dropped"]
    """Whether the person names themselves. Without it ("not angry, just tired", 好难过) it is most likely, not certain,
    that they speak of themselves."""
