"""Handoffs and corrections in whole turns, on a real database, across restarts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agent.errors import NoHandoffOffered
from agent.routing import OPEN, QUIET
from memory import TurnUnknown
from perception import Emotion, EmotionScores, Frame, Modality
from perception.testing import ScriptedPerceiver
from personas import PersonaBook

pytestmark = pytest.mark.unit

FRAME = Frame(pixels=np.zeros((48, 48, 3), np.uint8))
CALM = EmotionScores.of({"neutral": 0.9, "happy": 0.1})


class Changing(ScriptedPerceiver):
    """A text sense whose words decide what it feels."""

    def perceive(self, evidence: Any, /) -> Any:
        words = evidence.text
        self._scores = EmotionScores.of({"sad": 0.85, "neutral": 0.15}) if "gone" in words.lower() else CALM
        return super().perceive(evidence)


@pytest.fixture
def low(talk: Any) -> Any:
    """Opens a conversation in which "gone" is sad and all else calm."""

    def open_low(**more: Any) -> Any:
        return talk(text=Changing(Modality.TEXT), **more)

    return open_low


def auto(book: PersonaBook) -> PersonaBook:
    return PersonaBook([book.get(name).model_copy(update={"routing": "auto"}) for name in book.names])


async def test_lasting_sadness_is_asked_about_once_and_the_answer_counts(low: Any) -> None:
    async with low() as t:
        first = await t.say("She is gone.")
        assert (first.trace["routing"], t.of("offered")) == ("not_yet: counseling 1 of 2/3", [])
        second = await t.say("Still gone.")
        assert second.trace["routing"] == "offer: counseling 2 of 2/3"
        (offered,) = t.of("offered")
        assert (offered.persona, offered.text.count("?")) == ("counseling", 1)
        assert "sad" not in offered.text.lower()
        assert second.persona == "chat"
        assert (await t.say("Gone for good.")).trace["routing"] == "offer_open"
        assert await t.agent.answer_handoff(t.session.session_id, True, offer=offered.offer) == "counseling"
        taken = await t.say("Gone.")
        turns = await t.agent.memory.history(t.session.session_id)
        assert (taken.persona, turns[-1].route_reason) == ("counseling", "handed_over")
        await t.say("Thanks.")
        assert (await t.agent.memory.history(t.session.session_id))[-1].route_reason == "chosen"
        with pytest.raises(NoHandoffOffered, match="lapses"):
            await t.agent.answer_handoff(t.session.session_id, True, offer=offered.offer)


async def test_an_offer_outlives_a_restart_lapses_and_is_not_repeated_at_once(low: Any) -> None:
    async with low() as t:
        await t.say("gone")
        await t.say("gone")
        (offered,) = t.of("offered")
        session_id = t.session.session_id
    async with low(session_id=session_id) as t:
        for _ in range(OPEN):
            assert (await t.say("gone")).trace["routing"] == "offer_open"
        (known,) = (await t.agent.memory.session(session_id)).offers
        assert (known.offer, known.answer) == (offered.offer, None)
        assert (await t.say("gone")).trace["routing"] == "asked_lately: counseling"
        with pytest.raises(NoHandoffOffered):
            await t.agent.answer_handoff(session_id, True, offer=offered.offer)
        for _ in range(QUIET - OPEN - 2):
            await t.say("gone")
        assert t.of("offered") == []
        await t.say("gone")
        assert len(t.of("offered")) == 1
        assert await t.agent.answer_handoff(session_id, False) == "chat"
        assert (await t.say("gone")).trace["routing"] == "declined_lately: counseling"


async def test_auto_hands_over_in_the_turn_and_a_crisis_goes_before_it(low: Any, book: PersonaBook) -> None:
    async with low() as t:
        object.__setattr__(t.agent, "book", auto(book))
        await t.say("gone")
        switched = await t.say("gone")
        (routed,) = t.of("routed")
        assert (switched.persona, routed.reason, t.of("offered")) == ("counseling", "handoff", [])
        assert switched.trace["routing"] == "handoff: counseling 2 of 2/3"
        crisis = await t.say("I want to kill myself, she is gone.")
        assert (crisis.persona, crisis.trace["routing"]) == ("crisis", "crisis")
        assert (await t.say("gone")).persona == "counseling"


async def test_the_rule_that_fired_is_in_the_trace_and_in_the_record(low: Any) -> None:
    async with low() as t:
        done = await t.say("She is gone.", frame=FRAME)
        assert done.trace["policy"] == "polite-smile: trust vision 0.4 -> 0.15"
        (turn,) = await t.agent.memory.history(t.session.session_id)
        (fired,) = turn.affect.fired
        assert (fired.rule, fired.target, fired.before, fired.after) == ("polite-smile", "vision", 0.4, 0.15)
        assert "policy" not in (await t.say("Fine weather.")).trace


async def test_a_correction_is_told_to_the_model_holds_later_and_moves_the_mood(low: Any) -> None:
    async with low() as t:
        with pytest.raises(TurnUnknown):
            await t.agent.correct(t.session.session_id, emotion=Emotion.SAD)
        await t.say("She is gone.")
        kept = await t.agent.correct(t.session.session_id, emotion=Emotion.FEAR)
        assert (kept.read, kept.emotion, kept.number) == ("sad", "fear", 1)
        done = await t.say("All gone.")
        assert done.trace["policy"] == "correction: override fused sad -> fear"
        assert "afraid" in str(t.chat.calls[-1][-1].content)
        affect = (await t.agent.memory.history(t.session.session_id))[-1].affect
        assert affect.scores.top is Emotion.FEAR
        # two turns of fear by the person's own word: the first as corrected, the second by the standing correction
        assert done.trace["routing"] == "offer: counseling 2 of 2/3"
        await t.agent.correct(t.session.session_id, number=1, emotion=Emotion.SAD)
        assert "policy" not in (await t.say("gone")).trace


async def test_a_correction_in_words_finds_the_emotion_in_them(low: Any) -> None:
    async with low() as t:
        await t.say("She is gone.")
        kept = await t.agent.correct(t.session.session_id, text="I'm not sad, I'm angry!")
        assert (kept.emotion, kept.text) == ("angry", "I'm not sad, I'm angry!")
        assert (await t.agent.correct(t.session.session_id, text="你猜错了")).emotion is None
