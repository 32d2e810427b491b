"""What the chat model learns of earlier feelings when it asks: the mood, the turns that stood out, the days before."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from agent.chat_models import EndpointModel
from agent.testing import ScriptedEndpoint
from agent.tools.recall import QUOTED, notable
from memory import TurnRecord
from memory.testing import made_affect, made_turn
from perception import Affect, Conflict, Emotion, EmotionScores, Modality
from perception.observation import now
from perception.testing import ScriptedPerceiver

pytestmark = pytest.mark.unit


def felt(number: int, emotion: Emotion | None, confidence: float = 0.8, *conflicts: str) -> TurnRecord:
    scores = EmotionScores.of({emotion: confidence, "neutral": 1.01 - confidence}) if emotion else None
    affect = Affect(
        scores=scores,
        shares=(),
        conflicts=tuple(Conflict(code=code) for code in conflicts),
        reliability=0.8,
        observations=(),
    )
    return replace(made_turn("s", number), affect=affect if emotion else None)


def told(turns: list[TurnRecord], most: int = 20) -> list[tuple[int, str]]:
    return [(turn.number, why) for turn, why in notable(turns, most=most)]


def test_turns_stand_out_by_conflict_by_shift_and_by_extremes() -> None:
    turns = [
        felt(1, Emotion.HAPPY, 0.6),
        felt(2, Emotion.HAPPY, 0.9),
        felt(3, None),
        felt(4, Emotion.SAD, 0.6),
        felt(5, Emotion.SAD, 0.7, "masking"),
        felt(6, Emotion.SAD, 0.95),
    ]
    assert told(turns) == [(2, "high"), (4, "shift"), (5, "masking"), (6, "low")]
    assert told(turns, most=2) == [(5, "masking"), (6, "low")]


def test_nothing_stands_out_where_nothing_was_felt_or_only_one_turn() -> None:
    assert told([]) == []
    assert told([felt(1, None), felt(2, None)]) == []
    assert told([felt(1, Emotion.SAD)]) == []


async def recalled(talk: Any, asked: dict[str, Any], before: Any, consent: dict[Modality, bool] | None = None) -> Any:
    """What the model is told when it calls the tool in the turn after `before`."""
    with ScriptedEndpoint() as endpoint:
        chat = EndpointModel(endpoint.base_url, "key", "scripted", timeout=5, retries=0)
        async with talk(chat=chat, agent_options={"tool_mode": "model"}) as t:
            await before(t)
            endpoint.then(tool_calls=[[("recall_affect", asked)]])
            if consent is not None:
                await t.agent.acknowledge(t.session.session_id, consent)
            await t.say("How have I been?")
        (result,) = [m for m in endpoint.requests[-1]["messages"] if m["role"] == "tool"]
        return json.loads(result["content"])


async def test_the_mood_and_the_turns_that_stood_out_are_told(talk: Any) -> None:
    async def before(t: Any) -> None:
        words = t.agent.senses.perceiver(Modality.TEXT)
        assert isinstance(words, ScriptedPerceiver)
        for number, emotion in enumerate(["happy", "happy", "sad", "sad"], 1):
            words._scores = EmotionScores.of({emotion: 0.9, "neutral": 0.1})
            await t.say(f"This is message {number}. " + "And so on. " * 20)

    shown = await recalled(talk, {}, before)
    assert shown["status"] == "ok"
    assert (shown["mood"]["state"], shown["mood"]["turns"]) == ("sad", 5)
    (first, shift) = shown["turns"]
    assert (first["turn"], first["why"], first["felt"]) == (2, "high", "happy")
    assert (shift["turn"], shift["why"], shift["felt"]) == (3, "shift", "sad")
    assert shift["said"].startswith("This is message 3.")
    assert len(shift["said"]) == QUOTED
    assert shift["minutes_ago"] >= 0.0


async def test_the_days_before_are_told_across_sessions(talk: Any) -> None:
    async def before(t: Any) -> None:
        old = await t.agent.start()
        moment = now() - timedelta(days=3)
        turn = made_turn(old.session_id, 1, affect=made_affect(Emotion.ANGRY, 0.9, moment))
        await t.agent.memory.record_turn(replace(turn, started_at=moment, finished_at=moment))

    shown = await recalled(talk, {"turns": 3}, before)
    (day,) = shown["earlier"]
    assert (day["top"], day["felt"], day["turns"]) == ("angry", 1, 1)
    assert shown["turns"] == []


@pytest.mark.parametrize("asked", [0, -5, 10_000])
async def test_how_much_is_told_is_bounded(talk: Any, asked: int) -> None:
    async def before(t: Any) -> None:
        words = t.agent.senses.perceiver(Modality.TEXT)
        for number in range(6):
            words._scores = EmotionScores.of({"happy" if number % 2 else "sad": 0.9, "neutral": 0.1})
            await t.say(f"message {number}")

    shown = await recalled(talk, {"turns": asked}, before)
    assert len(shown["turns"]) == (1 if asked < 1 else 6)


async def test_nothing_is_told_when_nothing_may_be_felt_any_more(talk: Any) -> None:
    async def before(t: Any) -> None:
        await t.say("I lost my job.")

    assert await recalled(talk, {}, before, consent={}) == {"status": "disabled"}
