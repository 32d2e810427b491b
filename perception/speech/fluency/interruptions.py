"""Interruption points: where somebody stops before they repair what they said."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from perception.speech.fluency.phrases import ends_sentence, phrase_at, phrases, punctuated, word_set
from perception.speech.fluency.tokens import Token

_CUT: Final = re.compile(r"^-(?=$|[\s,.…，。])")
_DASH: Final = re.compile(r"^(?:--+|[—–]+)\s*$|^\s*(?:\.{3}|…+)\s*$")
_BROKEN: Final = re.compile(r"^(?:--+|[—–]+)\s*$")
_TERMS: Final = phrases(
    "i mean", "or rather", "or i mean", "sorry", "i'm sorry", "no wait", "wait no", "no", "excuse me", "no sorry"
)
_HAN_TERMS: Final = phrases(
    "不对",
    "不是",
    "哦不",
    "说错了",
    "不对不对",
    "我说错了",
    "应该说",
    "应该是",
    "我是说",
    "我的意思是",
    "我是指",
    "不不",
    "不",
)
_WITHIN: Final = phrases("应该说", "应该是", "我是说", "我的意思是", "我是指", "or rather", "i mean", "or i mean")
"""Editing terms that need no comma behind them."""
_SAYS: Final = word_set("say says said saying like oh well yes yeah am so very i'm really is was and but that's 说")
_BEGINS_ANEW: Final = word_set(
    "i i'm i've i'd i'll you you're he he's she she's it it's we we're we've they they're let's there "
    "there's that's what how can could do did actually well never 我 你 他 她 它 这 那 不 算 咱"
)
_JOINS: Final = word_set("and or to")
_SHORT: Final = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Interruption:
    """How somebody stopped."""

    cut: bool = False
    """Within a word."""
    finished: bool = False
    """That word is then said in full."""
    breaks: bool = False
    """What was begun is given up, unless words of it are said again."""
    corrects: bool = False
    """An explicit editing term follows."""
    editing: int = 0
    """How many words the editing term has."""
    replaced: int = 1
    """How many words it replaces where none is said again."""

    @property
    def strong(self) -> bool:
        """More than a filled pause tells of it."""
        return self.cut or self.breaks or self.corrects


def interruption(
    tokens: Sequence[Token], solid: Sequence[int], at: int, hesitates: Collection[int]
) -> Interruption | None:
    """The interruption right before a position of the words that are no fillers, if there is one."""
    before, here = tokens[solid[at - 1]], tokens[solid[at]]
    # a number may have a dash, and so may a compound that goes on (pre- and post-war)
    if _CUT.match(before.after) and before.norm.isalpha() and here.norm not in _JOINS:
        done = here.norm.startswith(before.norm) and here.norm != before.norm
        return Interruption(cut=True, finished=done, breaks=True)
    if edited := _edited(tokens, solid, at):
        return edited
    filled = any(place in hesitates for place in range(solid[at - 1] + 1, solid[at]))
    if _DASH.match(before.after):
        broken = bool(_BROKEN.match(before.after)) and (filled or here.norm in _BEGINS_ANEW)
        return Interruption(breaks=broken)
    gap = range(solid[at - 1] + 1, solid[at] + 1)
    return Interruption() if filled and not any(ends_sentence(tokens[i].before) for i in gap) else None


def _edited(tokens: Sequence[Token], solid: Sequence[int], at: int) -> Interruption | None:
    start = solid[at]
    terms = _HAN_TERMS if tokens[start].han else _TERMS
    length = phrase_at(tokens, start, terms)
    end = start + length
    if not length or end >= len(tokens) or at < 2 or tokens[solid[at - 1]].norm in _SAYS:
        return None
    inner = tokens[start].before
    free = punctuated(tokens[end].before) or bool(phrase_at(tokens, start, _WITHIN))
    if not punctuated(inner) or ends_sentence(inner) or not free or ends_sentence(tokens[end].before):
        return None
    if not tokens[start].han and not _short(tokens, end):
        # what goes on for long after "I mean" explains, and corrects nothing
        return None
    return Interruption(corrects=True, editing=length, replaced=2 if tokens[start].han else 1)


def _short(tokens: Sequence[Token], start: int) -> bool:
    """No more than a few words follow before the next punctuation."""
    rest = range(start + 1, min(start + _SHORT, len(tokens)))
    return len(tokens) <= start + _SHORT - 1 or any(punctuated(tokens[at].before) for at in rest)
