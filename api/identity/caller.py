"""Who sends a request or holds a socket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, cast

from starlette.requests import HTTPConnection
from starlette.types import Scope

from api.wire.errors import WireError

LOCAL: Final = "local"
"""The user of this machine, where nobody has to say who they are."""

_PLACE: Final = "attune.caller"


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """Whom a request is from, once it has been let in."""

    user_id: str
    """Whose sessions it may see; empty for somebody unknown, who owns none."""
    key_id: str | None = None
    """The public part of the API key, or None where there was none; never the secret."""
    vouches: bool = False
    """It may name any user: on loopback without keys, where whoever calls could read the database as well."""

    def owns(self, user_id: str) -> bool:
        """Whether what belongs to a user may be shown to this caller."""
        return self.vouches or self.user_id == user_id

    def acting_for(self, named: str) -> str:
        """Whose a new session is, where the client has named a user.

        Args:
            named: As in `session.start`; `local` is what a client sends that names nobody.

        Raises:
            WireError: `user_refused`, the name is somebody else's.
        """
        if self.vouches:
            return named
        if named in {LOCAL, self.user_id}:
            return self.user_id
        raise WireError(
            "user_refused",
            f"user_id: {named!r} is not the user of this key; leave the field out",
            field="user_id",
        )


THIS_MACHINE: Final = Caller(user_id=LOCAL, vouches=True)
"""Whoever calls on loopback where no keys are needed."""
NOBODY: Final = Caller(user_id="")
"""Whoever asks for what is open to all without saying who they are."""


def caller_of(connection: HTTPConnection) -> Caller:
    """Whom a request or a socket is from; the identity middleware has found it out.

    Raises:
        RuntimeError: the application is served without that middleware.
    """
    caller = connection.scope.get(_PLACE)
    if caller is None:
        raise RuntimeError("no caller is known: the application runs without api.identity's middleware")
    return cast("Caller", caller)


def put_caller(scope: Scope, caller: Caller) -> None:
    """Note who calls."""
    scope[_PLACE] = caller
