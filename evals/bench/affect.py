"""What it costs to make sense of what the senses said: policy, fusion, mood, routing, the briefing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from evals.bench.case import Bench, Case

if TYPE_CHECKING:
    from memory import TurnRecord
    from perception import Affect, Observation

REMEMBERED: Final = 20
"""Earlier turns, as many as a turn is given."""


def affect_bench() -> Bench:
    """One turn of three senses that disagree, after twenty others, as the shipped personas want it.

    Raises:
        PersonaInvalid: a persona file is wrong.
    """
    steps = _steps()

    def together() -> None:
        for step in steps.values():
            step()

    return Bench(
        name="affect",
        cases=(
            *(Case(name=name, call=call) for name, call in steps.items()),
            Case(name="all", call=together, note="the others one after another, as in a turn"),
        ),
        notes=("beside the graph, the tools and the database, which `attune bench turn` measures",),
    )


def _steps() -> Mapping[str, Callable[[], object]]:
    from agent.briefing import briefing
    from agent.mood import felt_in, mood_of
    from agent.policy import weigh
    from agent.routing import Step, consider
    from personas import PersonaBook

    book = PersonaBook.load()
    persona, seen, turns = book.get("chat"), _seen(), _turns()
    affect = weigh(persona.perception, seen)
    felt = [felt_in(turn) for turn in turns]
    mood = mood_of(felt)
    steps = [*(Step(persona=turn.persona, affect=turn.affect) for turn in turns), Step(persona="chat", affect=affect)]
    return {
        "policy_and_fusion": lambda: weigh(persona.perception, seen),
        "mood": lambda: mood_of([felt_in(turn) for turn in turns]),
        "routing": lambda: consider(persona, steps, find=book.get, number=len(turns) + 1),
        "briefing": lambda: briefing(affect, mood, "en"),
    }


def _seen() -> list[Observation]:
    from perception import Cue, EmotionScores, Modality, Observation, Status

    told = {
        Modality.VISION: ("happy", 0.8, "smile_corners"),
        Modality.AUDIO: ("sad", 0.6, "quiet"),
        Modality.TEXT: ("sad", 0.7, "states_emotion"),
    }
    return [
        Observation(
            modality=sense,
            status=Status.OK,
            model="made",
            quality=0.8,
            scores=EmotionScores.of({emotion: part, "neutral": 1.0 - part}),
            cues=(Cue(code=code, params={"emotion": "sad"} if code == "states_emotion" else {}),),
        )
        for sense, (emotion, part, code) in told.items()
    ]


def _turns() -> list[TurnRecord]:
    from dataclasses import replace

    from memory.testing import made_turn

    made = [made_turn("made", number, affect=_affect(number)) for number in range(1, REMEMBERED + 1)]
    return [replace(turn, started_at=turn.started_at + timedelta(minutes=turn.number)) for turn in made]


def _affect(number: int) -> Affect:
    from perception import Affect, EmotionScores

    scores = EmotionScores.of({"sad" if number % 3 else "happy": 0.6, "neutral": 0.4})
    return Affect(scores=scores, shares=(), conflicts=(), reliability=0.7, observations=())
