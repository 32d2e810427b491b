"""Texts that say the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Final

from perception.training.splits.fingerprints.values import TextFingerprint

# a name ends at a space or a mark, an address at what no address holds: Chinese follows both without a space
_ADDRESS: Final = re.compile(r"(?:https?://|www\.)[!-~]+", re.IGNORECASE)
_NAME: Final = re.compile(r"(?<![A-Za-z0-9._+-])@[\w-]{1,30}")
_MASKS: Final = ("\ue000", "\ue001")
_LONG: Final = re.compile(r"(\D)\1{2,}")
_DROPPED: Final = ("P", "Z", "Cc", "Cf", "Sm", "Sk")
"""Unicode categories: punctuation, spaces, controls and joiners, `~` and `+`, skin tones."""
_VARIATIONS: Final = frozenset(map(chr, range(0xFE00, 0xFE10)))


def text_fingerprint(text: str) -> TextFingerprint:
    """Fingerprint of a text.

    Exact is the text in Unicode's NFC without outer spaces. Near is what `same_words` leaves of it; where that is
    nothing, as of `!!!`, only the exact form counts.
    """
    exact = _digest(unicodedata.normalize("NFC", text).strip())
    words = same_words(text)
    return TextFingerprint(exact=exact, near=_digest(words) if words else exact)


def same_words(text: str) -> str:
    """What two texts share that differ in no word.

    NFKC, case folded; web addresses and @names masked; punctuation, spaces and how an emoji is drawn removed; three or
    more of one character squeezed to two, but for digits (`sooo` and `soooo` are one, `so` is another: else `god` were
    `good`). Emoji stay, and so do traditional characters. Empty where nothing but masks would be left.
    """
    masked = unicodedata.normalize("NFKC", text)
    for pattern, mask in zip((_ADDRESS, _NAME), _MASKS, strict=True):
        masked = pattern.sub(mask, masked)
    kept = "".join(filter(_says_something, masked.casefold()))
    return _LONG.sub(r"\1\1", kept) if set(kept) - set(_MASKS) else ""


def near_texts(prints: Sequence[TextFingerprint]) -> Iterator[tuple[int, int, float]]:
    """The first text of each kind beside each later one that says the same: two places and a distance of 0."""
    first: dict[str, int] = {}
    for place, made in enumerate(prints):
        if (earlier := first.setdefault(made.near, place)) != place:
            yield earlier, place, 0.0


def _says_something(character: str) -> bool:
    return not (character in _VARIATIONS or unicodedata.category(character).startswith(_DROPPED))


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
