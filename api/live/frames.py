"""From what happens in a turn to frames, the same on a socket and in the events of an HTTP answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.events import Delta, Done, Fused, Observed, Offered, Transcribed
from api.wire import (
    AffectFused,
    HandoffOffered,
    PerceptionObserved,
    ReplyDelta,
    ReplyDone,
    SpeechTranscribed,
)
from perception.observation import now

if TYPE_CHECKING:
    from agent.events import TurnEvent
    from api.live.failures import Failure

Drafted = tuple[type[Any], dict[str, Any]]
"""A frame without its `seq` and `turn`."""


def frame_of(event: TurnEvent) -> Drafted | None:
    """The frame that tells of an event; None of a route, which depends on who answered before."""
    match event:
        case Observed(observation=seen):
            age = max(0.0, (now() - seen.captured_at).total_seconds() * 1000)
            return PerceptionObserved, {"observation": seen.as_dict(), "age_ms": round(age, 1)}
        case Transcribed(transcript=heard):
            return SpeechTranscribed, {"transcript": heard.as_dict()}
        case Fused(affect=affect):
            return AffectFused, {"affect": affect.as_dict()}
        case Offered(offer=offer, persona=persona, reason=reason, text=text):
            return HandoffOffered, {"offer": offer, "persona": persona, "reason": reason, "text": text}
        case Delta(text=text):
            return ReplyDelta, {"text": text}
        case Done() as done:
            return ReplyDone, {
                "turn_id": done.turn_id,
                "number": done.number,
                "text": done.reply,
                "persona": done.persona,
                "interrupted": done.interrupted,
                "trace": dict(done.trace),
            }
        case _:
            return None


def error_fields(failure: Failure) -> dict[str, Any]:
    """What an `error` frame says of a failure."""
    return {
        "code": failure.code,
        "message": failure.message,
        "retryable": failure.retryable,
        "field": failure.field,
        "retry_after_s": failure.retry_after_s,
    }
