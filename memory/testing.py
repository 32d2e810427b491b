"""Turns made up for tests: whole, varied, and always the same for the same number."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.database import Database
from memory.records import SessionRecord, TurnRecord
from memory.rows import affect_row, observation_row, session_row, turn_row
from memory.tables import affect, observations, sessions, turns, users
from perception import EMOTIONS, Affect, Conflict, Cue, Emotion, EmotionScores, Modality, Observation, Share, Status

_START: Final = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
_SESSIONS_A_WRITE: Final = 100


def made_scores(top: Emotion, confidence: float = 0.7) -> EmotionScores:
    """Scores with one emotion on top and the others alike."""
    rest = (1.0 - confidence) / (len(EMOTIONS) - 1)
    return EmotionScores(values=tuple(confidence if emotion is top else rest for emotion in EMOTIONS))


def made_affect(top: Emotion, confidence: float = 0.7, at: datetime = _START) -> Affect:
    """Words and a voice that agree, and a face that was not seen."""
    scores = made_scores(top, confidence)
    seen = Observation(modality=Modality.VISION, status=Status.NO_FACE, model="made-vision-1", captured_at=at)
    heard = Observation(
        modality=Modality.AUDIO,
        status=Status.OK,
        model="made-audio-1",
        scores=scores,
        quality=0.8,
        cues=(Cue(code="pitch_above_usual", params={"percent": 40}), Cue(code="speaks_fast")),
        latency_ms=41.5,
        captured_at=at,
    )
    read = Observation(
        modality=Modality.TEXT, status=Status.OK, model="made-text-1", scores=scores, quality=1.0, captured_at=at
    )
    return Affect(
        scores=scores,
        shares=(
            Share(modality=Modality.VISION, weight=0.0, reason="no_face"),
            Share(modality=Modality.AUDIO, weight=1 / 3, reason="weighted"),
            Share(modality=Modality.TEXT, weight=2 / 3, reason="weighted"),
        ),
        conflicts=(Conflict(code="masking", params={"text": "happy", "audio": "sad"}),),
        reliability=0.5 + 0.4 * math.sin(confidence),
        observations=(seen, heard, read),
    )


def made_turn(session_id: str, number: int = 1, *, affect: Affect | None = None) -> TurnRecord:
    """The turn of that number; its `turn_id` follows from the session and the number."""
    at = _START + timedelta(minutes=number)
    top = EMOTIONS[number % len(EMOTIONS)]
    return TurnRecord(
        turn_id=f"{session_id}-{number}",
        session_id=session_id,
        number=number,
        started_at=at,
        finished_at=at + timedelta(seconds=2, microseconds=123),
        persona="chat",
        route_reason="fixed",
        lang="en",
        user_text=f"This is what was typed in turn {number}, 还有中文。",
        transcript="",
        reply="A reply of the usual length, which takes up what was said and stays with it. How was that for you?",
        interrupted=False,
        affect=affect or made_affect(top, 0.5 + (number % 5) / 10, at),
        trace={"fuse": 1.25, "first_token": 312.5, "model": "made-chat"},
    )


async def write_life(
    path: Path,
    user_id: str,
    turns: int,
    *,
    a_session: int = 20,
    began: datetime = _START,
    days: float = 1000.0,
    told: Callable[[int], None] = lambda _done: None,
) -> None:
    """Write years of conversations of one person into a database file, thousands of rows in each transaction.

    The mood wanders slowly from session to session. Sessions are spread evenly over the days, but for a month in each
    year without any; their turns follow each other by a minute, and one in ten has no affect.

    Args:
        path: The file; made when it is missing.
        user_id: Whose they are; somebody new.
        turns: How many.
        a_session: Turns in each session; the last may have fewer.
        began: The first day.
        days: Over which they are spread.
        told: Called with the turns written so far.
    """
    database = await Database.open(path)
    try:
        await database.write(_add_user, user_id, began)
        life = list(_life(user_id, turns, a_session, began, days))
        for at in range(0, len(life), _SESSIONS_A_WRITE):
            some = life[at : at + _SESSIONS_A_WRITE]
            await database.write(_add_sessions, user_id, some)
            told(min(turns, (at + len(some)) * a_session))
    finally:
        await database.close()


def _life(
    user_id: str, turns: int, a_session: int, began: datetime, days: float
) -> Iterator[tuple[SessionRecord, int, float]]:
    """Sessions, each with the number of its turns and its valence in [0, 1]."""
    held = math.ceil(turns / a_session)
    luck, mood = Random(user_id), 0.5  # noqa: S311  (no secret)
    for number in range(held):
        mood = min(1.0, max(0.0, mood + luck.uniform(-0.08, 0.08)))
        day = days * number / held
        # eleven months of each year: the twelfth is silent
        day = day // 365 * 365 + day % 365 * 11 / 12
        session = SessionRecord(
            session_id=f"{user_id}-{number:06}",
            user_id=user_id,
            persona="chat",
            lang="en",
            deployment_context="personal",
            consent=dict.fromkeys(Modality, True),
            acknowledged_at=began + timedelta(days=day),
            started_at=began + timedelta(days=day),
        )
        yield session, min(a_session, turns - number * a_session), mood


async def _add_user(connection: AsyncConnection, user_id: str, began: datetime) -> None:
    await connection.execute(insert(users), {"user_id": user_id, "created_at": began})


async def _add_sessions(
    connection: AsyncConnection, user_id: str, some: Sequence[tuple[SessionRecord, int, float]]
) -> None:
    key = select(users.c.key).where(users.c.user_id == user_id)
    user = (await connection.execute(key)).scalar_one()
    told: list[tuple[int, TurnRecord]] = []
    for session, count, mood in some:
        begun = insert(sessions).values(session_row(session)).returning(sessions.c.key)
        place = (await connection.execute(begun)).scalar_one()
        told += ((place, _turn(session, number, mood)) for number in range(1, count + 1))
    await connection.execute(insert(turns), [turn_row(turn, key, user) for key, turn in told])
    felt = [(key, turn.number, turn.affect) for key, turn in told if turn.affect]
    await connection.execute(insert(affect), [affect_row(known, key, number) for key, number, known in felt])
    seen = [
        observation_row(observation, key, number, position)
        for key, number, known in felt
        for position, observation in enumerate(known.observations)
    ]
    await connection.execute(insert(observations), seen)


def _turn(session: SessionRecord, number: int, mood: float) -> TurnRecord:
    at = session.started_at + timedelta(minutes=number)
    turn = made_turn(session.session_id, number)
    wave = min(1.0, max(0.0, mood + 0.2 * math.sin(number)))
    scores = EmotionScores.of({"happy": wave, "sad": 1 - wave, "neutral": 0.5, "fear": 0.1})
    felt = None if number % 10 == 0 else replace(made_affect(Emotion.HAPPY, at=at), scores=scores)
    return replace(turn, started_at=at, finished_at=at + timedelta(seconds=2), affect=felt)
