"""Statements as cues of an observation."""

from __future__ import annotations

from typing import Final

from perception.cues import Cue
from perception.text.statements.finding import find_statements
from perception.text.statements.values import Polarity

_CODES: Final = {Polarity.STATED: "states_emotion", Polarity.DENIED: "denies_emotion"}


def statement_cues(text: str, lang: str | None = None) -> tuple[Cue, ...]:
    """`states_emotion {emotion}` and `denies_emotion {emotion}`, each once, in the order in which they are first said.

    Args:
        text: what a person wrote or said, any length.
        lang: of the text, when known.
    """
    said = dict.fromkeys((_CODES[found.polarity], found.emotion.value) for found in find_statements(text, lang))
    return tuple(Cue(code=code, params={"emotion": emotion}) for code, emotion in said)
