"""Who is let in."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers
from starlette.types import Scope

from api.identity.caller import NOBODY, THIS_MACHINE, Caller
from api.identity.credentials import conceal, credential_of
from api.identity.errors import CredentialsRefused, CredentialsRequired, KeysUnusable, Refused
from api.identity.keyfile import KeyFile
from api.identity.keys import PREFIX
from api.identity.limits import Limits, limits_of
from api.identity.rates import Rates
from api.identity.tokens import TokenVerifier, verifier_of
from api.origins import host_at_home

if TYPE_CHECKING:
    from api.settings import Settings

OPEN: Final = frozenset({"/health"})
"""What anybody may get: whether the server is alive."""
OPENED: Final = frozenset({"/metrics", "/ready"})
"""What anybody may get as well where `ATTUNE_OPEN_METRICS` says so."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """Somebody who has been let in."""

    caller: Caller
    """Who."""
    limits: Limits
    """How much they may ask for."""
    holds: Callable[[], bool]
    """Whether they would be let in still; cheap, for sockets that stay open."""

    @property
    def who(self) -> str | None:
        """By what their limits are counted; None where nobody is known."""
        if self.caller.key_id is not None:
            return f"key {self.caller.key_id}"
        return f"user {self.caller.user_id}" if self.caller.user_id and not self.caller.vouches else None


class Door:
    """Asks for a key or a token where there are any; without them lets in who is on this machine."""

    def __init__(self, settings: Settings, rates: Rates) -> None:
        """Read the settings.

        Raises:
            SettingsInvalid: what is set for tokens cannot be used.
        """
        self._keys = KeyFile(settings.keys)
        self._tokens: TokenVerifier | None = verifier_of(settings)
        self._anonymous = settings.allow_anonymous
        self._open = OPEN | OPENED if settings.open_metrics else OPEN
        self._origins = settings.origins
        self._rates = rates
        self._failures = settings.failed_logins_per_minute
        self._ours = limits_of(settings, trusted=not self._anonymous)
        self._theirs = limits_of(settings, trusted=False)

    @property
    def locked(self) -> bool:
        """Whether callers have to say who they are.

        Raises:
            KeysUnusable: it cannot be told.
        """
        return self._tokens is not None or self._keys.configured

    async def admit(self, scope: Scope) -> Entry:
        """Let a request or a handshake in; its key is taken out of it.

        Raises:
            Refused: it is turned away.
        """
        try:
            return await self._admit(scope)
        except CredentialsRefused:
            self._rates.count("failed logins", self._failures, who=None, address=address_of(scope))
            raise
        except KeysUnusable as error:
            raise Refused(
                503, "keys_unusable", "the keys of the server cannot be read; its log says why", retry_after_s=5
            ) from error
        finally:
            conceal(scope)

    async def _admit(self, scope: Scope) -> Entry:
        public = scope["type"] == "http" and scope["method"] in {"GET", "HEAD"} and scope["path"] in self._open
        if public and credential_of(scope) is None:
            limits = self._theirs if self._locked_by_now() else self._ours
            return Entry(caller=NOBODY, limits=limits, holds=lambda: True)
        if not self.locked:
            if not self._anonymous:
                self._stay_at_home(scope)
            return Entry(caller=THIS_MACHINE, limits=self._ours, holds=lambda: not self._locked_by_now())
        credential = credential_of(scope)
        if credential is None:
            raise CredentialsRequired
        if self._tokens is not None and not credential.startswith(f"{PREFIX}_"):
            vouched = await self._tokens.check(credential)
            return Entry(
                caller=Caller(user_id=vouched.user_id),
                limits=self._theirs,
                holds=lambda: time.time() < vouched.expires_at,
            )
        key = self._keys.check(credential)
        return Entry(
            caller=Caller(user_id=key.user_id, key_id=key.key_id),
            limits=self._theirs,
            holds=lambda: self._keys.valid(key.key_id),
        )

    def _locked_by_now(self) -> bool:
        try:
            return self.locked
        except KeysUnusable:
            return True

    def _stay_at_home(self, scope: Scope) -> None:
        """Without keys, only what is on this machine is answered, and only under a name of this machine."""
        headers = Headers(scope=scope)
        passed_on = [part for line in headers.getlist("x-forwarded-for") for part in line.split(",")]
        if not all(_is_loopback(address) for address in (address_of(scope), *passed_on)) or "forwarded" in headers:
            raise CredentialsRequired(
                "without keys this server answers its own machine only; make one there with attune keys add NAME"
            )
        # a page whose name was made to point here sends no Origin with what it merely reads
        if not host_at_home(headers.get("host", ""), self._origins):
            raise Refused(
                403,
                "host_refused",
                f"this server has no name {headers['host']!r}; use its address, or allow the name with ATTUNE_ORIGINS",
            )


def asks_for_keys(settings: Settings) -> bool:
    """Whether callers of a server with these settings have to say who they are.

    Raises:
        KeysUnusable: it cannot be told.
        SettingsInvalid: what is set for tokens cannot be used.
    """
    return verifier_of(settings) is not None or KeyFile(settings.keys).configured


def address_of(scope: Scope) -> str:
    """Of the client, as the trusted proxies tell it."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def _is_loopback(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address.strip().strip("[]"))
    except ValueError:
        return False
    return (getattr(parsed, "ipv4_mapped", None) or parsed).is_loopback
