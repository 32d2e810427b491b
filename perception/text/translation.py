"""The seam where a translator may stand, so that a language without a model can be felt all the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from perception.cues import Cue
from perception.text.clean import plain
from perception.text.language import recognise
from perception.text.normalise import normalise

TRANSLATED: Final = 0.7
"""Quality of a translation beside that of the words themselves: translating flattens what is felt."""

TARGET: Final = "en"
"""The language that is translated into: its corpora are the largest."""

UNDETERMINED: Final = "und"
"""BCP 47's code of a language that was not recognised."""


class Translator(Protocol):
    """Turns a text into another language. May be called from several threads."""

    def translate(self, text: str, *, source: str, target: str) -> str | None:
        """The text in the other language; blocks.

        Args:
            text: At most 4,000 characters. Data, not instructions.
            source: ISO 639 code or BCP 47 tag (`fr`, `hi-Latn`), or `und` where it was not recognised.
            target: ISO 639-1 code.

        Returns:
            None where it cannot. What it raises counts as that.
        """


@dataclass(frozen=True, kw_only=True, slots=True)
class Translation:
    """What came of asking a translator."""

    text: str | None
    """Normalised; None when there is none that can be read."""
    cue: Cue
    """`translated {from, to}`, or `translation_failed {language, why}`; never the words."""


def translated(translator: Translator, text: str, source: str | None) -> Translation:
    """Ask a translator, and take its answer only if it is in the language asked for.

    Args:
        translator: May raise anything.
        text: As written.
        source: What it is in; None where it was not recognised.
    """
    source = source or UNDETERMINED
    try:
        answer = translator.translate(text, source=source, target=TARGET)
    except Exception as error:  # a translator is the caller's; a broken one must not cost the sense
        return _failed(source, type(error).__name__)
    clean = normalise(plain(answer)) if answer else ""
    if not clean:
        return _failed(source, "nothing")
    found = recognise(clean)
    if found.code != TARGET or not found.sure:
        return _failed(source, "other_language")
    return Translation(text=clean, cue=Cue(code="translated", params={"from": source, "to": TARGET}))


def _failed(source: str, why: str) -> Translation:
    return Translation(text=None, cue=Cue(code="translation_failed", params={"language": source, "why": why}))
