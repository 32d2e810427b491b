"""What is read of a person across their sessions: pages, timelines, exports; and what goes by its age."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from memory import AffectMemory, Pruned, SessionUnknown, TimelinePoint
from memory.database import _give_back as give_back
from memory.testing import made_affect, made_turn
from perception import Affect, Emotion, Modality
from perception.observation import now

pytestmark = pytest.mark.unit

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
"""One minute before the first made turn."""


@pytest.fixture
async def memory(tmp_path: Path) -> AsyncIterator[AffectMemory]:
    async with await AffectMemory.open(tmp_path / "memory.db") as opened:
        yield opened


async def talk(memory: AffectMemory, session_id: str, turns: int, *, user: str = "ann", at: datetime = START) -> None:
    """A session whose turns begin a minute after one another."""
    await memory.start_session(
        session_id=session_id, user_id=user, persona="chat", lang="en", deployment_context="personal", consent={}
    )
    for number in range(1, turns + 1):
        moment = at + timedelta(minutes=number)
        await memory.record_turn(
            replace(made_turn(session_id, number), started_at=moment, finished_at=moment + timedelta(seconds=2))
        )


async def test_sessions_come_in_pages(memory: AffectMemory) -> None:
    for number in range(5):
        await talk(memory, f"s{number}", 0, user="bo" if number == 3 else "ann")
    assert [s.session_id for s in await memory.sessions(limit=2)] == ["s4", "s3"]
    assert [s.session_id for s in await memory.sessions(limit=2, before="s3")] == ["s2", "s1"]
    assert [s.session_id for s in await memory.sessions(user_id="ann", before="s4")] == ["s2", "s1", "s0"]
    assert await memory.sessions(before="s0") == ()
    for before in ("s3", "nowhere"):
        with pytest.raises(SessionUnknown, match=before):
            await memory.sessions(user_id="ann", before=before)


async def test_a_history_comes_in_pages(memory: AffectMemory) -> None:
    await talk(memory, "a", 7)
    last = await memory.history("a", limit=3)
    assert [turn.number for turn in last] == [5, 6, 7]
    page = await memory.history("a", limit=3, before=last[0].number)
    assert [turn.number for turn in page] == [2, 3, 4]
    assert all(turn.affect and len(turn.affect.observations) == 3 for turn in page)
    assert [turn.number for turn in await memory.history("a", before=2)] == [1]
    assert await memory.history("a", limit=3, before=1) == ()
    with pytest.raises(SessionUnknown):
        await memory.history("b", before=3)


async def test_a_timeline_runs_across_sessions(memory: AffectMemory) -> None:
    await talk(memory, "late", 2, at=START + timedelta(days=2))
    await talk(memory, "early", 2)
    await talk(memory, "other", 2, user="bo")
    points = await memory.timeline("ann")
    assert [(point.session_id, point.number) for point in points] == [
        ("early", 1), ("early", 2), ("late", 1), ("late", 2)
    ]  # fmt: skip
    made = made_turn("early", 1).affect
    assert made is not None
    assert points[0] == TimelinePoint(
        session_id="early",
        number=1,
        started_at=START + timedelta(minutes=1),
        persona="chat",
        scores=made.scores,
        reliability=made.reliability,
    )
    assert [p.session_id for p in await memory.timeline("ann", limit=3)] == ["early", "late", "late"]
    assert await memory.timeline("ann", limit=0) == ()
    assert await memory.timeline("nobody") == ()


async def test_a_timeline_has_a_beginning_that_counts_and_an_end_that_does_not(memory: AffectMemory) -> None:
    await talk(memory, "a", 5)
    since, until = START + timedelta(minutes=2), START + timedelta(minutes=4)
    assert [p.number for p in await memory.timeline("ann", since=since, until=until)] == [2, 3]
    assert [p.number for p in await memory.timeline("ann", since=since, limit=1)] == [5]
    assert [p.number for p in await memory.timeline("ann", until=since)] == [1]


async def test_turns_that_nothing_is_known_of_are_points_without_scores(memory: AffectMemory) -> None:
    await talk(memory, "a", 1)
    silent = Affect(scores=None, shares=(), conflicts=(), reliability=0.0, observations=())
    for number, affect in ((2, silent), (3, None)):
        await memory.record_turn(replace(made_turn("a", number), affect=affect))
    points = await memory.timeline("ann")
    assert [p.scores is None for p in points] == [False, True, True]
    assert points[2].as_dict() | {"started_at": ""} == {
        "session_id": "a", "number": 3, "started_at": "", "persona": "chat", "top": None, "scores": None,
        "valence": None, "arousal": None, "reliability": 0.0,
    }  # fmt: skip
    assert points[0].as_dict()["valence"] == pytest.approx(points[0].valence, abs=1e-4)
    (bucket,) = await memory.timeline_buckets("ann")
    assert (bucket.turns, bucket.felt) == (3, 1)
    assert bucket.valence == pytest.approx(points[0].valence)


async def test_a_clock_that_is_set_back_changes_no_order(memory: AffectMemory) -> None:
    times = [START + timedelta(hours=hours) for hours in (5, 6, 1, 2, 7)]
    await talk(memory, "a", 0)
    for number, moment in enumerate(times, 1):
        turn = replace(made_turn("a", number), started_at=moment, finished_at=moment - timedelta(minutes=1))
        assert (await memory.record_turn(turn)).number == number
    for ask in (memory.history("a"), memory.recent_turns("a", 9), memory.timeline("ann")):
        assert [row.number for row in await ask] == [1, 2, 3, 4, 5]
    assert [row["number"] async for row in memory.export("ann") if row["kind"] == "turn"] == [1, 2, 3, 4, 5]


async def test_sessions_are_listed_as_they_began_whatever_the_clock_said(
    memory: AffectMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, moment in (("first", START), ("second", START - timedelta(days=400)), ("third", START)):
        monkeypatch.setattr("memory.store.now", lambda moment=moment: moment)
        await talk(memory, name, 0)
    assert [s.session_id for s in await memory.sessions()] == ["third", "second", "first"]
    assert (await memory.find_session("last")).session_id == "third"


async def test_buckets_are_means_of_whole_hours_or_days(memory: AffectMemory) -> None:
    await talk(memory, "a", 4)
    await talk(memory, "b", 2, at=START + timedelta(days=3))
    buckets = await memory.timeline_buckets("ann")
    assert [(b.since, b.until, b.turns, b.felt) for b in buckets] == [
        (START, START + timedelta(hours=1), 4, 4),
        (START + timedelta(days=3), START + timedelta(days=3, hours=1), 2, 2),
    ]
    points = await memory.timeline("ann")
    valences = [point.valence for point in points if point.valence is not None]
    assert buckets[0].valence == pytest.approx(sum(valences[:4]) / 4)
    assert buckets[0].reliability == pytest.approx(sum(point.reliability for point in points[:4]) / 4)
    days = await memory.timeline_buckets("ann", most=4)
    assert [(b.since.hour, b.until - b.since) for b in days] == [(0, timedelta(days=1))] * 2
    (all_of_it,) = await memory.timeline_buckets("ann", most=1)
    assert all_of_it.turns == 6
    assert (await memory.timeline_buckets("ann", since=START + timedelta(days=1)))[0].turns == 2
    assert [b.turns for b in await memory.timeline_buckets("ann", until=START + timedelta(days=1))] == [4]
    assert await memory.timeline_buckets("nobody") == ()
    assert buckets[0].as_dict()["top"] == buckets[0].scores.top.value if buckets[0].scores else False


async def test_an_export_has_every_row_of_a_person_and_nobody_elses(memory: AffectMemory) -> None:
    await talk(memory, "a", 150)
    await talk(memory, "empty", 0)
    await talk(memory, "other", 1, user="bo")
    await memory.acknowledge("a", {Modality.TEXT: True})
    rows = [row async for row in memory.export("ann")]
    assert [row["kind"] for row in rows] == ["user", "session", *["turn"] * 150, "session"]
    assert rows[1] == {"kind": "session", **(await memory.session("a")).as_dict()}
    assert [row for row in rows if row["kind"] == "turn"] == [
        {"kind": "turn", **turn.as_dict()} for turn in await memory.history("a")
    ]
    assert [row async for row in memory.export("nobody")] == []
    assert await memory.turn_count("ann") == 150
    assert await memory.turn_count("nobody") == 0


async def test_an_export_of_a_time_has_the_sessions_that_were_held_in_it(memory: AffectMemory) -> None:
    await talk(memory, "a", 3)
    await talk(memory, "b", 3, at=START + timedelta(days=5))
    rows = [row async for row in memory.export("ann", since=START + timedelta(minutes=3), until=START + timedelta(1))]
    assert [(row["kind"], row["session_id"]) for row in rows[1:]] == [("session", "a"), ("turn", "a")]


async def test_an_export_may_be_left_and_holds_nothing(memory: AffectMemory) -> None:
    await talk(memory, "a", 120)
    export = memory.export("ann")
    async for _ in export:
        # a reader who is slow, or never comes back, keeps nobody from writing
        await memory.record_turn(replace(made_turn("a", 999), turn_id="meanwhile"))
        break
    await export.aclose()


async def test_what_is_older_than_a_moment_goes_and_what_is_left_stays_whole(memory: AffectMemory) -> None:
    await talk(memory, "old", 5)
    await talk(memory, "both", 2)
    for number in (3, 4):
        moment = START + timedelta(days=9, minutes=number)
        await memory.record_turn(replace(made_turn("both", number), started_at=moment))
    await talk(memory, "gone", 3, user="bo")
    with closing(sqlite3.connect(memory.path)) as other:
        moment = int(START.timestamp() * 1e6)
        other.execute("UPDATE sessions SET started_at = ?", (moment,))
        other.commit()
    kept = await memory.history("both", limit=2)
    cut = START + timedelta(days=1)
    expected = Pruned(turns=10, sessions=2, users=1)
    assert await memory.prune(cut, dry_run=True) == expected
    assert len(await memory.history("old")) == 5, "a trial deletes nothing"
    assert await memory.prune(cut) == expected
    assert [s.session_id for s in await memory.sessions()] == ["both"]
    assert await memory.history("both") == kept
    assert [bucket.turns for bucket in await memory.timeline_buckets("ann")] == [2]
    assert await memory.timeline_buckets("bo") == ()
    assert await memory.prune(cut) == Pruned()
    assert (await memory.record_turn(made_turn("both", 5))).number == 5, "numbers go on where they were"
    with closing(sqlite3.connect(memory.path)) as other:
        for table, rows in (("users", 1), ("turns", 3), ("affect", 3), ("observations", 9)):
            assert other.execute(f"SELECT count(*) FROM {table}").fetchone() == (rows,), table


async def test_a_session_that_has_just_begun_outlives_a_pruning(memory: AffectMemory) -> None:
    await talk(memory, "new", 0)
    assert await memory.prune(datetime.now(UTC) - timedelta(hours=1)) == Pruned()
    assert await memory.prune(datetime.now(UTC) + timedelta(hours=1)) == Pruned(sessions=1, users=1)


async def test_the_sums_of_an_hour_follow_every_way_in_which_turns_go(memory: AffectMemory) -> None:
    await talk(memory, "a", 3)
    await talk(memory, "b", 2)
    await memory.record_turn(made_turn("b", 3, affect=made_affect(Emotion.ANGRY)))
    with closing(sqlite3.connect(memory.path, isolation_level=None)) as other:
        other.execute("PRAGMA foreign_keys = ON")
        for removal, left in (
            ("DELETE FROM turns WHERE turn_id = 'a-1'", 5),
            ("DELETE FROM sessions WHERE session_id = 'a'", 3),
        ):
            other.execute(removal)
            (bucket,) = await memory.timeline_buckets("ann")
            assert (bucket.turns, bucket.felt) == (left, left)
        points = await memory.timeline("ann")
        assert bucket.arousal == pytest.approx(sum(p.arousal or 0.0 for p in points) / 3)
        other.execute("DELETE FROM users")
        assert other.execute("SELECT count(*) FROM hours").fetchone() == (0,)


async def test_the_file_shrinks_and_forgets(memory: AffectMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[object] = []

    async def counted(connection: Any) -> bool:
        steps.append(connection)
        return await give_back(connection)

    monkeypatch.setattr("memory.database._give_back", counted)
    secret = "what only ann has said"
    await talk(memory, "a", 0)
    for number in range(1, 301):
        await memory.record_turn(replace(made_turn("a", number), user_text=f"{secret} {number}"))
    full = sum(path.stat().st_size for path in memory.path.parent.iterdir())
    await memory.prune(datetime.now(UTC) + timedelta(hours=1))
    assert sum(path.stat().st_size for path in memory.path.parent.iterdir()) < full / 3
    assert len(steps) < 5, "a hundred pages a step"
    assert not [path for path in memory.path.parent.iterdir() if secret.encode() in path.read_bytes()]


async def test_what_is_usual_of_a_person_is_the_mean_of_thirty_days_in_all_sessions(memory: AffectMemory) -> None:
    one, other, foreign = [
        await memory.start_session(user_id=who, persona="chat", lang=None, deployment_context="personal", consent={})
        for who in ("ann", "ann", "bob")
    ]
    assert (await memory.past(one.session_id, 5)).usual is None
    moment = now()
    told = (
        (one, Emotion.SAD, timedelta(days=2)),
        (other, Emotion.HAPPY, timedelta(minutes=1)),
        (other, Emotion.ANGRY, timedelta(days=40)),
        (foreign, Emotion.FEAR, timedelta(days=1)),
    )
    for number, (session, emotion, ago) in enumerate(told, 1):
        affect = made_affect(emotion, 0.9, moment - ago)
        await memory.record_turn(replace(made_turn(session.session_id, number, affect=affect), started_at=moment - ago))
    usual = (await memory.past(one.session_id, 0)).usual
    assert usual is not None
    assert usual == (await memory.past(other.session_id, 5)).usual
    assert usual[Emotion.SAD] == pytest.approx(usual[Emotion.HAPPY])
    assert usual[Emotion.SAD] > 0.4
