"""Repairs: places where somebody went back on their words."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from perception.speech.fluency.interruptions import Interruption, interruption
from perception.speech.fluency.phrases import Span, edge_before, ends_sentence, phrases, punctuated, said, word_set
from perception.speech.fluency.tokens import Token
from perception.speech.fluency.values import Repair, RepairKind

LONGEST: Final = 6
"""Words (characters in Chinese) of the longest repetition that is looked for."""

_WINDOW: Final = 4
_EMPHATIC: Final = word_set(
    "very really so too much many far long big more again never ever always please no yes yeah yep nope "
    "ok okay right sure bye hey hi hello ha blah thank thanks now there well out oh wow good old deep "
    "high low little had that knock wait come go stop help sorry hear one two "
    "three four five six seven eight nine ten zero 好 对 是 不 嗯 行 没 哦 哈 喂 嘿 快 啊 呀"
)
_AGREEING: Final = phrases(
    *("thank you", "come on", "of course", "oh no", "no way", "over and"),
    *(
        "好的",
        "是的",
        "没有",
        "谢谢",
        "不是",
        "可以",
        "对的",
        "再见",
        "真的",
        "不要",
        "快点",
        "没事",
        "很多",
        "一个",
        "一步",
    ),
    *("加油", "不用", "对啊", "是啊", "哈哈", "拜拜"),
)
_STARTING_HAN: Final = frozenset("我你他她它这那在就把跟")
_SET_APART_HAN: Final = _STARTING_HAN | frozenset("想要去有会能很都也但从给因")
_CLOSING: Final = word_set("you it her this do did does have has is are was were be can could will would should not")
_FUNCTION: Final = word_set(
    "i i'm i've i'd i'll you you're he he's she she's it it's we we're we've they they're there there's the a an this "
    "these my your his her our their its to of in on at for with from by about and but or if when because as is are "
    "was were be do does did have has can could will would should not don't didn't what how why who where which"
)
_COORDINATES: Final = word_set("and or but nor 和 或 也 又")


def find_repairs(tokens: Sequence[Token], filled: Sequence[Span], markers: Sequence[Span]) -> tuple[Repair, ...]:
    """Where somebody repairs what they said: repetition, revision and restart (false start), the simple edit
    disfluencies of LDC SimpleMDE (Strassel 2003), with reparandum, editing term and correction.

    - Repetition: up to `LONGEST` words at once again, fillers between them or not; also a cut word that is then
      finished (wa- want). A row of them is one. Emphasis (very, very), agreement (对，对), numbers, and the doubling
      that is Chinese grammar (看看, 休息休息) are none: one or two characters count when they begin as clauses do
      (我我, 我们我们) or are set apart (我，我).
    - Revision: after an interruption the first word is said again and then goes on in another way (to the, uh, to a),
      or an explicit editing term follows (on Monday, I mean Tuesday; 周一，不对，周二).
    - Restart: after a cut word (wa-) or a dash at which the sentence breaks off, something new.

    Args:
        tokens: the words.
        filled: filled pauses, which may stand within a repair.
        markers: discourse markers, which may too.

    Only what the words' form tells is found, without a parser: a revision that nothing marks is missed, and the rules
    are an own choice. Transcribers that tidy up leave repairs out: the count is a lower bound.
    """
    hesitates = {at for span in filled for at in range(*span)}
    skipped = hesitates | {at for span in markers for at in range(*span)}
    solid = [at for at in range(len(tokens)) if at not in skipped]
    return tuple(_repairs(tokens, solid, hesitates))


def _repairs(tokens: Sequence[Token], solid: Sequence[int], hesitates: Collection[int]) -> Iterator[Repair]:
    # positions are those in `solid` here, and places among all tokens only when a repair is made
    at, done = 1, 0
    while at < len(solid):
        if size := _repeated(tokens, solid, at, done):
            first = at - size
            while _repeated(tokens, solid, at + size, at) == size:
                at += size
            yield _made("repetition", tokens, solid, (first, at), (at, at + size))
            done, at = at, at + 1
        elif found := _marked(tokens, solid, at, done, hesitates):
            kind, reparandum, correction = found
            yield _made(kind, tokens, solid, reparandum, correction)
            done, at = correction[0], correction[0] + 1
        else:
            at += 1


def _made(kind: RepairKind, tokens: Sequence[Token], solid: Sequence[int], taken: Span, correction: Span) -> Repair:
    start, end = solid[taken[0]], solid[taken[1] - 1] + 1
    begins = solid[correction[0]] if correction[0] < len(solid) else len(tokens)
    given = (begins, solid[correction[1] - 1] + 1) if correction[1] > correction[0] else (begins, begins)
    return Repair(
        kind=kind,
        reparandum=said(tokens, (start, end)),
        editing=said(tokens, (end, begins)),
        correction=said(tokens, given),
        word=start,
        seconds=tokens[start].start,
    )


def _repeated(tokens: Sequence[Token], solid: Sequence[int], at: int, done: int) -> int:
    """How many words before a position are said again from there; the most that are."""
    for size in range(min(LONGEST, at - done, len(solid) - at), 0, -1):
        if tokens[solid[at - size]].norm != tokens[solid[at]].norm:
            continue
        first = [tokens[i] for i in solid[at - size : at]]
        second = [tokens[i] for i in solid[at : at + size]]
        if [token.norm for token in first] == [token.norm for token in second] and _meant(tokens, solid, at, size):
            return size
    return 0


def _meant(tokens: Sequence[Token], solid: Sequence[int], at: int, size: int) -> bool:
    first = [tokens[i] for i in solid[at - size : at]]
    between = tokens[solid[at]].before
    filled = solid[at] - solid[at - 1] > 1
    whole = [tokens[i] for i in solid[at - size + 1 : at + size]]
    if any(ends_sentence(token.before) for token in whole) or all(token.norm[0].isdigit() for token in first):
        return False
    if filled or first[-1].after.lstrip()[:1] in tuple("-–—…"):
        return True
    norms = tuple(token.norm for token in first)
    if norms in _AGREEING or (len(set(norms)) == 1 and norms[0] in _EMPHATIC):
        return False
    apart = punctuated(between)
    if not first[0].han:
        return not apart or _begins(tokens, solid[at - size], first)
    apart = apart or tokens[solid[at]].paused or bool(between)
    return size >= 3 or norms[0] in (_SET_APART_HAN if apart else _STARTING_HAN)


def _begins(tokens: Sequence[Token], start: int, first: Sequence[Token]) -> bool:
    """Words that are said again after a comma begin something: unlike New York, New York, and thank you, you are."""
    if first[0].norm not in _FUNCTION or any(punctuated(token.before) for token in first[1:]):
        return False
    return len(first) > 1 or first[0].norm not in _CLOSING or edge_before(tokens, start)


def _marked(
    tokens: Sequence[Token], solid: Sequence[int], at: int, done: int, hesitates: Collection[int]
) -> tuple[RepairKind, Span, Span] | None:
    """A revision or restart whose interruption point is right before a position."""
    found = interruption(tokens, solid, at, hesitates)
    if found is None:
        return None
    goes_on = at + found.editing
    if goes_on >= len(solid):
        return ("restart", (at - 1, at), (goes_on, goes_on)) if found.cut else None
    if found.finished:
        return "repetition", (at - 1, at), (goes_on, goes_on + 1)
    if size := _retraced(tokens, solid, at, done, goes_on, found):
        end = min(goes_on + size, len(solid))
        kind: RepairKind = "repetition" if _finished(tokens, solid, at, end) and found.cut else "revision"
        return kind, (at - size, at), (goes_on, end)
    if found.corrects:
        return "revision", (at - found.replaced, at), (goes_on, min(goes_on + found.replaced, len(solid)))
    return ("restart", (_clause_start(tokens, solid, at, done), at), (goes_on, goes_on)) if found.breaks else None


def _retraced(
    tokens: Sequence[Token], solid: Sequence[int], at: int, done: int, goes_on: int, found: Interruption
) -> int:
    """How many words back the word stands that is said again after an interruption; 0 where none does."""
    for size in range(1, min(_WINDOW if found.strong else _WINDOW - 1, at - done) + 1):
        token = tokens[solid[at - size]]
        if token.norm in _COORDINATES:
            return 0
        if token.norm == tokens[solid[goes_on]].norm and size > 1:
            return size
        if ends_sentence(token.before):
            return 0
    return 0


def _finished(tokens: Sequence[Token], solid: Sequence[int], at: int, end: int) -> bool:
    return tokens[solid[end - 1]].norm.startswith(tokens[solid[at - 1]].norm)


def _clause_start(tokens: Sequence[Token], solid: Sequence[int], at: int, done: int) -> int:
    start = at - 1
    while start > done and not punctuated(tokens[solid[start]].before):
        start -= 1
    return start
