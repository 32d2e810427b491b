"""What a person types after `/correct`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from api.terminal.texts import say

if TYPE_CHECKING:
    from perception import Emotion

SHARE: Final = ("share", "共享")
"""The last word of a correction that may be exported as labelled data."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Typed:
    """A correction as it was typed."""

    emotion: Emotion | None
    """What the person felt; None where they name no emotion."""
    text: str
    """In their own words; empty where they name an emotion alone."""
    shared: bool
    """It may be exported as labelled data."""


def parse_correction(argument: str) -> Typed:
    """`sad`, `难过`, `sad share`, words such as `I was only tired`, or nothing: it was not that.

    Raises:
        InputInvalid: a single word in Latin letters that is no emotion; it is more likely a slip than an account.
    """
    from agent.phrases import name_emotion
    from api.errors import InputInvalid
    from perception import Emotion

    words = argument.split()
    shared = bool(words) and words[-1].lower() in SHARE
    text = " ".join(words[:-1] if shared else words)
    names = {name_emotion(emotion, lang): emotion for emotion in Emotion for lang in ("en", "zh")}
    emotion = (names | {one.value: one for one in Emotion}).get(text.lower())
    if emotion is None and text.isascii() and text.isalpha():
        known = ", ".join(name_emotion(emotion, "en") for emotion in Emotion)
        raise InputInvalid(f"/correct: no emotion is called {text!r}; there are {known}. Or say it in a few words")
    return Typed(emotion=emotion, text="" if emotion else text, shared=shared)


def noted(read: Emotion | None, emotion: Emotion | None, shared: bool, lang: str) -> str:
    """That a correction is kept, and what it says."""
    from agent.phrases import name_emotion

    was = name_emotion(read, lang) if read else say("not_known", lang)
    told = (
        say("corrected", lang, read=was, emotion=name_emotion(emotion, lang))
        if emotion
        else say("corrected_not", lang, read=was)
    )
    if read == "neutral":  # a calm moment that was misread says nothing of the next one
        return told + say("corrected_once_shared" if shared else "corrected_once", lang)
    return told + say("corrected_shared" if shared else "corrected_kept", lang)
