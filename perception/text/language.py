"""Which language a text is in: the script first, then function words and spelling.

Small and honest: it exists so that the sense abstains on a language it has no model for. It knows the commonest
function words, greetings and letters of each language written in Latin script below, no more; a text it finds no
evidence in counts as English, where the model itself will say that it knows none of the words.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import Final

from perception.text.lexicon import ENGLISH, LETTERS, SHARED, WORDS

_WORD: Final = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_LINK: Final = re.compile(r"https?://\S+|www\.\S+|[A-Za-z0-9._+-]{1,40}@[A-Za-z0-9.-]+|@\w+")
_SAMPLE: Final = 4000
# parts of the words: that a language must explain, and that carry an accent in text of no language known here
_ENOUGH: Final = 0.12
_ACCENTED: Final = 0.3
# "La La Land was amazing": a shared verb or pronoun stays evidence among words of no list, a shared particle less
_WEAK: Final = frozenset({"me", "no", "on", "as", "do", "an", "am"})
_OWN: Final = ENGLISH - _WEAK
_HALF: Final = 0.5

_SCRIPTS: Final = {
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
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
}
_UKRAINIAN: Final = frozenset("іїєґ")
_PERSIAN: Final = frozenset("پچژگ")


def detect_language(text: str) -> str | None:
    """ISO 639-1 code of the dominant language of a text, from its first 4,000 characters.

    Text that mixes scripts counts as the language of most of its words, where a Chinese word is about two characters.
    None when the text has no letters, or letters of a script that is not known here.
    """
    sample = _LINK.sub(" ", text[:_SAMPLE])
    scripts = _scripts(sample)
    if not scripts:
        return None
    if scripts["ja"] and scripts["ja"] * 8 >= scripts["zh"]:
        scripts["ja"] += scripts.pop("zh", 0)
    language, _ = scripts.most_common(1)[0]
    if language == "latin":
        return _latin(sample)
    return _refined(language, sample)


def _scripts(sample: str) -> Counter[str]:
    """Words by script, roughly: half a word a Han or kana character, a sixth an alphabetic letter."""
    scripts: Counter[str] = Counter()
    for letter, count in Counter(c for c in sample if c.isalpha()).items():
        script = unicodedata.name(letter, "").partition(" ")[0]
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
    if language == "ar" and letters & _PERSIAN:
        return "fa"
    return language or None


def _latin(sample: str) -> str | None:
    """English, unless another language explains more of the words, or the spelling is that of none known here."""
    words = _words(sample)
    english = len(words & _OWN) + _HALF * len(words & _WEAK)
    best, evidence = "en", 0.0
    for language, known in WORDS.items():
        letters = LETTERS.get(language, frozenset())
        found = sum(_evidence(word, known, letters) for word in words)
        if found > evidence:
            best, evidence = language, found
    if evidence > english and evidence >= max(1.0, _ENOUGH * len(words)):
        return best
    accented = sum(not word.isascii() for word in words)
    return None if accented > english and accented >= _ACCENTED * len(words) and len(words) > 1 else "en"


def mostly_han(text: str) -> bool:
    """Whether Han characters outnumber kana, as in Chinese with a borrowed の and seldom in Japanese."""
    scripts = _scripts(_LINK.sub(" ", text[:_SAMPLE]))
    return scripts["zh"] > scripts["ja"]


def english_evidence(text: str) -> bool:
    """Whether a text has a common word that is English and nothing else."""
    return bool(_words(_LINK.sub(" ", text[:_SAMPLE])) & (ENGLISH - SHARED))


def _words(sample: str) -> set[str]:
    return {word.lower().replace("’", "'") for word in _WORD.findall(sample)}


def _evidence(word: str, known: frozenset[str], letters: frozenset[str]) -> float:
    """A known word counts whole; one letter, or a letter English lacks ("naïve", "jalapeño"), counts half."""
    if word in known:
        return 1.0 if len(word) > 1 else 0.5
    return 0.5 if letters & set(word) else 0.0
