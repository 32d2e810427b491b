"""What is wrong with a frame."""

from __future__ import annotations

from api.errors import ApiError


class WireError(ApiError):
    """A frame that cannot be taken. The socket lives on; the client is sent an `error` frame with the same code.

    Codes are those of `api/wire/codes.py`, where a new one is added with its meaning.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        field: str | None = None,
        retryable: bool = False,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        """Stable; for programs."""
        self.message = message
        """For people."""
        self.field = field
        """Dotted name of the field that is wrong."""
        self.retryable = retryable
        """The same frame may be taken later."""
        self.retry_after_s = retry_after_s
        """Seconds to wait before that, where known."""
