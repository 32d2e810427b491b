"""Tokens of sessions: only their hashes are kept, and what the last turn came to can be told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
import pytest_asyncio

from memory import AffectMemory, SessionUnknown
from memory.testing import made_turn
from perception.observation import now

pytestmark = pytest.mark.unit

TOKEN = "a token"
HASH = sha256(TOKEN.encode()).digest()
AGO = timedelta(days=1)


@pytest_asyncio.fixture
async def memory(tmp_path: Path) -> AsyncIterator[AffectMemory]:
    async with await AffectMemory.open(tmp_path / "memory.sqlite3") as opened:
        yield opened


async def begun(memory: AffectMemory) -> str:
    session = await memory.start_session(persona="chat", lang=None, deployment_context="personal", consent={})
    await memory.resumptions.keep(session.session_id, HASH, since=now() - AGO)
    return session.session_id


async def test_a_token_finds_its_session_again_each_time_in_a_new_epoch(memory: AffectMemory) -> None:
    session_id = await begun(memory)
    for epoch in (2, 3):
        taken = await memory.resumptions.take(HASH, since=now() - AGO)
        assert taken is not None
        assert (taken.past.session.session_id, taken.epoch, taken.turn, taken.lost) == (session_id, epoch, 0, False)
    assert await memory.resumptions.take(sha256(b"guessed").digest(), since=now() - AGO) is None
    assert TOKEN.encode() not in memory.path.read_bytes()


async def test_a_turn_that_was_written_is_not_lost_and_one_that_was_not_is(memory: AffectMemory) -> None:
    session_id = await begun(memory)
    turn = await memory.record_turn(made_turn(session_id, 1))
    await memory.resumptions.begun(session_id, 1, turn.turn_id)
    taken = await memory.resumptions.take(HASH, since=now() - AGO)
    assert taken is not None
    assert (taken.turn, taken.turn_id, taken.lost) == (1, turn.turn_id, False)
    await memory.resumptions.begun(session_id, 2, "killed")
    taken = await memory.resumptions.take(HASH, since=now() - AGO)
    assert taken is not None
    assert taken.lost
    await memory.resumptions.ended(session_id, "another")
    await memory.resumptions.ended(session_id, "killed")
    taken = await memory.resumptions.take(HASH, since=now() - AGO)
    assert taken is not None
    assert (taken.turn, taken.turn_id, taken.lost) == (2, None, False)


async def test_tokens_nobody_has_used_are_forgotten(memory: AffectMemory) -> None:
    await begun(memory)
    assert await memory.resumptions.take(HASH, since=now() + timedelta(seconds=1)) is None
    other = await memory.start_session(persona="chat", lang=None, deployment_context="personal", consent={})
    await memory.resumptions.keep(other.session_id, sha256(b"other").digest(), since=now() + timedelta(seconds=1))
    assert await memory.resumptions.take(HASH, since=now() - AGO) is None


async def test_a_token_belongs_to_a_session(memory: AffectMemory) -> None:
    with pytest.raises(SessionUnknown):
        await memory.resumptions.keep("nobody's", HASH, since=now())


async def test_somebody_elses_token_changes_nothing(memory: AffectMemory) -> None:
    await begun(memory)
    assert await memory.resumptions.take(HASH, since=now() - AGO, user_id="somebody-else") is None
    taken = await memory.resumptions.take(HASH, since=now() - AGO, user_id="local")
    assert taken is not None
    assert taken.epoch == 2
