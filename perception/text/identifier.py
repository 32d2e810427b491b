"""A second opinion on the language of text in Latin script: py3langid's n-gram model of 139 languages.

langid.py (Lui & Baldwin, 2012, "langid.py: an off-the-shelf language identification tool", ACL demo), as py3langid
carries it on. Lingua is surer of single words, and weighs a hundred megabytes; fastText wants a compiler.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cache
from math import log
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

READ: Final = 400
"""Characters that are looked at: more are slower and no surer."""

_ENGLISH: Final = ("en", "pcm")
_NONE: Final = "zxx"
_LEAST: Final = 1e-6
_lock: Final = threading.Lock()


@dataclass(frozen=True, kw_only=True, slots=True)
class Opinion:
    """What the model takes a text for, English apart."""

    code: str
    """ISO 639 code of the likeliest language but English."""
    probability: float
    """Of that language, in [0, 1]; flattened by the text's length, so that a word is never near 1."""
    odds: float
    """Natural logarithm of its probability over that of English (with Nigerian Pidgin); above 0 speaks against it."""


def second_opinion(text: str) -> Opinion:
    """Ask the model: 0.1 to 0.7 ms, and the first time of a process 0.8 s of one core and 80 MB to load it."""
    ranked = _identifier().rank(text[:READ])
    code, probability = next((lang, p) for lang, p in ranked if lang not in {*_ENGLISH, _NONE})
    english = sum(p for lang, p in ranked if lang in _ENGLISH)
    odds = log(max(probability, _LEAST) / max(english, _LEAST))
    return Opinion(code=str(code), probability=float(probability), odds=odds)


def _identifier() -> LanguageIdentifier:
    # the lock, so that threads that start together do not each hold a copy while they load
    with _lock:
        return _loaded()


@cache
def _loaded() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
