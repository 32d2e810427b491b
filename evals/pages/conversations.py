"""Two scripted conversations through the real graph, for docs/conversations.md.

The words, the replies and what face and words are felt as are a script; everything between them is what Attune makes of
it: statements, policy, fusion, mood, briefing, routing, corrections and handoffs, on a database of its own.

`python -m evals.pages.conversations docs/conversations.md` writes them anew.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from agent import Agent, Done, Fused, Offered, Routed, Senses, TurnInput
from agent.phrases import describe_observation, render_conflict
from agent.testing import ScriptedChatModel
from evals.pages.sections import replaced
from perception import EMOTIONS, Affect, EmotionScores, Frame, Modality, Observation, Status
from perception.testing import SeriesPerceiver
from perception.text.statements import statement_cues
from personas import PersonaBook

LANGS: Final = ("en", "zh")


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One turn of a script."""

    said: str
    """By the person."""
    face: tuple[str, float]
    """What it is felt as, and how sure."""
    words: tuple[str, float]
    """The same of the words."""
    reply: str
    """Of the chat model."""
    correct: Mapping[str, Any] | None = None
    """What the person sets right after it."""
    answer: bool | None = None
    """What the person answers to an offered handoff after it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What became of one turn."""

    line: Line
    """Its script."""
    affect: Affect
    """As fused."""
    told: str
    """What the chat model was told with the person's words; empty when that was nothing."""
    done: Done
    """With the trace."""
    reason: str
    """Why that persona answered."""
    offered: str
    """Question of a handoff that was offered; empty when none was."""


def script(lang: str) -> tuple[Line, ...]:
    """The conversation in one language."""
    import yaml

    rows = yaml.safe_load(Path(__file__).with_name("conversations.yaml").read_text("utf-8"))[lang]
    return tuple(Line(**{**row, "face": tuple(row["face"]), "words": tuple(row["words"])}) for row in rows)


async def held(lang: str) -> list[Told]:
    """The conversation, held."""
    lines = script(lang)
    async with _agent(lines, lang) as (agent, chat):
        session = (await agent.start(lang=lang)).session_id
        await agent.acknowledge(session, dict.fromkeys(Modality, True))
        return [await _turn(agent, chat, session, line) for line in lines]


async def _turn(agent: Agent, chat: ScriptedChatModel, session: str, line: Line) -> Told:
    import numpy as np

    frame = Frame(pixels=np.zeros((48, 48, 3), np.uint8))
    events = [event async for event in agent.turn(session, TurnInput(text=line.said, frame=frame))]
    (fused,) = [event for event in events if isinstance(event, Fused)]
    (routed,) = [event for event in events if isinstance(event, Routed)]
    done = events[-1]
    assert isinstance(done, Done), "it comes last"
    told = str(chat.calls[-1][-1].content).removeprefix(line.said).strip()
    offered = "".join(event.text for event in events if isinstance(event, Offered))
    if line.correct is not None:
        await agent.correct(session, **line.correct)
    if line.answer is not None:
        await agent.answer_handoff(session, line.answer)
    return Told(line=line, affect=fused.affect, told=told, done=done, reason=routed.reason, offered=offered)


@asynccontextmanager
async def _agent(lines: Sequence[Line], lang: str) -> AsyncIterator[tuple[Agent, ScriptedChatModel]]:
    chat = ScriptedChatModel([line.reply for line in lines])
    senses = Senses(
        vision=SeriesPerceiver(Modality.VISION, [_seen(Modality.VISION, *line.face) for line in lines]),
        text=SeriesPerceiver(
            Modality.TEXT, [_seen(Modality.TEXT, *line.words, said=line.said, lang=lang) for line in lines]
        ),
    )
    with tempfile.TemporaryDirectory(prefix="attune-page-") as folder:
        async with Agent.open(
            database=Path(folder) / "talk.sqlite3", senses=senses, chat=chat, book=PersonaBook.load()
        ) as agent:
            yield agent, chat


def _seen(modality: Modality, emotion: str, confidence: float, *, said: str = "", lang: str = "") -> Observation:
    # half of what is left goes to neutral, which senses doubt most with
    weights = dict.fromkeys((each.value for each in EMOTIONS), (1.0 - confidence) / 12)
    weights["neutral"] += (1.0 - confidence) / 2
    weights[emotion] = confidence
    return Observation(
        modality=modality,
        status=Status.OK,
        model="scripted",
        scores=EmotionScores.of(weights),
        quality=0.9,
        cues=statement_cues(said, lang) if said else (),
    )


def text(turns: Sequence[Told], lang: str) -> str:
    """A conversation in Markdown."""
    return "\n".join(_turn_text(number, turn, lang) for number, turn in enumerate(turns, 1))


def _turn_text(number: int, turn: Told, lang: str) -> str:
    affect, trace = turn.affect, turn.done.trace
    senses = "; ".join(describe_observation(observation, lang) for observation in affect.observations)
    shares = ", ".join(f"{share.modality} {share.weight:.0%}" for share in affect.shares)
    rows = [
        ("senses", senses),
        ("policy", f"`{trace['policy']}`" if "policy" in trace else ""),
        ("conflict", "; ".join(f"`{c.code}`: {render_conflict(c, lang)}" for c in affect.conflicts)),
        ("affect", f"{_top(affect)}; {shares}; reliability {affect.reliability:.2f}"),
        ("mood", str(trace.get("mood", ""))),
        ("route", f"{turn.done.persona} ({turn.reason}); rules: `{trace['routing']}`"),
        ("told", turn.told),
        ("offered", turn.offered),
    ]
    facts = "".join(f"- {name}: {value}\n" for name, value in rows if value)
    return f"**{number}.** {turn.line.said}\n\n{facts}\n> {turn.done.reply}\n{_after(turn.line)}"


def _top(affect: Affect) -> str:
    return f"{affect.scores.top} {affect.scores.confidence:.2f}" if affect.scores else "unknown"


def _after(line: Line) -> str:
    said = []
    if line.correct is not None:
        said.append("*/correct* " + " ".join(str(part) for part in line.correct.values()))
    if line.answer is not None:
        said.append("*/yes*" if line.answer else "*/no*")
    return "".join(f"\n{each}\n" for each in said)


if __name__ == "__main__":
    page = Path(sys.argv[1])
    written = page.read_text("utf-8")
    for language in LANGS:
        written = replaced(written, language, text(asyncio.run(held(language)), language))
    page.write_text(written, "utf-8")
