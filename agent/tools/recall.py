"""What is remembered of how a person felt, as a tool."""

# annotations stay objects here: LangChain reads them at every call, and would compile strings each time

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from langchain_core.tools import tool
from langgraph.types import Command

from agent.state import REMEMBERED
from agent.tools.results import Runtime, result
from memory import TimelineBucket, TurnRecord
from memory.timeline import USUAL_DAYS
from perception import Modality

NOTABLE: Final = 5
"""Turns that are told of when the model does not say how many."""
STRETCHES: Final = 8
"""Of earlier days, at most."""
QUOTED: Final = 80
"""Characters of what was said, at most."""


@tool
async def recall_affect(runtime: Runtime, turns: int = NOTABLE) -> Command[Any]:
    """Look up how the person felt earlier: their mood, the turns that stood out, and the days before.

    Args:
        runtime: Injected.
        turns: How many turns that stood out, from 1 to 20.
    """
    context, mood = runtime.context, runtime.state.get("mood")
    if all(context.silenced(modality) for modality in Modality):
        return result(runtime, "recall_affect", {"status": "disabled"}, {})
    now = runtime.state["started_at"]
    begun = context.past.turns[0].started_at if context.past.turns else now
    days = await context.memory.timeline_buckets(
        context.session.user_id, since=now - USUAL_DAYS, until=begun, most=STRETCHES
    )
    told = notable(context.past.turns, most=min(REMEMBERED, max(1, turns)))
    shown = {
        "status": "ok",
        "mood": mood.as_dict() if mood else None,
        "turns": [_turn(turn, why, now) for turn, why in told],
        "earlier": [_stretch(stretch) for stretch in days if stretch.scores],
    }
    return result(runtime, "recall_affect", shown, {})


def notable(turns: Sequence[TurnRecord], *, most: int) -> list[tuple[TurnRecord, str]]:
    """Turns that stood out, oldest first, each with why: senses that disagreed (the code of the conflict), another
    feeling than before (`shift`), the lowest and the highest valence (`low`, `high`).

    Args:
        turns: Of one session, oldest first.
        most: How many at most; the newest are kept.
    """
    felt = [(turn, turn.affect.scores) for turn in turns if turn.affect and turn.affect.scores]
    why = {turn.number: turn.affect.conflicts[0].code for turn, _ in felt if turn.affect and turn.affect.conflicts}
    for (_, before), (turn, scores) in pairwise(felt):
        if scores.top is not before.top:
            why.setdefault(turn.number, "shift")
    by_valence = sorted(felt, key=lambda known: known[1].valence)
    if len(by_valence) > 1:
        why.setdefault(by_valence[0][0].number, "low")
        why.setdefault(by_valence[-1][0].number, "high")
    return [(turn, why[turn.number]) for turn, _ in felt if turn.number in why][-most:]


def _turn(turn: TurnRecord, why: str, now: datetime) -> dict[str, Any]:
    affect = turn.affect
    assert affect is not None, "turns that stand out have one"
    assert affect.scores is not None, "and it has scores"
    words = turn.user_text or turn.transcript
    return {
        "turn": turn.number,
        "minutes_ago": round(max(now - turn.started_at, timedelta(0)) / timedelta(minutes=1), 1),
        "why": why,
        "felt": affect.scores.top.value,
        "valence": round(affect.scores.valence, 2),
        "reliability": round(affect.reliability, 2),
        "said": words if len(words) <= QUOTED else f"{words[: QUOTED - 1]}…",
    }


def _stretch(stretch: TimelineBucket) -> dict[str, Any]:
    shown = stretch.as_dict()
    return {key: shown[key] for key in ("since", "until", "felt", "top", "valence")} | {"turns": stretch.turns}
