"""What a grammar finds around a feeling, and what that amounts to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from perception.emotions import Emotion
from perception.text.statements.folding import Folded
from perception.text.statements.lexicon import Degree
from perception.text.statements.tokens import Token
from perception.text.statements.values import Polarity, Statement

BOUNDARIES = frozenset({"comma", "and", "or", "but"})
"""Classes that part clauses."""


@dataclass(kw_only=True, slots=True)
class Reading:
    """A feeling in the making: what stands before it is read from right to left."""

    first: int
    """Index of the leftmost token that belongs to it."""
    negations: int = 0
    """How often it is negated."""
    degrees: set[Degree] = field(default_factory=set)
    """Of the adverbs met."""
    words: set[str] = field(default_factory=set)
    """The adverbs met, and the words that link subject and feeling."""
    unhappy: bool = False
    """Whether a negated happiness is the one word "unhappy": 很不开心, 没有不开心."""
    hedged: bool = False
    """Whether somebody doubts it, themselves."""
    said: bool = False
    """Whether the subject is there."""

    def note(self, token: Token) -> None:
        """Take an adverb or a negation in."""
        if token.tag == "negation":
            self.negations += 1
        if token.degree:
            self.degrees.add(token.degree)
        self.words.add(token.text)


Earlier = Mapping[int, Reading]
"""What was read of the feelings before one in its sentence, by index."""


def tag_at(tokens: Sequence[Token], index: int) -> str:
    """The class of a token; `edge` outside the sentence."""
    return tokens[index].tag if 0 <= index < len(tokens) else "edge"


def clause_start(tokens: Sequence[Token], index: int) -> int:
    """Index of the first token of the clause that a token is in."""
    while index > 0 and tag_at(tokens, index - 1) not in BOUNDARIES:
        index -= 1
    return index


def statement(reading: Reading, tokens: Sequence[Token], at: int, folded: Folded) -> Statement:
    """The reading of the feeling at an index, in the characters of the original text."""
    token = tokens[at]
    assert token.emotion is not None, "only feelings are read"
    emotion, polarity, twice = _weighed(reading, token.emotion)
    return Statement(
        emotion=emotion,
        polarity=polarity,
        start=folded.starts[tokens[reading.first].start],
        end=folded.ends[token.end - 1],
        language=token.language,
        when="lately" if "lately" in reading.degrees else "now",
        strength=_strength(reading.degrees),
        hedged=twice or reading.hedged or "hedge" in reading.degrees,
        subject="said" if reading.said else "dropped",
    )


def _weighed(reading: Reading, emotion: Emotion) -> tuple[Emotion, Polarity, bool]:
    """Negations add up. Of happiness, two deny its opposite and claim nothing: not unhappy is not yet happy (litotes,
    Horn 1989, A Natural History of Negation, ch. 5). Of all else, two claim it with a reservation.
    """
    negations = reading.negations
    if emotion is Emotion.HAPPY and (reading.unhappy or negations >= 2):
        emotion, negations = Emotion.SAD, negations - 1
    return emotion, Polarity.DENIED if negations % 2 else Polarity.STATED, negations >= 2


def _strength(degrees: set[Degree]) -> Literal["weak", "plain", "strong"]:
    return "weak" if "weak" in degrees else "strong" if "strong" in degrees else "plain"
