"""Why somebody is not let in.

ApiError
├── KeysUnusable            the file of the keys cannot be read or written
├── KeyNameTaken            a key in use has that name
├── KeyUnknown              no key has that id or name
└── Refused                 a request is turned away
    ├── CredentialsRequired     nobody says who calls
    ├── CredentialsRefused      what was shown does not open the door
    └── RateLimited             too much in too short a time
"""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from pathlib import Path

from api.errors import ApiError


class KeysUnusable(ApiError):  # noqa: N818  (named for what happened)
    """The file of the keys cannot be used."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"cannot use the keys in {path} ({reason}); nobody is let in until that is mended: restore the file, or "
            "remove it and make new keys with attune keys add"
        )


class KeyNameTaken(ApiError):  # noqa: N818
    """A name that is in use."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"there is a key {name!r} already; choose another name, or revoke it: attune keys revoke {name}"
        )


class KeyUnknown(ApiError):  # noqa: N818
    """A key that is not there."""

    def __init__(self, wanted: str) -> None:
        super().__init__(f"no key has the id or the name {wanted!r}; see them with attune keys list")


class Refused(ApiError):  # noqa: N818
    """A request that is turned away. The message never holds what the caller has shown."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        headers: Mapping[str, str] | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        """Of the HTTP answer."""
        self.code = code
        """Stable; for programs."""
        self.message = message
        """For people."""
        self.retry_after_s = retry_after_s
        """Seconds to wait, where waiting helps."""
        self.headers = dict(headers or {})
        """Of the HTTP answer."""
        if retry_after_s is not None:
            self.headers["Retry-After"] = str(max(1, ceil(retry_after_s)))

    def as_dict(self) -> dict[str, str | bool]:
        """The body of the HTTP answer, in the shape of all refusals."""
        return {"code": self.code, "message": self.message, "retryable": self.retry_after_s is not None}


_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="attune"'}


class CredentialsRequired(Refused):
    """Nobody says who calls."""

    def __init__(self, message: str = "") -> None:
        super().__init__(
            401,
            "credentials_required",
            message or "say who you are: send a key in the header Authorization: Bearer KEY, or X-API-Key: KEY",
            headers=_CHALLENGE,
        )


class CredentialsRefused(Refused):
    """A key or a token that does not open the door."""

    def __init__(self, message: str) -> None:
        super().__init__(401, "credentials_refused", message, headers=_CHALLENGE)


class RateLimited(Refused):
    """Too much in too short a time."""

    def __init__(self, what: str, retry_after_s: float) -> None:
        super().__init__(
            429,
            "rate_limited",
            f"too many {what}; wait {max(1, ceil(retry_after_s))} s and try again",
            retry_after_s=retry_after_s,
        )
