"""What is wrong with a frame."""

from __future__ import annotations

from api.errors import ApiError


class WireError(ApiError):
    """A frame that cannot be taken. The socket lives on; the client is sent an `error` frame with the same code.

    Codes: `bad_json`, `unknown_type`, `bad_frame` (a field is wrong), `bad_binary` (the header is wrong), and those of
    frames that come at the wrong moment: `session_required`, `session_already_started`, `session_unknown`,
    `notice_not_acknowledged`, `audio_not_started`, `media_too_large`, `media_unreadable`, `nothing_to_interrupt`,
    `no_handoff_offered`, `not_supported_yet`, `too_many_sessions`.
    """

    def __init__(self, code: str, message: str, *, field: str | None = None, retryable: bool = False) -> None:
        super().__init__(message)
        self.code = code
        """Stable; for programs."""
        self.message = message
        """For people."""
        self.field = field
        """Dotted name of the field that is wrong."""
        self.retryable = retryable
        """The same frame may be taken later."""
