"""What of an utterance is read: without markup and what no reader sees, normalised, and in which language."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final

from perception.cues import Cue
from perception.perceiver import Utterance
from perception.text.clean import plain
from perception.text.hints import settle
from perception.text.language import Language
from perception.text.normalise import normalise
from perception.text.tokens import TURNS

READ: Final = 4000
"""Characters of an utterance that are read; what follows is not felt, and the cue `text_truncated` says so."""

_LOOKED_AT: Final = 4 * READ
"""Characters of an utterance that are looked at, markup and what no reader sees among them."""
_TURN: Final = 400
"""Characters of an earlier turn that are read: its last ones, to which the next turn answers."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """An utterance, read."""

    text: str
    """As written, without markup; at most `READ` characters."""
    clean: str
    """Normalised; empty when there is nothing to see."""
    language: Language
    """The one it is in."""
    context: tuple[str, ...]
    """Up to four earlier turns, oldest first, normalised."""
    cues: tuple[Cue, ...]
    """What to say of what is not read."""


def read(utterance: Utterance) -> Reading:
    """Read an utterance; whatever it is, this raises nothing."""
    text, cues = readable(utterance.text)
    clean = normalise(text)
    if not any(_visible(character) for character in clean):
        return Reading(text=text, clean="", language=Language(code=None), context=(), cues=cues)
    context = tuple(filter(None, (normalise(plain(turn[-_TURN:])) for turn in list(utterance.context)[-TURNS:])))
    return Reading(text=text, clean=clean, language=settle(utterance.lang, clean), context=context, cues=cues)


def readable(text: str) -> tuple[str, tuple[Cue, ...]]:
    """The part that is read, without what no reader sees, and what to say of the rest."""
    shown = plain(text[:_LOOKED_AT])
    if len(text) <= _LOOKED_AT and len(shown) <= READ:
        return shown, ()
    return shown[:READ], (Cue(code="text_truncated", params={"characters": READ}),)


def _visible(character: str) -> bool:
    """Not a space, a control or a format character."""
    return unicodedata.category(character)[0] not in "ZC"
