"""Signs that somebody may be in danger of their life, found in words.

A first net and not a last one: lists of phrases miss calm, oblique messages. A false alarm costs a question, a miss
may cost more, so what is in doubt counts. The patterns are in `crisis.yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

from agent.safety.normalise import normalise

Level = Literal["concern", "acute"]
"""`acute`: a wish to die, a plan, a means, self-harm, in so many words. `concern`: said around it, past, or denied."""

NEAR: Final = 300
"""Characters around a phrase that are looked at to tell whose it is."""

_QUOTES: Final = re.compile(r"“[^”]*”|\"[^\"]*\"|「[^」]*」|『[^』]*』|《[^》]*》")
_SENTENCE_END: Final = re.compile(r"[.!?。！？\n;；]")
_CLAUSE_END: Final = re.compile(r"[.!?。！？\n;；,，、:：]")


@dataclass(frozen=True, kw_only=True, slots=True)
class CrisisSignal:
    """That a message may speak of suicide or self-harm. It holds none of its words."""

    level: Level
    """How plainly."""
    about: Literal["self", "other"]
    """The person who writes, or someone close to them."""
    code: str
    """The name of the pattern that was met, such as `wish_to_die`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Patterns:
    benign: re.Pattern[str]
    media: re.Pattern[str]
    close: re.Pattern[str]
    persons: re.Pattern[str]
    first_person: re.Pattern[str]
    agents: re.Pattern[str]
    other: re.Pattern[str]
    recent: Mapping[str, re.Pattern[str]]
    softened: Mapping[str, re.Pattern[str]]
    acute: Mapping[str, re.Pattern[str]]
    concern: Mapping[str, re.Pattern[str]]


def graver(one: CrisisSignal | None, other: CrisisSignal | None) -> CrisisSignal | None:
    """The signal that must be answered first: about the person before others, acute before concern."""
    signals = [signal for signal in (one, other) if signal is not None]
    return max(signals, key=lambda signal: (signal.about == "self", signal.level == "acute"), default=None)


def check_crisis(text: str, lang: str | None = None) -> CrisisSignal | None:
    """The plainest sign in a message, or None.

    Args:
        text: what a person typed or said, any length.
        lang: of the message, when known; its patterns come first, but all are tried, since people mix languages.
    """
    clean = normalise(text)
    found = [signal for patterns in _languages(lang) if (signal := _check(clean, patterns))]
    return min(found, key=lambda signal: (signal.about == "other", signal.level == "concern"), default=None)


def _check(clean: str, patterns: _Patterns) -> CrisisSignal | None:
    heard = patterns.benign.sub(" ; ", _without_quotes(clean, patterns))
    recent = list(_signals(heard, patterns.recent, "acute", patterns))
    softened = list(_signals(heard, patterns.softened, "concern", patterns))
    for pattern in patterns.softened.values():
        # what is denied or past must not count once more as a plain wish
        heard = pattern.sub(" ; ", heard)
    plain = [
        *_signals(heard, patterns.acute, "acute", patterns),
        *_signals(heard, patterns.concern, "concern", patterns),
    ]
    found = sorted((*recent, *plain, *softened), key=lambda signal: signal.about == "other")
    return found[0] if found else _someone_else(heard, patterns)


def _signals(
    heard: str, group: Mapping[str, re.Pattern[str]], level: Level, patterns: _Patterns
) -> Iterator[CrisisSignal]:
    for code, pattern in group.items():
        for match in pattern.finditer(heard):
            about = _about(heard, match, patterns)
            if about:
                yield CrisisSignal(level=level if about == "self" else "concern", about=about, code=code)


def _about(text: str, match: re.Match[str], patterns: _Patterns) -> Literal["self", "other"] | None:
    """Whose danger a phrase tells of; None for someone in the news or in a story."""
    clause = _CLAUSE_END.split(_before(text, match))[-1]
    before = patterns.persons.findall(patterns.agents.sub(" ", clause))
    within = patterns.persons.findall(match[0])
    if not before or any(map(patterns.first_person.fullmatch, (before[-1], *within))):
        return "self"
    sentence = _sentence(text, match)
    return "other" if patterns.close.search(sentence) and not patterns.media.search(sentence) else None


def _someone_else(heard: str, patterns: _Patterns) -> CrisisSignal | None:
    for match in patterns.other.finditer(heard):
        sentence = _sentence(heard, match)
        if patterns.close.search(sentence) and not patterns.media.search(sentence):
            return CrisisSignal(level="concern", about="other", code="someone_else")
    return None


def _sentence(text: str, match: re.Match[str]) -> str:
    return _SENTENCE_END.split(_before(text, match))[-1] + match[0] + _SENTENCE_END.split(_after(text, match))[0]


def _before(text: str, match: re.Match[str]) -> str:
    return text[max(0, match.start() - NEAR) : match.start()]


def _after(text: str, match: re.Match[str]) -> str:
    return text[match.end() : match.end() + NEAR]


def _without_quotes(text: str, patterns: _Patterns) -> str:
    """Blank what is quoted from a song, a film or the news; people quote their own thoughts too, and those count."""

    def keep(match: re.Match[str]) -> str:
        around = _SENTENCE_END.split(_before(text, match))[-1] + " " + _SENTENCE_END.split(_after(text, match))[0]
        return " ; " if match[0].startswith("《") or patterns.media.search(around) else match[0]

    return _QUOTES.sub(keep, text)


def _languages(lang: str | None) -> list[_Patterns]:
    known = _load()
    return [known[code] for code in sorted(known, key=lambda code: code != lang)]


@cache
def _load() -> Mapping[str, _Patterns]:
    import yaml

    loaded = yaml.safe_load(Path(__file__).with_name("crisis.yaml").read_text("utf-8"))
    return {lang: _compiled(group) for lang, group in loaded.items()}


def _compiled(group: Mapping[str, list[str] | Mapping[str, list[str]]]) -> _Patterns:
    def one(name: str) -> re.Pattern[str]:
        return re.compile("|".join(f"(?:{pattern})" for pattern in group[name]))

    def many(name: str) -> Mapping[str, re.Pattern[str]]:
        named = group[name]
        assert isinstance(named, Mapping), f"{name} maps codes to patterns"
        return {code: re.compile("|".join(f"(?:{p})" for p in patterns)) for code, patterns in named.items()}

    return _Patterns(
        benign=one("benign"),
        media=one("media"),
        close=one("close"),
        persons=one("persons"),
        first_person=one("first_person"),
        agents=one("agents"),
        other=one("other"),
        recent=many("recent"),
        softened=many("softened"),
        acute=many("acute"),
        concern=many("concern"),
    )
