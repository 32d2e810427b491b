"""Turns that break, are closed early, or meet each other."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agent import Agent, Senses, TurnInput
from agent.errors import ChatModelUnreachable
from agent.testing import ScriptedChatModel
from perception import AudioClip, EmotionScores, Modality, Status
from perception.testing import ScriptedPerceiver, ScriptedTranscriber
from personas import PersonaBook, load_persona

pytestmark = pytest.mark.unit

CLIP = AudioClip(samples=np.zeros(16_000, np.float32))
SHIPPED = Path(__file__).parents[2] / "personas" / "shipped"


async def test_a_broken_turn_of_one_process_does_not_leak_into_that_of_another(talk: Any, tmp_path: Path) -> None:
    down = [ChatModelUnreachable("down")]
    async with talk(replies=["Hello. What now?", *down, "Back again. What now?"]) as b:
        await b.say("hello")
        async with Agent.open(
            database=tmp_path / "talk.sqlite3",
            senses=Senses(speech=ScriptedTranscriber("the secret said aloud")),
            chat=ScriptedChatModel(down),
            book=PersonaBook.load(),
        ) as a:
            with pytest.raises(ChatModelUnreachable):
                await _events(a, b.session.session_id, TurnInput(clip=CLIP))
            with pytest.raises(ChatModelUnreachable):
                await b.say("only typed")
        await b.retry()
        turns = await b.agent.memory.history(b.session.session_id)
        assert [(turn.user_text, turn.transcript) for turn in turns] == [("hello", ""), ("only typed", "")]


async def test_closing_a_turn_early_ends_it(talk: Any) -> None:
    chat = ScriptedChatModel(["A long reply that goes on. What now?"], chunk=1, delay=0.005)
    async with talk(chat=chat) as t:
        events = t.agent.turn(t.session.session_id, TurnInput(text="hello"))
        async for event in events:
            if event.kind == "delta":
                break
        await events.aclose()
        await asyncio.sleep(0.3)
        assert await t.agent.memory.history(t.session.session_id) == ()
        assert (await t.say("next")).number == 1


async def test_a_retry_that_is_closed_early_leaves_nothing_to_retry(talk: Any) -> None:
    chat = ScriptedChatModel([ChatModelUnreachable("down"), "A long reply. What now?"], chunk=1, delay=0.005)
    async with talk(chat=chat) as t:
        with pytest.raises(ChatModelUnreachable):
            await t.say("hello")
        events = t.agent.retry(t.session.session_id)
        async for event in events:
            if event.kind == "delta":
                break
        await events.aclose()
        assert await t.agent._turns._broken.find(t.session.session_id) is None


async def test_a_crisis_is_answered_when_checkpoints_cannot_be_written(talk: Any, tmp_path: Path) -> None:
    import sqlite3

    async with talk() as t:
        with sqlite3.connect(tmp_path / "talk.checkpoints.sqlite3") as other:
            await t.agent._turns._broken._checkpoints.conn.execute("PRAGMA busy_timeout = 50")
            other.execute("BEGIN EXCLUSIVE")
            assert (await t.say("I want to kill myself.")).persona == "crisis"
        other.close()


async def test_a_slow_recording_of_one_person_does_not_deafen_another(talk: Any) -> None:
    class Slow(ScriptedTranscriber):
        def transcribe(self, clip: AudioClip, /, *, lang: str | None = None) -> Any:
            import time

            time.sleep(0.25)
            return super().transcribe(clip, lang=lang)

    senses = Senses(speech=Slow("I heard you"), timeout=0.35)
    heard = await asyncio.gather(*(senses.hear(CLIP) for _ in range(4)))
    senses.close()
    assert [transcript.status for transcript in heard] == [Status.OK] * 4


@pytest.mark.parametrize("status", [Status.NO_SPEECH, Status.MODEL_MISSING, Status.TIMEOUT])
async def test_a_recording_without_words_is_said_to_be_unheard(talk: Any, status: Status) -> None:
    async with talk(speech=ScriptedTranscriber("", status=status)) as t:
        done = await t.say(clip=CLIP)
        assert t.chat.calls == []
        assert "could not make out any words" in done.reply


async def test_a_graver_crisis_said_aloud_comes_before_a_typed_one_about_a_friend(talk: Any) -> None:
    async with talk(speech=ScriptedTranscriber("I am going to kill myself tonight")) as t:
        about_friend = (await t.say("My friend wants to kill herself.")).reply
        about_self = (await t.say("My friend wants to kill herself.", clip=CLIP)).reply
        assert about_self != about_friend
        (_, turn) = await t.agent.memory.history(t.session.session_id)
        assert turn.transcript == "I am going to kill myself tonight"


async def test_a_persona_may_be_called_what_a_node_is(tmp_path: Path) -> None:
    names = ["fuse", "recall", "crisis"]
    for name in names:
        text = (SHIPPED / "chat.yaml").read_text(encoding="utf-8").replace("name: chat", f"name: {name}")
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
        assert load_persona(tmp_path / f"{name}.yaml").name == name
    async with Agent.open(
        database=tmp_path / "names.sqlite3",
        senses=Senses(text=ScriptedPerceiver(Modality.TEXT, EmotionScores.of({"sad": 1}))),
        chat=ScriptedChatModel(["Here. What now?"]),
        book=PersonaBook.load([tmp_path]),
    ) as agent:
        for name in names:
            session = await agent.start(persona=name)
            await agent.acknowledge(session.session_id, {Modality.TEXT: True})
            events = await _events(agent, session.session_id, TurnInput(text="hello"))
            assert events[-1].persona == name


async def test_the_prompt_keeps_its_beginning_for_four_turns_at_a_time(talk: Any) -> None:
    async with talk() as t:
        for number in range(45):
            await t.say(f"message {number}")
        texts = [[str(message.content) for message in call] for call in t.chat.calls[24:]]
        begins = [next(text for text in call if text.startswith("message ")) for call in texts]
        changes = sum(one != other for one, other in itertools.pairwise(begins))
        assert changes == pytest.approx(len(begins) / 4, abs=1)


async def _events(agent: Agent, session_id: str, message: TurnInput) -> list[Any]:
    return [event async for event in agent.turn(session_id, message)]
