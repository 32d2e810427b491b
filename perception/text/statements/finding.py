"""From a text to statements."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from perception.text.statements.chinese import read_chinese
from perception.text.statements.english import read_english
from perception.text.statements.folding import Folded, fold
from perception.text.statements.reading import Reading, statement
from perception.text.statements.tokens import Sentence, sentences
from perception.text.statements.values import Statement

READ: Final = 10_000
"""Characters of a text that are read."""

_FEELINGS: Final = frozenset({"emotion", "noun", "verb", "state"})
_READ_LANGUAGES: Final = frozenset({"en", "eng", "zh", "zho", "chi", "cmn", "yue"})


def find_statements(text: str, lang: str | None = None) -> tuple[Statement, ...]:
    """What a person says about a feeling of their own, now, in order.

    Rules over words, in English, in Chinese and where both are mixed. The feelings of others, questions, conditions,
    wishes, quotations, titles, the past, habits and set phrases ("I'm afraid we're closed", "happy to help", 恐怕) are
    no statements. What is in doubt is left out, since a statement outweighs what the senses make of a person.

    Args:
        text: any length; the first 10,000 characters are read.
        lang: of the text, as a code such as `en` or `zh-CN`, when known; of another language nothing is read.

    Returns:
        The statements by their place; the same feeling said twice gives two.
    """
    code = (lang or "").lower().replace("_", "-").partition("-")[0]
    if code and code not in _READ_LANGUAGES:
        return ()
    folded = fold(text[:READ])
    return tuple(found for sentence in sentences(folded.text) for found in _found(sentence, folded))


def _found(sentence: Sentence, folded: Folded) -> Iterator[Statement]:
    tokens = sentence.tokens
    mixed = any(token.language == "zh" for token in tokens)
    earlier: dict[int, Reading] = {}
    for at, token in enumerate(tokens):
        if token.tag not in _FEELINGS:
            continue
        reading = read_english(tokens, at, earlier, asks=sentence.asks) if _english(sentence, at) else None
        if reading is None and mixed:
            reading = read_chinese(tokens, at, earlier, asks=sentence.asks)
        if reading is not None:
            earlier[at] = reading
        if reading is not None and token.emotion is not None:
            yield statement(reading, tokens, at, folded)


def _english(sentence: Sentence, at: int) -> bool:
    """Whether English grammar may hold: the feeling, or a word before it, is English."""
    return any(token.language == "en" and token.text[0].isalpha() for token in sentence.tokens[: at + 1])
