"""Turns made up for tests: whole, varied, and always the same for the same number."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Final

from memory.records import TurnRecord
from perception import EMOTIONS, Affect, Conflict, Cue, Emotion, EmotionScores, Modality, Observation, Share, Status

_START: Final = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


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
