"""How many connections may be open, in all and from one address."""

from __future__ import annotations

import ipaddress
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from api.identity.rates import place_of

if TYPE_CHECKING:
    from api.settings import Settings

PER_ADDRESS: Final = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class ConnectionLimits:
    """For the connections of one server."""

    total: int = 1200
    """Open at once."""
    per_address: int | None = None
    """Of one address; by default 100, and any number from this machine."""
    proxies: tuple[str, ...] = ()
    """Networks that may have any number: they speak for many."""
    head_s: float = 15.0
    """Seconds a client has to send the head of a request."""
    stalled_s: float = 30.0
    """Seconds a client may read nothing of what it is sent."""


def connection_limits(settings: Settings) -> ConnectionLimits:
    """Those that are set."""
    return ConnectionLimits(
        total=settings.connections,
        per_address=settings.connections_per_address,
        proxies=settings.trusted_proxies,
        head_s=settings.request_timeout,
    )


class Gate:
    """Counts connections."""

    def __init__(self, limits: ConnectionLimits) -> None:
        """Nobody is here."""
        self.limits = limits
        self._proxies = [ipaddress.ip_network(proxy) for proxy in limits.proxies]
        self._here: Counter[str] = Counter()
        self._count = 0

    def enter(self, address: str) -> int:
        """Let a connection in; returns 0, or the HTTP status with which it is turned away."""
        if self._count >= self.limits.total:
            return 503
        if not self._may_have_many(address):
            if self._here[place_of(address)] >= (self.limits.per_address or PER_ADDRESS):
                return 429
            self._here[place_of(address)] += 1
        self._count += 1
        return 0

    def leave(self, address: str) -> None:
        """A connection that was let in has ended."""
        self._count -= 1
        if not self._may_have_many(address):
            place = place_of(address)
            self._here[place] -= 1
            if not self._here[place]:
                del self._here[place]

    def _may_have_many(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(place_of(address).partition("/")[0])
        except ValueError:
            return False
        if any(parsed in network for network in self._proxies):
            return True
        return parsed.is_loopback and self.limits.per_address is None
