"""From exceptions to the codes of `error` frames and of HTTP answers."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from agent.errors import (
    AgentError,
    ChatModelBusy,
    ChatModelError,
    ChatModelFailed,
    ChatModelInterrupted,
    ChatModelRefusedRequest,
    ChatModelUnreachable,
    EmptyTurn,
    GateClosed,
    NoHandoffOffered,
    NothingToRetry,
    NoticeNotAcknowledged,
    TextTooLong,
)
from api.wire import ErrorFrame, WireError
from memory import DatabaseUnusable, MemoryStoreError, SessionUnknown, TurnUnknown
from perception import MediaTooLarge, MediaUnreadable, PerceptionError
from personas import PersonaInvalid, UnknownPersona
from personas.errors import PersonaError

if TYPE_CHECKING:
    from api.live.log import FrameLog
    from api.telemetry import Metrics

log = logging.getLogger(__name__)

CODES: Final[tuple[tuple[type[Exception], str], ...]] = (
    (EmptyTurn, "empty_turn"),
    (TextTooLong, "text_too_long"),
    (NoticeNotAcknowledged, "notice_not_acknowledged"),
    (NothingToRetry, "nothing_to_retry"),
    (NoHandoffOffered, "no_handoff_offered"),
    (MediaTooLarge, "media_too_large"),
    (MediaUnreadable, "media_unreadable"),
    (UnknownPersona, "unknown_persona"),
    (PersonaInvalid, "persona_invalid"),
    (GateClosed, "gate_closed"),
    (ChatModelUnreachable, "chat_model_unreachable"),
    (ChatModelBusy, "chat_model_busy"),
    (ChatModelFailed, "chat_model_failed"),
    (ChatModelRefusedRequest, "chat_model_refused"),
    (ChatModelInterrupted, "chat_model_interrupted"),
    (ChatModelError, "chat_model_failed"),
    (AgentError, "refused"),
    (PersonaError, "persona_invalid"),
    (PerceptionError, "perception_failed"),
)
"""The first that fits. Codes are part of the wire: rename the class, never the code."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """What a client is told of an exception."""

    code: str
    """Stable; for programs."""
    message: str
    """For people."""
    retryable: bool = False
    """The same may work later."""
    field: str | None = None
    """The field that is wrong."""
    retry_after_s: float | None = None
    """Seconds to wait, where known."""

    def as_dict(self) -> dict[str, Any]:
        """The body of an HTTP answer."""
        return {"code": self.code, "message": self.message, "retryable": self.retryable}


def failure_of(error: Exception) -> Failure:
    """What to tell a client. An exception nobody foresaw is logged, and its message kept from the client."""
    if isinstance(error, WireError):
        return Failure(
            code=error.code,
            message=error.message,
            field=error.field,
            retryable=error.retryable,
            retry_after_s=error.retry_after_s,
        )
    if isinstance(error, MemoryStoreError):
        return _memory_failure(error)
    for kind, code in CODES:
        if isinstance(error, kind):
            return Failure(
                code=code,
                message=str(error),
                retryable=bool(getattr(error, "retryable", False)),
                retry_after_s=getattr(error, "retry_after", None),
            )
    log.error("unforeseen: %s", type(error).__name__, exc_info=error)
    return Failure(
        code="internal", message="something broke inside the server; its log says what. Try again", retryable=True
    )


def tell(frames: FrameLog, error: Exception, about: str | None, metrics: Metrics | None = None) -> None:
    """Send an `error` frame that belongs to no turn.

    Args:
        frames: Where to.
        error: What went wrong.
        about: `type` of the frame that it answers; None where that is not known.
        metrics: Told of it.
    """
    failure = failure_of(error)
    if metrics is not None:
        metrics.error(failure.code)
    frames.add(
        ErrorFrame,
        turn=0,
        code=failure.code,
        message=failure.message,
        retryable=failure.retryable,
        field=failure.field,
        retry_after_s=failure.retry_after_s,
        about=about,
    )


def _memory_failure(error: MemoryStoreError) -> Failure:
    # their messages name files and other people's sessions
    if isinstance(error, SessionUnknown):
        return Failure(code="session_unknown", message="the session is not in the database any more; start a new one")
    if isinstance(error, TurnUnknown):
        return Failure(code="nothing_to_correct", message="the session has no such turn; have a turn first")
    log.error("memory: %s", error)
    return Failure(
        code="memory_unusable",
        message="the database of the server cannot be used now; its log says why",
        retryable=isinstance(error, DatabaseUnusable) and error.retryable,
    )
