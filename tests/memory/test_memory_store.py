"""Sessions and turns through the door of `AffectMemory`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest

from memory import (
    AffectMemory,
    MemoryStoreError,
    SessionAmbiguous,
    SessionExists,
    SessionRecord,
    SessionUnknown,
    TurnElsewhere,
)
from memory.testing import made_affect, made_turn
from perception import Affect, Emotion, Modality, Observation, Status

pytestmark = pytest.mark.unit


@pytest.fixture
async def memory(tmp_path: Path) -> AsyncIterator[AffectMemory]:
    async with await AffectMemory.open(tmp_path / "memory.db") as opened:
        yield opened


async def begin(memory: AffectMemory, session_id: str | None = None, user_id: str = "local") -> SessionRecord:
    return await memory.start_session(
        session_id=session_id,
        user_id=user_id,
        persona="chat",
        lang="zh",
        deployment_context="personal",
        consent={Modality.VISION: False, Modality.TEXT: True},
    )


async def test_a_session_is_read_as_it_was_begun(memory: AffectMemory) -> None:
    begun = await begin(memory)
    assert len(begun.session_id) == 32
    assert begun.acknowledged_at is None
    assert await memory.session(begun.session_id) == begun


async def test_the_receipt_keeps_the_moment_and_the_consent(memory: AffectMemory) -> None:
    begun = await begin(memory)
    before = datetime.now(UTC)
    consent = {Modality.VISION: True, Modality.AUDIO: False, Modality.TEXT: True}
    receipt = await memory.acknowledge(begun.session_id, consent)
    assert receipt.acknowledged_at is not None
    assert before <= receipt.acknowledged_at <= datetime.now(UTC)
    assert receipt.consent == consent
    assert await memory.session(begun.session_id) == receipt


async def test_the_persona_of_a_session_can_change(memory: AffectMemory) -> None:
    begun = await begin(memory)
    assert (await memory.set_persona(begun.session_id, "debate")).persona == "debate"
    assert (await memory.session(begun.session_id)).persona == "debate"


async def test_sessions_come_newest_first_and_by_user(memory: AffectMemory) -> None:
    ids = [(await begin(memory, user_id=user)).session_id for user in ("ann", "bo", "ann")]
    assert [s.session_id for s in await memory.sessions()] == ids[::-1]
    assert [s.session_id for s in await memory.sessions(user_id="ann")] == [ids[2], ids[0]]
    assert [s.session_id for s in await memory.sessions(limit=1)] == [ids[2]]
    assert await memory.sessions(limit=0) == ()
    assert await memory.sessions(user_id="nobody") == ()


async def test_an_unknown_session_names_those_that_look_alike(memory: AffectMemory) -> None:
    await begin(memory, "winter-walk")
    with pytest.raises(SessionUnknown, match=r"'winter-talk'.*did you mean winter-walk") as caught:
        await memory.session("winter-talk")
    assert caught.value.close == ("winter-walk",)
    with pytest.raises(SessionUnknown, match="attune history"):
        await memory.session("zzz")


async def test_a_session_that_may_not_be_there_is_not_compared_with_others(
    memory: AffectMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = await begin(memory, "winter-walk")
    monkeypatch.delattr("memory.sessions.get_close_matches")
    assert await memory.known_session("winter-walk") == begun
    assert await memory.known_session("winter-talk") is None


async def test_every_door_knows_an_unknown_session(memory: AffectMemory) -> None:
    for ask in (
        memory.acknowledge("x", {}),
        memory.set_persona("x", "chat"),
        memory.record_turn(made_turn("x")),
        memory.recent_turns("x", 3),
        memory.past("x", 3),
        memory.history("x"),
        memory.find_session("last"),
        memory.find_session(""),
    ):
        with pytest.raises(SessionUnknown):
            await ask


async def test_an_id_is_taken_once(memory: AffectMemory) -> None:
    await begin(memory, "mine", "ann")
    with pytest.raises(SessionExists, match="'mine'"):
        await begin(memory, "mine", "bo")
    assert (await memory.session("mine")).user_id == "ann"
    assert await memory.sessions(user_id="bo") == ()


async def test_a_session_is_found_by_the_beginning_of_its_id_or_as_the_last(memory: AffectMemory) -> None:
    for session_id in ("abc1", "abd2", "abd", "a_c"):
        await begin(memory, session_id)
    assert (await memory.find_session("abc")).session_id == "abc1"
    assert (await memory.find_session("abd")).session_id == "abd", "the whole id wins over longer ones"
    assert (await memory.find_session("a_")).session_id == "a_c", "no character is a wildcard"
    assert (await memory.find_session("last")).session_id == "a_c"
    with pytest.raises(SessionAmbiguous, match="a few more characters") as caught:
        await memory.find_session("ab")
    assert set(caught.value.matches) == {"abc1", "abd2", "abd"}


async def test_a_turn_is_read_as_it_was_written(memory: AffectMemory) -> None:
    begun = await begin(memory)
    written = await memory.record_turn(made_turn(begun.session_id, 1))
    assert await memory.history(begun.session_id) == (written,)
    assert written.affect == made_turn(begun.session_id, 1).affect


async def test_turns_are_numbered_by_the_store(memory: AffectMemory) -> None:
    first, second = await begin(memory), await begin(memory)
    given = [made_turn(first.session_id, n) for n in (7, 3)] + [made_turn(second.session_id, 9)]
    assert [(await memory.record_turn(turn)).number for turn in given] == [1, 2, 1]


async def test_turns_written_at_once_get_numbers_without_gaps(memory: AffectMemory) -> None:
    begun = await begin(memory)
    written = await asyncio.gather(*(memory.record_turn(made_turn(begun.session_id, n)) for n in range(1, 21)))
    assert sorted(turn.number for turn in written) == list(range(1, 21))
    assert [turn.number for turn in await memory.history(begun.session_id)] == list(range(1, 21))


async def test_a_turn_written_twice_stands_once(memory: AffectMemory) -> None:
    begun = await begin(memory)
    turn = made_turn(begun.session_id)
    first = await memory.record_turn(turn)
    await memory.record_turn(made_turn(begun.session_id, 2))
    again = await memory.record_turn(replace(turn, reply="another reply", affect=None))
    assert again == first
    assert len(await memory.history(begun.session_id)) == 2


async def test_one_turn_written_by_many_at_once_stands_once(memory: AffectMemory) -> None:
    begun = await begin(memory)
    turn = made_turn(begun.session_id)
    written = await asyncio.gather(*(memory.record_turn(turn) for _ in range(8)))
    assert set(map(repr, written)) == {repr(written[0])}
    assert len(await memory.history(begun.session_id)) == 1


async def test_a_turn_id_belongs_to_one_session(memory: AffectMemory) -> None:
    first, second = await begin(memory), await begin(memory)
    turn = await memory.record_turn(made_turn(first.session_id))
    with pytest.raises(TurnElsewhere, match=turn.turn_id):
        await memory.record_turn(replace(turn, session_id=second.session_id))
    assert await memory.history(second.session_id) == ()


async def test_recent_turns_are_the_last_and_leave_the_evidence(memory: AffectMemory) -> None:
    begun = await begin(memory)
    written = [await memory.record_turn(made_turn(begun.session_id, n)) for n in range(1, 6)]
    recent = await memory.recent_turns(begun.session_id, 2)
    assert [turn.number for turn in recent] == [4, 5]
    for turn, whole in zip(recent, written[3:], strict=True):
        assert turn.affect is not None
        assert whole.affect is not None
        assert turn.affect == replace(whole.affect, observations=())
    assert await memory.recent_turns(begun.session_id, 0) == ()
    assert await memory.recent_turns(begun.session_id, -4) == ()


async def test_history_can_be_limited_to_the_last(memory: AffectMemory) -> None:
    begun = await begin(memory)
    written = [await memory.record_turn(made_turn(begun.session_id, n)) for n in range(1, 5)]
    assert await memory.history(begun.session_id) == tuple(written)
    assert await memory.history(begun.session_id, limit=2) == tuple(written[2:])
    assert await memory.history(begun.session_id, limit=0) == ()


async def test_the_past_is_the_session_and_its_last_turns(memory: AffectMemory) -> None:
    begun = await begin(memory)
    past = await memory.past(begun.session_id, 3)
    assert (past.session, past.turns) == (begun, ())
    for number in range(1, 6):
        await memory.record_turn(made_turn(begun.session_id, number))
    past = await memory.past(begun.session_id, 3)
    assert [turn.number for turn in past.turns] == [3, 4, 5]
    assert all(turn.affect and turn.affect.scores and not turn.affect.observations for turn in past.turns)


async def test_a_turn_without_affect_stays_without(memory: AffectMemory) -> None:
    begun = await begin(memory)
    await memory.record_turn(replace(made_turn(begun.session_id), affect=None))
    assert [turn.affect for turn in await memory.history(begun.session_id)] == [None]


async def test_senses_that_could_not_tell_are_remembered_as_such(memory: AffectMemory) -> None:
    begun = await begin(memory)
    silent = Observation(modality=Modality.AUDIO, status=Status.NO_SPEECH, model="made-audio-1")
    affect = Affect(scores=None, shares=(), conflicts=(), reliability=0.0, observations=(silent,))
    await memory.record_turn(made_turn(begun.session_id, affect=affect))
    (turn,) = await memory.history(begun.session_id)
    assert turn.affect == affect


async def test_features_never_reach_the_file(memory: AffectMemory) -> None:
    begun = await begin(memory)
    affect = made_affect(Emotion.SAD)
    heard = replace(affect.observations[1], features=np.full(64, 0.123456789, np.float32))
    written = await memory.record_turn(
        made_turn(begun.session_id, affect=replace(affect, observations=(heard,))),
    )
    (read,) = await memory.history(begun.session_id)
    for turn in (written, read):
        assert turn.affect is not None
        assert turn.affect.observations[0].features is None
    assert heard.features is not None, "the value handed in is left alone"


async def test_moments_are_kept_to_the_microsecond_in_utc(memory: AffectMemory) -> None:
    begun = await begin(memory)
    moment = datetime(2026, 7, 1, 23, 59, 59, 999_999, tzinfo=timezone(timedelta(hours=8)))
    await memory.record_turn(replace(made_turn(begun.session_id), started_at=moment))
    (turn,) = await memory.history(begun.session_id)
    assert turn.started_at == moment
    assert turn.started_at.utcoffset() == timedelta(0)


async def test_text_of_any_kind_survives(memory: AffectMemory) -> None:
    begun = await begin(memory)
    text = "quote ' \" % _ \\ \0 newline\n 好的 🙂"
    await memory.record_turn(replace(made_turn(begun.session_id), user_text=text, reply="broken \ud83d pair"))
    (turn,) = await memory.history(begun.session_id)
    assert turn.user_text == text
    assert turn.reply == "broken ? pair"


async def test_cancelled_writes_hold_no_lock_and_leave_whole_turns(memory: AffectMemory) -> None:
    begun = await begin(memory)
    for number in range(1, 25):
        task = asyncio.create_task(memory.record_turn(made_turn(begun.session_id, number)))
        await asyncio.sleep(number * 0.0002)
        task.cancel()
        await asyncio.wait([task])
    async with await AffectMemory.open(memory.path) as other:
        last = await asyncio.wait_for(other.record_turn(made_turn(begun.session_id, 99)), timeout=4)
        turns = await other.history(begun.session_id)
    assert [turn.number for turn in turns] == list(range(1, last.number + 1))
    assert all(turn.affect and len(turn.affect.observations) == 3 for turn in turns)


async def test_closing_waits_for_a_write_that_nobody_waits_for(tmp_path: Path) -> None:
    memory = await AffectMemory.open(tmp_path / "memory.db")
    begun = await begin(memory)
    task = asyncio.create_task(memory.record_turn(made_turn(begun.session_id)))
    await asyncio.sleep(0.001)
    await memory.close()
    written = await asyncio.gather(task, return_exceptions=True)
    async with await AffectMemory.open(tmp_path / "memory.db") as again:
        kept = await again.history(begun.session_id)
    assert list(kept) == [turn for turn in written if not isinstance(turn, MemoryStoreError)]


async def test_a_closed_memory_says_so(tmp_path: Path) -> None:
    memory = await AffectMemory.open(tmp_path / "memory.db")
    await memory.close()
    await memory.close()
    with pytest.raises(MemoryStoreError, match="is closed"):
        await memory.sessions()


async def test_records_become_json(memory: AffectMemory) -> None:
    begun = await begin(memory)
    await memory.acknowledge(begun.session_id, {Modality.TEXT: True})
    assert (await memory.session(begun.session_id)).as_dict()["consent"] == {"text": True}
    await memory.record_turn(made_turn(begun.session_id))
    (turn,) = await memory.history(begun.session_id)
    data = turn.as_dict()
    assert data["affect"]["top"] == "sad"
    assert set(data["observations"]) == {"vision", "audio", "text"}
    assert data["observations"]["vision"]["status"] == "no_face"
