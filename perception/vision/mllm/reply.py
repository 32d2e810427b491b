"""What a multimodal language model answered, read by explicit strategies in a fixed order."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from perception.emotions import Emotion
from perception.vision.mllm.labels import Named, shown_emotions

Strategy = Literal["answer_tag", "half_tag", "json", "final_line", "last_sentence", "only_emotion", "none"]
"""Which one found the label, in the order in which they are tried."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """The label in a reply, or why there is none."""

    emotion: Emotion | None
    """None when the reply names none of the seven, or several."""
    strategy: Strategy
    """What found the label, or what found that there is none to be had."""
    candidates: tuple[Emotion, ...]
    """Emotions named where the label should be: one when it is clear, several when it is not."""
    said: str
    """The words read as the label, such as `Joyful.`; empty when there are none."""
    span: tuple[int, int] | None
    """Characters of the reply that name the emotion; None when it is None."""
    reasoning: str
    """What the model thought aloud; empty when it did not."""


_THINK: Final = re.compile(r"<(think|thinking|reasoning)\b[^>]*>(.*?)(?:</\1\s*>|(?=<answer\b)|\Z)", re.I | re.S)
_THOUGHT: Final = re.compile(r"\A(.*?)</(?:think|thinking|reasoning)\s*>", re.I | re.S)
_ANSWER: Final = re.compile(r"<answer\b[^>]*>(.*?)</\s*answer\s*>", re.I | re.S)
_OPEN: Final = re.compile(r"<answer\b[^>]*>?([^<]*)", re.I)
_CLOSE: Final = re.compile(r"(?<![^<>\n])([^<>\n]*)</\s*answer\s*>", re.I)
_KEYS: Final = frozenset({"emotion", "label", "answer", "expression", "prediction", "情绪", "情感", "表情", "答案"})
_QUOTE: Final = r"[*_`\"'“”「」\s]*"
# what an expression is may be a description (`the expression is relaxed`); what the emotion is, is the label
_NAMED: Final = (
    r"(?:final\s+answer|answer|emotion(?:\s+label)?|label|prediction|conclusion|答案|情绪(?:标签)?|情感|结论)"
)
_FINAL: Final = re.compile(
    rf"(?:{_NAMED}{_QUOTE}(?:is\b{_QUOTE}[:：]?|[:：=]|是|为)|(?:expression|表情){_QUOTE}[:：=]){_QUOTE}([^\n]+)", re.I
)
_SENTENCE: Final = re.compile(r"[^.!?。！？\n]+[.!?。！？]*")

Part = tuple[int, int]
"""Begin and end of a part of a reply, in characters."""


def read_reply(reply: str, *, reasoning: str = "") -> Reading:
    """Find the label in a reply.

    A strategy that finds words where the label should stand ends the search, also when they name no emotion of ours
    (`<answer>contempt</answer>`) or several: reasoning is not searched for a nicer answer. Reasoning that never ends
    holds no label.

    Args:
        reply: All that the model wrote as its answer.
        reasoning: What the endpoint delivered apart as reasoning.
    """
    thoughts, visible = _without_thoughts(reply)
    thought = "\n".join(part for part in (reasoning.strip(), *thoughts) if part)
    for strategy, find in _STRATEGIES:
        if part := find(visible):
            begin, end = part
            shown = shown_emotions(visible[begin:end])
            return _reading(visible, strategy, part, shown, thought or _before(visible, begin, strategy))
    return Reading(
        emotion=None, strategy="none", candidates=(), said="", span=None, reasoning=thought or visible.strip()
    )


def _reading(text: str, strategy: Strategy, part: Part, shown: tuple[Named, ...], reasoning: str) -> Reading:
    begin, end = part
    clear = shown[0] if len(shown) == 1 else None
    return Reading(
        emotion=clear.emotion if clear else None,
        strategy=strategy,
        candidates=tuple(named.emotion for named in shown),
        said=" ".join(text[begin:end].split()),
        span=(begin + clear.start, begin + clear.end) if clear else None,
        reasoning=reasoning,
    )


def _without_thoughts(reply: str) -> tuple[list[str], str]:
    """The reasoning, and the reply with blanks in its place, so that positions stay."""
    thoughts: list[str] = []

    def blank(hit: re.Match[str]) -> str:
        thoughts.append(hit.group(hit.lastindex or 0).strip())
        return " " * len(hit.group())

    visible = _THINK.sub(blank, reply)
    # templates that open the tag themselves leave only its end to the model
    return thoughts, _THOUGHT.sub(blank, visible, count=1)


def _before(text: str, begin: int, strategy: Strategy) -> str:
    """Reasoning without tags: what stands before the label."""
    before = "" if strategy == "only_emotion" else text[:begin]
    match strategy:
        case "answer_tag" | "half_tag":
            before = before[: before.rfind("<")] if "<" in before else before
        case "json":
            before = before.rpartition("{")[0].rstrip().removesuffix("json").rstrip("`")
        case "final_line":
            line = max(before.rfind(mark) for mark in "\n.。!?！？") + 1
            before = before[:line]
    return before.strip('*_`#" \n')


def _filled(part: Part, text: str) -> Part | None:
    return part if re.search(r"\w", text[part[0] : part[1]]) else None


def _last(pattern: re.Pattern[str]) -> Callable[[str], Part | None]:
    """The last place of a pattern whose group holds words."""

    def find(text: str) -> Part | None:
        parts = (_filled(hit.span(1), text) for hit in pattern.finditer(text))
        return next(reversed([part for part in parts if part]), None)

    return find


def _half_tag(text: str) -> Part | None:
    return _last(_OPEN)(text) or _last(_CLOSE)(text)


def _json(text: str) -> Part | None:
    """The value of an emotion's key in the last JSON object that has one."""
    found = None
    for begin, end, value in _objects(text):
        said = next((said for key, said in value.items() if str(key).strip().lower() in _KEYS), None)
        if isinstance(said, str) and said.strip():
            place = text.rfind(json.dumps(said, ensure_ascii=False)[1:-1], begin, end)
            found = (place, place + len(said)) if place >= 0 else (begin, end)
        elif isinstance(said, list) and said:
            found = (begin, end)
    return found


def _objects(text: str) -> Iterator[tuple[int, int, dict[str, object]]]:
    decoder, place = json.JSONDecoder(), text.find("{")
    while place >= 0:
        end = place + 1
        try:
            value, end = decoder.raw_decode(text, place)
            yield place, end, value
        except (json.JSONDecodeError, RecursionError):
            pass
        place = text.find("{", end)


def _last_sentence(text: str) -> Part | None:
    """The last sentence, where it names an emotion."""
    sentences = [hit.span() for hit in _SENTENCE.finditer(text) if _filled(hit.span(), text)]
    return sentences[-1] if sentences and shown_emotions(text[slice(*sentences[-1])]) else None


def _only_emotion(text: str) -> Part | None:
    """All of the reply, where it names an emotion."""
    return (0, len(text)) if shown_emotions(text) else None


_STRATEGIES: Final[tuple[tuple[Strategy, Callable[[str], Part | None]], ...]] = (
    ("answer_tag", _last(_ANSWER)),
    ("half_tag", _half_tag),
    ("json", _json),
    ("final_line", _last(_FINAL)),
    ("last_sentence", _last_sentence),
    ("only_emotion", _only_emotion),
)
