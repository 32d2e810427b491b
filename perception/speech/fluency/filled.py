"""Filled pauses: um and uh; 呃 and 嗯; 那个 and 这个 where they point at nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from perception.speech.fluency.phrases import (
    Span,
    edge_after,
    edge_before,
    phrase_at,
    phrases,
    punctuated,
    sentence_before,
)
from perception.speech.fluency.tokens import Token

_ENGLISH: Final = re.compile(r"a+h+|e+h+|e+r|e+rm+|u+h+|u+m+|u+h+m+|h+m+|m{2,}")
_MURMURS: Final = re.compile(r"h+m+|m{2,}")
_ANSWERS_WITH: Final = frozenset({"huh", "hum", "hm", "hmm", "mm", "oh"})
_HESITATION: Final = frozenset("呃额嗯")
_DEMONSTRATIVES: Final = phrases("那个", "这个")
_AGREES: Final = phrases(
    "好", "对", "是的", "是啊", "行", "可以", "没错", "没问题", "知道", "我知道", "谢谢", "有", "没有"
)
_LEADS_IN: Final = phrases("就是", "然后", "所以", "但是", "因为", "而且")


def find_filled_pauses(tokens: Sequence[Token]) -> tuple[Span, ...]:
    """Where somebody fills a pause.

    English: ah, eh, er, uh, um, the five of LDC SimpleMDE (Strassel 2003), with their spellings (uhm, erm, hmm, mm).
    Mandarin: 呃 (额), 嗯, 那个 and 这个, the four of Zhao & Jurafsky (2005). A murmur or 嗯 alone, or 嗯 before an
    agreement, answers (嗯，好的; uh-huh; mm-hmm), and eh? and ah! are no fillers either. 那个 and 这个 fill between
    edges, before another filler or when said again (那个，那个), and otherwise point (那个人). The rules of position
    are an own choice.
    """
    found: list[Span] = []
    for at in range(len(tokens)):
        if found and at < found[-1][1]:
            continue
        if length := _length(tokens, at, found[-1] if found else None):
            found.append((at, at + length))
    return tuple(found)


def _length(tokens: Sequence[Token], at: int, last: Span | None) -> int:
    token = tokens[at]
    if token.norm in _HESITATION:
        return _hesitation(tokens, at)
    if token.han:
        return 2 if phrase_at(tokens, at, _DEMONSTRATIVES) and _fills(tokens, at, last) else 0
    return int(_ENGLISH.fullmatch(token.norm) is not None and not _means(tokens, at))


def _means(tokens: Sequence[Token], at: int) -> bool:
    """What looks like a filler is an answer, an exclamation, a unit (5 mm) or a name (the ER)."""
    token = tokens[at]
    alone = at == 0 and len(tokens) == 1
    near = {other.norm for other in tokens[max(0, at - 1) : at + 2] if other is not token}
    joined = [i for i in (at, at + 1) if 0 < i < len(tokens) and not punctuated(tokens[i].before.replace("-", ""))]
    pair = {tokens[i].norm for i in joined} | {tokens[i - 1].norm for i in joined} - {token.norm}
    if _MURMURS.fullmatch(token.norm):
        return alone or (at > 0 and tokens[at - 1].norm[:1].isdigit()) or bool({"hmm", "hm", "mm"} & near & pair)
    if token.norm == "er" and token.text.isupper():
        return True
    if token.norm[0] in "ea" and token.after.strip()[:1] in tuple("!?！？"):
        return True
    follows = at + 1 < len(tokens) and at + 1 in joined and tokens[at + 1].norm in _ANSWERS_WITH
    return follows and tokens[at + 1].norm in {"huh", "oh", "uh"}


def _hesitation(tokens: Sequence[Token], at: int) -> int:
    token, end = tokens[at], at + 1
    if at and tokens[at - 1].norm == token.norm and not token.before:
        # the rest of a murmur that was judged as a whole
        return 0
    while end < len(tokens) and tokens[end].norm == token.norm and not tokens[end].before:
        end += 1
    starts, stops = edge_before(tokens, at), edge_after(tokens, end) or tokens[end].norm in _HESITATION
    if token.norm == "呃":
        return 0 if end < len(tokens) and tokens[end].norm == "逆" else end - at
    if token.norm == "额":
        begins = starts or tokens[at - 1].norm in _HESITATION
        return end - at if begins and stops else 0
    return end - at if _murmurs(tokens, at, end) else 0


def _murmurs(tokens: Sequence[Token], at: int, end: int) -> bool:
    """嗯 is no answer: it stands before more of the same sentence, which does not agree."""
    if end >= len(tokens) or (end - at > 1 and sentence_before(tokens, at)):
        return False
    if not sentence_before(tokens, at):
        return not sentence_before(tokens, end)
    return not sentence_before(tokens, end) and not phrase_at(tokens, end, _AGREES)


def _fills(tokens: Sequence[Token], at: int, last: Span | None) -> bool:
    """那个 or 这个 points at nothing."""
    end = at + 2
    if end >= len(tokens):
        return False
    after = last is not None and last[1] == at and tokens[at - 1].norm in "个呃额嗯"
    if tokens[end].norm in {"呃", "嗯"} or phrase_at(tokens, end, _DEMONSTRATIVES):
        return True
    if sentence_before(tokens, end) or not edge_after(tokens, end):
        return False
    leads = any(phrase_at(tokens, at - len(phrase), [phrase]) for phrase in _LEADS_IN if at >= len(phrase))
    return after or leads or edge_before(tokens, at)
