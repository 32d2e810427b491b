"""How people were read wrong, and what they were offered: kept beside the turns, gone with them."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from memory import AffectMemory, OfferRecord, SessionUnknown, TurnUnknown
from memory.testing import made_affect, made_turn
from perception import Cue, Emotion, Fired

pytestmark = pytest.mark.unit


@pytest_asyncio.fixture
async def memory(tmp_path: Path) -> AsyncIterator[AffectMemory]:
    async with await AffectMemory.open(tmp_path / "memory.db") as opened:
        await opened.start_session(
            session_id="s", user_id="ann", persona="chat", lang=None, deployment_context="personal", consent={}
        )
        for number in (1, 2, 3):
            await opened.record_turn(made_turn("s", number, affect=made_affect(Emotion.HAPPY)))
        yield opened


async def test_a_correction_is_of_the_last_turn_unless_one_is_named(memory: AffectMemory) -> None:
    last = await memory.correct("s", emotion=Emotion.SAD, text="不是高兴")
    assert (last.number, last.read, last.emotion, last.text, last.shared) == (3, "happy", "sad", "不是高兴", False)
    first = await memory.correct("s", number=1)
    assert (first.number, first.emotion) == (1, None)
    assert await memory.corrections("s") == (last, first)
    assert (await memory.past("s", 5)).corrections == (last, first)
    assert (await memory.history("s"))[-1].affect == made_affect(Emotion.HAPPY)


async def test_what_the_senses_had_read_is_kept_and_not_what_an_override_made_of_it(memory: AffectMemory) -> None:
    override = Fired(rule="correction", action="override", target="fused", before="happy", after="sad")
    noted = replace(
        made_affect(Emotion.SAD), fired=(override,), notes=(Cue(code="corrected", params={"read": "happy"}),)
    )
    await memory.record_turn(made_turn("s", 4, affect=noted))
    assert (await memory.history("s", limit=1))[0].affect == noted
    assert (await memory.recent_turns("s", 1))[0].affect == replace(noted, observations=())
    assert (await memory.correct("s", emotion=Emotion.HAPPY)).read is Emotion.HAPPY


@pytest.mark.parametrize("number", [0, 4, 99])
async def test_a_turn_that_is_not_there_cannot_be_corrected(memory: AffectMemory, number: int) -> None:
    with pytest.raises(TurnUnknown, match=f"no turn {number}"):
        await memory.correct("s", number=number)
    with pytest.raises(SessionUnknown):
        await memory.correct("nowhere")
    await memory.start_session(session_id="new", persona="chat", lang=None, deployment_context="personal", consent={})
    with pytest.raises(TurnUnknown, match="no turns yet"):
        await memory.correct("new")


async def test_only_what_was_agreed_to_becomes_labelled_data(memory: AffectMemory) -> None:
    await memory.correct("s", number=1, emotion=Emotion.SAD, shared=True)
    await memory.correct("s", number=2, emotion=Emotion.SAD)
    await memory.correct("s", number=3, shared=True)
    rows = [row async for row in memory.labelled("ann")]
    assert [(row["id"], row["label"], row["read"]) for row in rows] == [("s-1", "sad", "happy")]
    assert rows[0]["text"].startswith("This is what was typed in turn 1")
    assert set(rows[0]["observations"]) == {"audio", "text"}
    # the newest of a turn counts, also where it takes the agreement back
    await memory.correct("s", number=1, emotion=Emotion.FEAR)
    assert [row async for row in memory.labelled()] == []
    assert [row async for row in memory.labelled("bo")] == []


async def test_an_export_holds_every_correction_and_pruning_takes_them_along(memory: AffectMemory) -> None:
    await memory.correct("s", number=1, emotion=Emotion.SAD)
    await memory.correct("s", emotion=Emotion.FEAR)
    kinds = [row["kind"] async for row in memory.export("ann")]
    assert kinds == ["user", "session", "turn", "turn", "turn", "correction", "correction"]
    await memory.prune((await memory.history("s"))[-1].started_at)
    assert [said.number for said in await memory.corrections("s")] == [3]
    with closing(sqlite3.connect(memory.path)) as database:
        assert database.execute("SELECT count(*) FROM corrections").fetchone() == (1,)


async def test_offers_and_their_answers_stay_with_the_session(memory: AffectMemory) -> None:
    assert (await memory.session("s")).offers == ()
    made = OfferRecord(offer="o", persona="counseling", number=3)
    await memory.set_offers("s", [made])
    assert (await memory.session("s")).offers == (made,)
    taken = replace(made, answer="accepted")
    session = await memory.set_offers("s", [taken], persona="counseling")
    assert (session.offers, session.persona) == ((taken,), "counseling")
    assert session.as_dict()["offers"] == [{"offer": "o", "persona": "counseling", "number": 3, "answer": "accepted"}]
