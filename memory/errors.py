"""Errors of memory.

    MemoryStoreError
    ├── SessionUnknown              no such session; names those that look alike
    ├── SessionAmbiguous            several sessions begin like that
    ├── SessionExists               a session of that id has begun already
    ├── TurnUnknown                 the session has no turn of that number
    ├── TurnElsewhere               a turn of that id belongs to another session
    ├── DatabaseTooNew              written by a newer version of Attune
    └── DatabaseUnusable            damaged, foreign, read-only, full or locked

Only `DatabaseUnusable` can pass by itself (`retryable`): all others stay until somebody acts.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


class MemoryStoreError(Exception):
    """Base of all errors of this package."""


class SessionUnknown(MemoryStoreError):  # noqa: N818  (named for what happened, as in httpx)
    """A session that is not in the database.

    The message names other sessions, so it is for the person at the machine and not for a remote client.
    """

    def __init__(self, session_id: str, close: Sequence[str] = ()) -> None:
        hint = f"did you mean {' or '.join(close)}?" if close else "list the sessions with: attune history"
        super().__init__(f"no session is called {session_id!r}; {hint}")
        self.session_id = session_id
        self.close = tuple(close)


class SessionAmbiguous(MemoryStoreError):  # noqa: N818
    """The beginning of several session ids."""

    def __init__(self, prefix: str, matches: Sequence[str]) -> None:
        super().__init__(f"{prefix!r} begins several sessions: {', '.join(matches)}; give a few more characters")
        self.prefix = prefix
        self.matches = tuple(matches)


class SessionExists(MemoryStoreError):  # noqa: N818
    """A session of that id has begun already."""

    def __init__(self, session_id: str) -> None:
        super().__init__(f"the session {session_id!r} has begun already; resume it, or choose another id")
        self.session_id = session_id


class TurnUnknown(MemoryStoreError):  # noqa: N818
    """A turn that a session does not have."""

    def __init__(self, session_id: str, number: int | None) -> None:
        which = "no turns yet" if number is None else f"no turn {number}"
        super().__init__(f"the session {session_id!r} has {which}; its turns are in: attune history {session_id}")
        self.session_id = session_id
        self.number = number


class TurnElsewhere(MemoryStoreError):  # noqa: N818
    """A turn id that another session has used."""

    def __init__(self, turn_id: str, session_id: str) -> None:
        super().__init__(f"the turn {turn_id!r} is not of session {session_id!r}; give every turn an id of its own")
        self.turn_id = turn_id
        self.session_id = session_id


class DatabaseTooNew(MemoryStoreError):  # noqa: N818
    """A database that a newer version of Attune has written."""

    def __init__(self, path: Path, found: str, known: str) -> None:
        super().__init__(
            f"the database {path} has schema {found}, and this version of Attune knows schemas up to {known}; "
            "upgrade attune-agent, or name another database"
        )
        self.path = path
        self.found = found
        self.known = known


class DatabaseUnusable(MemoryStoreError):  # noqa: N818
    """A database that cannot be read or written now."""

    def __init__(self, path: Path, cause: str, next_step: str, *, retryable: bool = False) -> None:
        super().__init__(f"the database {path} cannot be used: {cause}; {next_step}")
        self.path = path
        self.retryable = retryable
        """Waiting may help: another process has it locked, or the disk is full."""
