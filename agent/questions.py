"""Open, closed, tag and rhetorical questions told apart by rules, and the open-question constraint kept.

Open questions invite a story (what, how, why, "can you tell me about ..."); closed ones are answered by yes, no, one of
two, or a number. The line is that of motivational interviewing (MITI 4.2.1, "Questions"), with who, where, when
and which counted as open, since a person answers them with more than a word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

from agent.chinese import HAN, simplified
from agent.language import reply_language
from agent.questions_rules import EN, ZH, Rules

LEAVE: Final = 40
"""Characters of a clause that can be a goodbye."""


class QuestionKind(StrEnum):
    """What a sentence asks for."""

    OPEN = "open"
    CLOSED = "closed"
    TAG = "tag"
    RHETORICAL = "rhetorical"
    NONE = "none"


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """One question in a text."""

    text: str
    """The sentence."""
    kind: QuestionKind
    """Never `none`."""
    start: int
    """Where it starts in the text, in characters."""
    end: int
    """Where it ends, its mark included."""


# A mark ends a sentence when something other than a letter follows: not in 3.5, a?b=c or e.g.
_SENTENCE: Final = re.compile(
    r".+?(?:[。！？\n]+|[?!]+(?![\w/&=])|(?<!\s[A-HJ-Z])(?<!\.[A-Za-z])(?<!\b(?:Dr|Mr|Ms|St|vs))(?<!\bMrs)[.…]+(?!\w))[?!？！.…]*[”’\"'」』）)\]*_]*|.+\Z",
    re.DOTALL,
)
_QUOTED: Final = re.compile(r"“[^”]*”|\"[^\"]*\"|「[^」]*」|『[^』]*』")
# stage directions: *smiles*, and what stands in brackets at the end
_ACTION: Final = re.compile(r"(?<!\*)\*[^*\n?？]+\*(?!\*)|（[^）]*）\s*\Z|\([^)]*\)\s*\Z")
_CLAUSE: Final = re.compile(r"[,;:，；：、—–]+|\s-\s|\.\.\.|…+")


def classify_question(sentence: str, lang: str | None = None) -> QuestionKind:
    """What kind of question one sentence is.

    Args:
        sentence: with or without its mark; quoted questions inside it do not count.
        lang: `en` or `zh`; None goes by the script. Other languages are judged by the English rules.
    """
    rules = ZH if (lang or reply_language(sentence)) == "zh" else EN
    body, mark = _prepare(sentence)
    if not body or not ("?" in mark or (not mark and rules.unmarked.search(body))):
        return QuestionKind.NONE
    if rules.rhetorical.search(body):
        return QuestionKind.RHETORICAL
    if rules.tag.search(body):
        return QuestionKind.TAG
    return _by_clause(body, rules)


def questions_in(text: str, lang: str | None = None) -> tuple[Question, ...]:
    """The questions of a text, in order."""
    found = []
    spoken = lang or reply_language(text)
    for match in _SENTENCE.finditer(_unwrap(text)):
        kind = classify_question(match[0], spoken)
        if kind is not QuestionKind.NONE:
            start = match.start() + len(match[0]) - len(match[0].lstrip())
            found.append(
                Question(text=match[0].strip(), kind=kind, start=start, end=match.start() + len(match[0].rstrip()))
            )
    return tuple(found)


def ends_with_open_question(text: str, lang: str | None = None) -> bool:
    """Whether the last thing said is an open question; emoji and stage directions after it do not count."""
    spoken = _ACTION.sub(lambda match: " " * len(match[0]), _unwrap(text)).rstrip()
    asked = questions_in(spoken, lang)
    if not asked or asked[-1].kind is not QuestionKind.OPEN:
        return False
    return not any(character.isalnum() for character in spoken[asked[-1].end :])


def repair(
    reply: str,
    *,
    questions: Sequence[str],
    asked: Sequence[str | Question] = (),
    lang: str,
    turn: int = 0,
    fallback: Sequence[str] = (),
    cut: bool = False,
) -> str:
    """What to append so that a reply ends with one open question; empty when nothing is to be added.

    The reply has been streamed, so it is never changed: questions it asks too early or too many cannot be taken back.
    Whether the reply is exempt (a crisis, a goodbye, a wish for no questions) the caller knows.

    Args:
        reply: the whole text; empty gives the bare question.
        questions: those that fit best, in the language of the reply.
        asked: everything asked before, oldest first; none of it is asked again while something else remains.
        lang: `en` or `zh`.
        turn: varies the choice; the same turn always gives the same.
        fallback: for when all of `questions` have been asked; after it come general ones.
        cut: the reply stopped at its token limit, in mid-sentence.
    """
    if ends_with_open_question(reply, lang):
        return ""
    question = _choose(questions, fallback, asked, lang, turn)
    if not reply.strip():
        return question
    return _closing(reply, lang, cut) + question


def wants_no_questions(text: str, _lang: str | None = None) -> bool:
    """Whether a person asks not to be asked. Both languages are looked for; what others asked for does not count."""
    said = _fold(text)
    return any(rules.no_questions.search(rules.reported.sub(" ; ", said)) for rules in (EN, ZH))


def is_goodbye(text: str, _lang: str | None = None) -> bool:
    """Whether a person takes leave: the last thing they say is a goodbye, and not a word about one.

    "I have to go" is a goodbye alone, or after thanks, and not after "he hits me". Both languages are looked for
    whatever the language of the reply: people say "bye" in Chinese too.
    """
    clauses = [
        clause.strip()
        for clause in re.split(r"[.,!?;:~。，！？；：～\n]+", _fold(text))
        if any(map(str.isalnum, clause))
    ]
    if not clauses:
        return False
    return _clause_is(clauses[-1], "goodbye") or (
        _clause_is(clauses[-1], "leaving") and all(_clause_is(clause, "goodbye", "courtesy") for clause in clauses[:-1])
    )


def _clause_is(clause: str, *names: Literal["goodbye", "leaving", "courtesy"]) -> bool:
    # nobody takes leave at length, and a long clause would take long to match
    if len(clause) > LEAVE:
        return False
    return any(getattr(rules, name).fullmatch(clause) for rules in (EN, ZH) for name in names)


def _fold(text: str) -> str:
    return simplified(re.sub(r"[’ʼ＇`]", "'", text)).lower().strip()


def _unwrap(text: str) -> str:
    # small models like to put a whole reply in quotes; the offsets stay
    stripped = text.strip()
    for left, right in ("“”", '""', "「」"):
        inner = stripped[1:-1]
        if len(stripped) > 2 and stripped[0] == left and stripped[-1] == right and not {left, right} & set(inner):
            return text.replace(left, " ", 1)[::-1].replace(right, " ", 1)[::-1]
    return text


def _prepare(sentence: str) -> tuple[str, str]:
    """What a sentence says, folded, and the mark it ends with."""
    folded = _ACTION.sub(" ", _fold(_unwrap(sentence)))
    # a question inside quotes is told, not asked
    outside = _QUOTED.sub(lambda match: "”" if HAN.search(match[0]) else " ” ", folded)
    body = "".join(" " if unicodedata.category(c) in {"So", "Sk", "Cf"} else c for c in outside)
    body = body.strip().rstrip("\"'”’」』）)]*_ ~～")
    stripped = body.rstrip("?？!！.。… ")
    said = re.sub(r"\s+", " ", stripped).strip(" -*#>\"'“”")
    return said, body[len(stripped) :].replace("？", "?").strip()


def _by_clause(body: str, rules: Rules) -> QuestionKind:
    """The last clause that decides, decides: "when she left, did you cry", "what would you do, if you could"."""
    for clause in reversed([part.strip() for part in _CLAUSE.split(body) if part.strip()]):
        if rules.invitation.search(clause):
            return QuestionKind.OPEN
        if rules.closed.search(clause):
            return QuestionKind.CLOSED
        if rules.open.search(clause):
            return QuestionKind.OPEN
    return QuestionKind.CLOSED


def _choose(
    questions: Sequence[str], fallback: Sequence[str], asked: Sequence[str | Question], lang: str, turn: int
) -> str:
    general = (ZH if lang == "zh" else EN).general
    last_asked = {_key(text): index for index, text in enumerate(asked)}
    for group in (questions, fallback, general):
        if fresh := [question for question in group if _key(question) not in last_asked]:
            return fresh[turn % len(fresh)]
    # all have been asked: the one asked longest ago
    return min((*questions, *fallback, *general), key=lambda question: last_asked[_key(question)])


def _key(asked: str | Question) -> str:
    text = asked.text if isinstance(asked, Question) else asked
    return "".join(character for character in _fold(text) if character.isalnum())


def _closing(reply: str, lang: str, cut: bool) -> str:
    rules = ZH if lang == "zh" else EN
    space = "" if lang == "zh" or reply[-1].isspace() else " "
    last = reply.rstrip()[-1]
    word = re.findall(r"[a-z']+|[㐀-䶿一-鿿]", _fold(reply))[-1:]
    if last in ",，、;；:：-—–" or (last.isalnum() and (cut or set(word) & rules.unfinished)):
        return rules.ellipsis + space
    return (rules.stop if last.isalnum() else "") + space
