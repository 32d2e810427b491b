"""Errors of the edge.

ApiError
├── SettingsInvalid     a setting is not what it should be
├── InputInvalid        a file or an option of a command cannot be used
└── ClientError         the client of a server cannot go on
    ├── ServerUnreachable   nobody answers at the address
    ├── AccessRefused       the server lets this client not in
    ├── ConnectionLost      the connection broke and the session could not be taken up again
    ├── ServerSilent        the server does not answer a frame
    ├── ThreadIsBusy        a turn is running, and the server took no other
    └── FrameRefused        the server answered a frame with `error`
"""

from __future__ import annotations


class ApiError(Exception):
    """Base of all errors of this package."""


class SettingsInvalid(ApiError):  # noqa: N818
    """A setting that is not what it should be."""


class InputInvalid(ApiError):  # noqa: N818
    """A file or an option that cannot be used."""


class ClientError(ApiError):
    """What keeps the client of a server from going on."""


class ServerUnreachable(ClientError):  # noqa: N818
    """Nobody answers at the address."""


class AccessRefused(ClientError):  # noqa: N818
    """The server lets this client not in: no key, a wrong one, or too many requests."""

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status
        """Of the HTTP answer."""


class ConnectionLost(ClientError):  # noqa: N818
    """The connection broke, and the session could not be taken up again."""

    def __init__(self, message: str, *, close_code: int | None = None) -> None:
        super().__init__(message)
        self.close_code = close_code
        """Of the connection; None where it broke without one."""


class ServerSilent(ClientError):  # noqa: N818
    """The server does not answer."""


class ThreadIsBusy(ClientError):  # noqa: N818
    """A turn is running, and the frame was not taken."""


class FrameRefused(ClientError):  # noqa: N818
    """The server answered a frame with `error`."""

    def __init__(self, message: str, *, code: str, retryable: bool, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        """Stable; one of `api.wire.ERROR_CODES`, or newer."""
        self.retryable = retryable
        """The same may work later; a broken turn with `Client.retry`."""
        self.retry_after_s = retry_after_s
        """Seconds to wait, where known."""


def expected_errors() -> tuple[type[Exception], ...]:
    """The roots of all our error trees: what reaches a person as one line. Importing them waits until one is there."""
    from agent.errors import AgentError
    from evals.errors import EvalError
    from memory.errors import MemoryStoreError
    from perception.errors import PerceptionError
    from personas.errors import PersonaError

    return (AgentError, ApiError, EvalError, MemoryStoreError, PerceptionError, PersonaError)
