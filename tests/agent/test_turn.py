"""A turn from end to end, with test doubles for the models and a real database."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agent import TurnInput
from agent.errors import (
    ChatModelFailed,
    ChatModelInterrupted,
    ChatModelUnreachable,
    EmptyTurn,
    NothingToRetry,
    NoticeNotAcknowledged,
    TextTooLong,
)
from agent.testing import ScriptedChatModel
from perception import AudioClip, EmotionScores, Frame, Modality, Status
from perception.testing import ScriptedPerceiver, ScriptedTranscriber
from personas import UnknownPersona

pytestmark = pytest.mark.unit

FRAME = Frame(pixels=np.zeros((48, 48, 3), np.uint8))
CLIP = AudioClip(samples=np.zeros(16_000, np.float32))


async def test_a_turn_tells_what_happens_in_order_and_is_in_the_database_when_done(talk: Any) -> None:
    async with talk() as t:
        done = await t.say("I lost my job.", frame=FRAME, clip=CLIP)
        kinds = [event.kind for event in t.events]
        assert kinds.index("fused") < kinds.index("routed") < kinds.index("delta") < kinds.index("done")
        assert t.statuses == {"vision": "ok", "audio": "ok", "text": "ok"}
        assert "".join(event.text for event in t.of("delta")) == done.reply
        (turn,) = await t.agent.memory.history(t.session.session_id)
        assert (turn.turn_id, turn.reply, turn.number) == (done.turn_id, done.reply, 1)
        assert turn.affect is not None
        assert turn.affect.scores is not None
        assert turn.affect.scores.top == "sad"
        assert {o.modality for o in turn.affect.observations} == set(Modality)


async def test_five_turns_leave_five_rows_with_affect(talk: Any) -> None:
    async with talk() as t:
        for number in range(1, 6):
            done = await t.say(f"message {number}")
            assert done.number == number
        turns = await t.agent.memory.history(t.session.session_id)
        assert [turn.user_text for turn in turns] == [f"message {n}" for n in range(1, 6)]
        assert all(turn.affect and turn.affect.scores for turn in turns)


async def test_the_model_reads_a_phrase_in_the_last_message_and_the_prefix_stays_the_same(talk: Any) -> None:
    async with talk() as t:
        await t.say("I am fine.", frame=FRAME)
        await t.say("Really.")
        first, second = t.chat.calls
        assert first[0].content == second[0].content
        last = str(first[-1].content)
        assert "I am fine." in last
        assert last != "I am fine."
        assert not any(digit in last for digit in "0123456789")


@pytest.mark.parametrize(
    ("sense", "expected"),
    [
        (ScriptedPerceiver(Modality.VISION, error=lambda: RuntimeError("broken")), "failed"),
        (ScriptedPerceiver(Modality.VISION, EmotionScores.of({"sad": 1}), delay=0.5), "timeout"),
        (ScriptedPerceiver(Modality.VISION, status=Status.NO_FACE), "no_face"),
        (None, "disabled"),
    ],
)
async def test_a_sense_that_cannot_tell_costs_its_own_modality_only(talk: Any, sense: Any, expected: str) -> None:
    async with talk(vision=sense, timeout=0.2) as t:
        done = await t.say("hello", frame=FRAME)
        assert t.statuses == {"vision": expected, "text": "ok"}
        weights = {share.modality: share.weight for share in t.of("fused")[0].affect.shares}
        assert weights == {Modality.VISION: 0.0, Modality.TEXT: 1.0}
        assert done.reply


async def test_a_broken_transcriber_costs_only_the_words(talk: Any) -> None:
    class Broken(ScriptedTranscriber):
        def transcribe(self, clip: AudioClip, /, *, lang: str | None = None) -> Any:
            raise RuntimeError("broken")

    async with talk(speech=Broken("")) as t:
        await t.say("hello", clip=CLIP)
        assert t.of("transcribed")[0].transcript.status is Status.FAILED
        assert t.statuses == {"audio": "ok", "text": "ok"}


async def test_spoken_words_are_felt_and_answered(talk: Any) -> None:
    text = ScriptedPerceiver(Modality.TEXT, EmotionScores.of({"sad": 1}))
    async with talk(text=text) as t:
        await t.say(clip=CLIP)
        assert text.seen[0].text == "I lost my job."
        assert "I lost my job." in str(t.chat.calls[0][-1].content)
        (turn,) = await t.agent.memory.history(t.session.session_id)
        assert (turn.user_text, turn.transcript) == ("", "I lost my job.")


async def test_without_consent_a_sense_is_never_asked(talk: Any) -> None:
    vision = ScriptedPerceiver(Modality.VISION, EmotionScores.of({"sad": 1}))
    async with talk(vision=vision, consent=False) as t:
        with pytest.raises(NoticeNotAcknowledged):
            await t.say("hello")
        await t.agent.acknowledge(t.session.session_id, {Modality.TEXT: True})
        await t.say("hello", frame=FRAME)
        assert vision.seen == []
        assert t.statuses == {"vision": "disabled", "text": "ok"}


async def test_a_question_is_appended_when_the_model_asks_none(talk: Any) -> None:
    async with talk(replies=["That must hurt."]) as t:
        done = await t.say("I lost my job.")
        assert done.reply.startswith("That must hurt. ")
        assert done.reply.endswith("?")
        assert done.trace["question"] == "appended"


async def test_the_same_question_is_not_appended_twice(talk: Any) -> None:
    async with talk(replies=["I see."]) as t:
        replies = [(await t.say("I lost my job.")).reply for _ in range(5)]
        assert len(set(replies)) == 5


async def test_a_reply_with_its_own_open_question_is_left_alone(talk: Any) -> None:
    async with talk(replies=["I hear you. What happened then?"]) as t:
        assert (await t.say("I lost my job.")).reply == "I hear you. What happened then?"


@pytest.mark.parametrize("words", ["Bye, talk to you tomorrow!", "Please stop asking me questions.", "再见"])
async def test_goodbyes_and_a_wish_for_no_questions_are_exempt(talk: Any, words: str) -> None:
    async with talk(replies=["Take care."]) as t:
        assert (await t.say(words)).reply == "Take care."


async def test_a_crisis_is_answered_with_the_model_down_and_asks_no_more_senses(talk: Any) -> None:
    text = ScriptedPerceiver(Modality.TEXT, EmotionScores.of({"sad": 1}))
    async with talk(replies=[ChatModelUnreachable("down")], text=text, agent_options={"locale": "en-US"}) as t:
        done = await t.say("I want to kill myself.")
        assert done.persona == "crisis"
        assert "988" in done.reply
        assert text.seen == []
        (turn,) = await t.agent.memory.history(t.session.session_id)
        assert turn.route_reason == "crisis"


async def test_a_crisis_said_aloud_is_heard(talk: Any) -> None:
    async with talk(speech=ScriptedTranscriber("I want to end my life")) as t:
        assert (await t.say(clip=CLIP)).persona == "crisis"


async def test_a_crisis_typed_is_not_forgotten_when_the_voice_says_nothing_of_it(talk: Any) -> None:
    async with talk(speech=ScriptedTranscriber("hello")) as t:
        assert (await t.say("I want to kill myself.", clip=CLIP)).persona == "crisis"


async def test_a_model_that_speaks_only_english_says_so_in_chinese(talk: Any) -> None:
    chat = ScriptedChatModel(["word salad"], languages=frozenset({"en"}))
    async with talk(chat=chat) as t:
        done = await t.say("我今天很难过")
        assert chat.calls == []
        assert "word salad" not in done.reply
        assert any("\u4e00" <= character <= "\u9fff" for character in done.reply)
        assert "ATTUNE_BASE_URL" in done.reply


@pytest.mark.parametrize("error", [ChatModelUnreachable("down"), ChatModelFailed("500")])
async def test_a_broken_turn_records_nothing_and_the_next_one_works(talk: Any, error: Exception) -> None:
    async with talk(replies=[error, "Here again. What now?"]) as t:
        with pytest.raises(type(error)):
            await t.say("first")
        assert await t.agent.memory.history(t.session.session_id) == ()
        assert (await t.say("second")).number == 1


async def test_a_broken_turn_is_retried_without_asking_the_senses_again(talk: Any) -> None:
    text = ScriptedPerceiver(Modality.TEXT, EmotionScores.of({"sad": 1}))
    async with talk(replies=[ChatModelUnreachable("down"), "Here again. What now?"], text=text) as t:
        with pytest.raises(ChatModelUnreachable):
            await t.say("I lost my job.", frame=FRAME)
        done = await t.retry()
        assert done.reply == "Here again. What now?"
        assert len(text.seen) == 1
        (turn,) = await t.agent.memory.history(t.session.session_id)
        assert turn.user_text == "I lost my job."
        assert turn.affect is not None
        assert len(turn.affect.observations) == 2
        with pytest.raises(NothingToRetry):
            await t.retry()


async def test_a_broken_turn_survives_a_restart(talk: Any) -> None:
    async with talk(replies=[ChatModelUnreachable("down")]) as t:
        with pytest.raises(ChatModelUnreachable):
            await t.say("I lost my job.", frame=FRAME)
        session_id = t.session.session_id
    async with talk(session_id=session_id) as t:
        assert (await t.retry()).reply
        (turn,) = await t.agent.memory.history(session_id)
        assert turn.user_text == "I lost my job."


async def test_a_new_message_discards_the_broken_turn(talk: Any) -> None:
    async with talk(replies=[ChatModelUnreachable("down"), "Well. What now?"]) as t:
        with pytest.raises(ChatModelUnreachable):
            await t.say("first")
        await t.say("second")
        turns = await t.agent.memory.history(t.session.session_id)
        assert [turn.user_text for turn in turns] == ["second"]
        with pytest.raises(NothingToRetry):
            await t.retry()


async def test_half_a_reply_is_kept_as_interrupted_and_gets_no_question(talk: Any) -> None:
    class Breaks(ScriptedChatModel):
        async def stream(self, messages: Any, *, max_tokens: int = 256) -> Any:
            yield "I was about to s"
            raise ChatModelInterrupted("the stream broke off", text="I was about to s")

    async with talk(chat=Breaks(["-"])) as t:
        done = await t.say("hello")
        assert (done.reply, done.interrupted) == ("I was about to s", True)
        (turn,) = await t.agent.memory.history(t.session.session_id)
        assert turn.interrupted
        assert (await t.say("and now?")).number == 2


@pytest.mark.parametrize("text", ["", "   \n"])
async def test_an_empty_message_is_refused(talk: Any, text: str) -> None:
    async with talk() as t:
        with pytest.raises(EmptyTurn):
            await t.say(text)
        assert (await t.say("now")).number == 1


async def test_a_megabyte_of_text_is_refused_and_the_next_turn_works(talk: Any) -> None:
    async with talk() as t:
        with pytest.raises(TextTooLong, match="1,000,000"):
            await t.say("x" * 1_000_000)
        assert (await t.say("shorter")).number == 1


async def test_a_persona_that_does_not_exist_is_named_with_the_ones_that_do(talk: Any) -> None:
    async with talk() as t:
        with pytest.raises(UnknownPersona, match="debate"):
            await t.agent.choose_persona(t.session.session_id, "debat", "en")
        assert (await t.say("hello")).persona == "chat"


@pytest.mark.parametrize("name", ["chat", "counseling", "interview", "debate", "custom:you are a tsundere cat girl"])
async def test_every_persona_greets_and_answers(talk: Any, name: str) -> None:
    async with talk() as t:
        for lang in ("en", "zh"):
            assert await t.agent.choose_persona(t.session.session_id, name, lang)
        assert (await t.say("hello")).persona == name


async def test_no_checkpoint_outlives_its_turn(talk: Any, tmp_path: Path) -> None:
    async with talk() as t:
        await t.say("a sentence nobody else would write: zebra-quartz", frame=FRAME, clip=CLIP)
        for file in tmp_path.glob("talk.checkpoints*"):
            assert b"zebra-quartz" not in file.read_bytes() or file.suffix.endswith("-wal")
    with sqlite3.connect(tmp_path / "talk.checkpoints.sqlite3") as db:
        assert db.execute("SELECT count(*) FROM checkpoints").fetchone() == (0,)
        assert db.execute("SELECT count(*) FROM writes").fetchone() == (0,)
    db.close()
    assert b"zebra-quartz" not in (tmp_path / "talk.checkpoints.sqlite3").read_bytes()


async def test_two_messages_at_once_become_two_turns_in_a_row(talk: Any) -> None:
    async with talk() as t:
        session = t.session.session_id

        async def say(text: str) -> int:
            return [event async for event in t.agent.turn(session, TurnInput(text=text))][-1].number

        assert sorted(await asyncio.gather(say("one"), say("two"), say("three"))) == [1, 2, 3]
