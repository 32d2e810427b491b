"""Which language a text is in: the script first, then function words and spelling, then a model where those are weak.

It exists so that the sense abstains on a language it has no model for. Most English shows at once, by words that hardly
any other language writes; a text of none of them is judged by `perception.text.identifier` as well. What nothing is
known of counts as English, but not surely: the sense must not be sure of it either.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import Final

from perception.text.english import COMMON
from perception.text.identifier import second_opinion
from perception.text.lexicon import CANTONESE, ENGLISH, INTERJECTIONS, LETTERS, SHARED, WORDS

_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_LINK: Final = re.compile(r"https?://\S+|www\.\S+|[A-Za-z0-9._+-]{1,40}@[A-Za-z0-9.-]+|@\w+")
_WIDE: Final = re.compile("[\u2e80-\uffff]+")
_DRAWN_OUT: Final = re.compile(r"(.)\1{2,}")
_SAMPLE: Final = 4000

# shares of the words: that show English at once (the second with three words), and that a language must explain
_HALF: Final = 0.5
_THIRD: Final = 0.3
_ENOUGH: Final = 0.12
_MIXED: Final = 0.2
# in units of the model's log odds: what a word of either side weighs, and where English ends
_FOREIGN_WORD: Final = 1.0
_ENGLISH_WORD: Final = 0.8
_REJECTED: Final = 1.5
_REJECTED_ALONE: Final = 2.5
"""For a single word, which is often a name."""
_NAMED: Final = 0.4
_CANTONESE_SIGNS: Final = 2

_SCRIPTS: Final = {
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "HALFWIDTH": "ja",
    "HANGUL": "ko",
    "CYRILLIC": "ru",
    "ARABIC": "ar",
    "HEBREW": "he",
    "GREEK": "el",
    "THAI": "th",
    "DEVANAGARI": "hi",
    "BENGALI": "bn",
    "TAMIL": "ta",
    "ARMENIAN": "hy",
    "GEORGIAN": "ka",
    "ETHIOPIC": "am",
}
_UKRAINIAN: Final = frozenset("іїєґ")
_PERSIAN: Final = frozenset("پچژگ")
_URDU: Final = frozenset("ٹڈڑںےہ")


@dataclass(frozen=True, kw_only=True, slots=True)
class Language:
    """The dominant language of a text."""

    code: str | None
    """ISO 639 code, or a BCP 47 tag where the script is not the usual one (`zh-Latn` for pinyin); None when a text has
    no letters, or is in no language known here."""
    sure: bool = True
    """Whether there is evidence for it. English that no word shows, and that is mixed with another language, is not."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Evidence:
    words: int
    english: float
    shown: int
    """Words of English that hardly any other language writes."""
    foreign: float
    code: str | None
    """The language that explains most words, English apart."""


def detect_language(text: str) -> str | None:
    """The code of `recognise`."""
    return recognise(text).code


def recognise(text: str) -> Language:
    """The dominant language of a text, from its first 4,000 characters.

    Text that mixes scripts counts as the language of most of its words, where a Chinese word is about two characters.
    The second opinion is asked only where words decide nothing, which is 3 to 8 % of English; the rest costs some
    0.05 ms a sentence.
    """
    sample = _LINK.sub(" ", text[:_SAMPLE])
    scripts = _scripts(sample)
    if not scripts:
        return Language(code=None)
    if scripts["ja"] and scripts["ja"] * 8 >= scripts["zh"]:
        scripts["ja"] += scripts.pop("zh", 0)
    language, _ = scripts.most_common(1)[0]
    return _latin(sample) if language == "latin" else Language(code=_refined(language, sample))


def mostly_han(text: str) -> bool:
    """Whether Han characters outnumber kana, as in Chinese with a borrowed の and seldom in Japanese."""
    scripts = _scripts(_LINK.sub(" ", text[:_SAMPLE]))
    return scripts["zh"] > scripts["ja"]


def has_letters(text: str) -> bool:
    """Whether a text has letters outside of links, addresses and names that are mentioned."""
    return any(c.isalpha() for c in _LINK.sub(" ", text[:_SAMPLE]))


def english_evidence(text: str) -> bool:
    """Whether a text has a common word that is English and nothing else."""
    return bool(_words(_LINK.sub(" ", text[:_SAMPLE])) & (ENGLISH - SHARED))


def _scripts(sample: str) -> Counter[str]:
    """Words by script, roughly: half a word a Han or kana character, a sixth an alphabetic letter."""
    scripts: Counter[str] = Counter()
    for letter, count in Counter(c for c in sample if c.isalpha()).items():
        script = "LATIN" if letter.isascii() else unicodedata.name(letter, "").partition(" ")[0]
        if script == "CJK" or letter == "〇":
            scripts["zh"] += 3 * count
        elif script in {"LATIN", "FULLWIDTH"}:
            scripts["latin"] += count
        else:
            language = _SCRIPTS.get(script, "")
            scripts[language] += (3 if language in {"ja", "ko"} else 1) * count
    return scripts


def _refined(language: str, sample: str) -> str | None:
    letters = set(sample.lower())
    if language == "ru" and letters & _UKRAINIAN:
        return "uk"
    if language == "ar" and letters & _URDU:
        return "ur"
    if language == "ar" and letters & _PERSIAN:
        return "fa"
    if language == "zh" and len(letters & CANTONESE) >= _CANTONESE_SIGNS:
        return "yue"
    return language or None


def _latin(sample: str) -> Language:
    """English where its words show, else what the words, the letters and the second opinion come to together."""
    seen = _weigh(_words(sample))
    if not seen.words:
        return Language(code="en", sure=False)
    if _plainly_english(seen):
        return Language(code="en", sure=seen.foreign < max(1.0, _MIXED * seen.words))
    if _plainly_foreign(seen):
        return Language(code=seen.code)
    opinion = second_opinion(_WIDE.sub(" ", sample))
    against = opinion.odds + _FOREIGN_WORD * seen.foreign - _ENGLISH_WORD * seen.english
    if against <= (_REJECTED if seen.words > 1 else _REJECTED_ALONE):
        return Language(code="en", sure=against <= 0)
    named = opinion.code if opinion.probability >= _NAMED else None
    return Language(code=seen.code if seen.foreign >= 1 else named)


def _plainly_english(seen: _Evidence) -> bool:
    if seen.foreign > seen.english:
        return False
    least = 1 if seen.english >= _HALF * seen.words else 3
    return seen.shown >= least and seen.english >= _THIRD * seen.words


def _plainly_foreign(seen: _Evidence) -> bool:
    return seen.foreign > seen.english and seen.foreign >= max(2.0, _ENOUGH * seen.words)


def _weigh(words: set[str]) -> _Evidence:
    shown, shared, tally = 0, 0, Counter[str]()
    for word in words:
        if word in _shown():
            shown += 1
            continue
        shared += word in SHARED
        for language in _languages().get(word, ()):
            tally[language] += 1.0 if len(word) > 1 else _HALF  # type: ignore[assignment]
        if not word.isascii():
            _count_letters(word, tally)
    code, foreign = max(tally.items(), key=lambda item: item[1], default=(None, 0.0))
    return _Evidence(words=len(words), english=shown + _HALF * shared, shown=shown, foreign=foreign, code=code)


def _count_letters(word: str, tally: Counter[str]) -> None:
    """A letter that English lacks ("naïve", "jalapeño") is half a word."""
    for language, letters in LETTERS.items():
        if letters & set(word) and word not in WORDS[language]:
            tally[language] += _HALF  # type: ignore[assignment]


@cache
def _shown() -> frozenset[str]:
    return (ENGLISH - SHARED) | COMMON | INTERJECTIONS


@cache
def _languages() -> dict[str, tuple[str, ...]]:
    """Languages by word."""
    found: dict[str, tuple[str, ...]] = {}
    for language, known in WORDS.items():
        for word in known:
            found[word] = (*found.get(word, ()), language)
    return found


def _words(sample: str) -> set[str]:
    """Different words, in lower case; a letter drawn out counts once, and a word with hyphens as several."""
    words = {word.lower().replace("’", "'") for word in _WORD.findall(sample)}
    return {_DRAWN_OUT.sub(r"\1", word) for word in words}
