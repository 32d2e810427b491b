"""The words that matter, by class, from `en.yaml` and `zh.yaml`.

The class of a token, in either language:
    emotion, noun, verb     a feeling as an adjective, as a noun after "I feel", as what others do ("scares me", 气死我)
    adverb, negation        may stand between a subject and a feeling
    subject, me             the person who writes; you, other, kin: somebody else
    am, are, is, been, have, feel, feeling, doing, full, do, utmost, cause
                            what links subject and feeling
    denial                  before a clause: "it is not that"
    say, think              whose words or thoughts a clause is
    condition, modal, past, habit, ban, question, once
                            what makes it no statement about now
    and, or, but, comma     between feelings and between clauses
    idiom, quote, word      no feeling
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from perception.emotions import Emotion

Language = Literal["en", "zh"]
Degree = Literal["", "strong", "weak", "hedge", "lately", "now"]

_FEELINGS: Final = {"emotions": "emotion", "verbs": "verb", "nouns": "noun"}
_FIRST: Final = ("idiom", "negation", "denial")
"""Classes that win over the others where a word is in several."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A word, or a phrase, of the lexicon."""

    tag: str
    """Its class."""
    emotion: Emotion | None = None
    """What it stands for when it is a feeling."""
    degree: Degree = ""
    """Of an adverb."""
    flags: frozenset[str] = frozenset()
    """Of an emotion: when it counts (see the YAML)."""
    roles: frozenset[str] = frozenset()
    """What else it may be behind an emotion."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Lexicon:
    """The lexicon of one language."""

    language: Language
    """The language."""
    entries: Mapping[tuple[str, ...], Entry]
    """By words (English) or characters (Chinese)."""
    longest: Mapping[str, int]
    """Units of the longest entry, by first unit."""
    contractions: Mapping[str, tuple[str, ...]]
    """What is written as one word and is several."""

    def match(self, units: list[str], at: int) -> tuple[int, Entry | None]:
        """The longest entry that begins there: how many units it has, and the entry; (1, None) when there is none."""
        for size in range(min(self.longest.get(units[at], 0), len(units) - at), 0, -1):
            if entry := self.entries.get(tuple(units[at : at + size])):
                return size, entry
        return 1, None


@cache
def load_lexicon(language: Language) -> Lexicon:
    """Read it; once in a process."""
    import yaml

    # libyaml where PyYAML was built with it: ten times as fast
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = Path(__file__).with_name(f"{language}.yaml").read_text("utf-8")
    loaded: dict[str, Any] = yaml.load(text, Loader=loader)  # noqa: S506  (a safe loader)
    contractions = {word: tuple(parts.split()) for word, parts in (loaded.get("contractions") or {}).items()}
    entries: dict[tuple[str, ...], Entry] = {}
    for word, entry in _entries(loaded):
        entries.setdefault(tuple(word.split() if language == "en" else word), entry)
    for role, words in loaded["after"].items():
        for word in words:
            _add_role(entries, tuple(word.split() if language == "en" else word), role)
    longest: dict[str, int] = {}
    for units in entries:
        longest[units[0]] = max(longest.get(units[0], 0), len(units))
    return Lexicon(language=language, entries=entries, longest=longest, contractions=contractions)


def _entries(loaded: Mapping[str, Any]) -> Iterator[tuple[str, Entry]]:
    words: Mapping[str, list[str]] = loaded["words"]
    for tag in _FIRST:
        yield from ((word, Entry(tag=tag)) for word in words.get(tag, ()))
    flags: Mapping[str, list[str]] = loaded["flags"]
    for group, tag in _FEELINGS.items():
        for emotion, terms in loaded[group].items():
            for term in terms:
                marked = frozenset(flag for flag, those in flags.items() if term in those)
                yield term, Entry(tag=tag, emotion=Emotion(emotion), flags=marked)
    for tag in words:
        yield from ((word, Entry(tag=tag)) for word in words[tag])
    for degree, adverbs in loaded["adverbs"].items():
        kind: Degree = "" if degree == "plain" else degree
        yield from ((word, Entry(tag="adverb", degree=kind)) for word in adverbs)


def _add_role(entries: dict[tuple[str, ...], Entry], units: tuple[str, ...], role: str) -> None:
    known = entries.get(units, Entry(tag="word"))
    entries[units] = Entry(
        tag=known.tag, emotion=known.emotion, degree=known.degree, flags=known.flags, roles=known.roles | {role}
    )
