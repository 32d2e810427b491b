"""How often: moving windows of the library `limits`, on a clock that cannot be set back."""

from __future__ import annotations

import ipaddress
import time
from collections import deque
from typing import Final

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MovingWindowSupport, Storage
from limits.strategies import MovingWindowRateLimiter

from api.identity.errors import RateLimited

PER_ADDRESS: Final = 4
"""An address may do so many times what a key may: people share addresses."""

_SWEEP_EVERY: Final = 1_000


class _Windows(Storage, MovingWindowSupport):
    """Moving windows in memory.

    The library's own counts in wall time, so that a clock set back an hour would refuse everybody for an hour; it
    starts a thread every 10 ms, and keeps an empty list for each address it has ever seen.
    """

    STORAGE_SCHEME = None

    def __init__(self) -> None:
        super().__init__()
        self._hits: dict[str, tuple[float, deque[float]]] = {}
        self._calls = 0

    def __len__(self) -> int:
        return len(self._hits)

    @property
    def base_exceptions(self) -> type[Exception]:
        return ValueError

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        self._sweep()
        now = time.monotonic()
        hits = self._hits.setdefault(key, (expiry, deque()))[1]
        _forget(hits, now - expiry)
        if len(hits) + amount > limit:
            return False
        hits.extend([now] * amount)
        return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:  # noqa: ARG002
        now = time.monotonic()
        hits = self._hits.get(key, (expiry, deque()))[1]
        _forget(hits, now - expiry)
        return (hits[0], len(hits)) if hits else (now, 0)

    def get(self, key: str) -> int:
        return len(self._hits.get(key, (0, ()))[1])

    def clear(self, key: str) -> None:
        self._hits.pop(key, None)

    def reset(self) -> int:
        count = len(self._hits)
        self._hits.clear()
        return count

    def check(self) -> bool:
        return True

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        raise NotImplementedError("moving windows only")

    def get_expiry(self, key: str) -> float:
        raise NotImplementedError("moving windows only")

    def _sweep(self) -> None:
        """Forget who has not come for long."""
        self._calls += 1
        if self._calls % _SWEEP_EVERY:
            return
        now = time.monotonic()
        for key in [key for key, (expiry, hits) in self._hits.items() if not hits or hits[-1] < now - expiry]:
            del self._hits[key]


def _forget(hits: deque[float], before: float) -> None:
    while hits and hits[0] < before:
        hits.popleft()


class Rates:
    """Counts what is done, by who does it and from where."""

    def __init__(self) -> None:
        """Nothing has been done yet."""
        self._storage = _Windows()
        self._windows = MovingWindowRateLimiter(self._storage)

    def __len__(self) -> int:
        """How many keys and addresses are remembered."""
        return len(self._storage)

    def count(self, what: str, limit: int | None, *, who: str | None, address: str) -> None:
        """Note that something is done.

        Args:
            what: In the plural, for the message: `requests`.
            limit: Most of it in a minute for one who; None for any number.
            who: The key or the user, None where nobody is known.
            address: Of the client; may do four times as much, or just so much where nobody is known.

        Raises:
            RateLimited: that is too much.
        """
        if limit is None:
            return
        buckets = [(f"{what}@{place_of(address)}", limit if who is None else PER_ADDRESS * limit)]
        if who is not None:
            buckets.append((f"{what}:{who}", limit))
        for bucket, most in buckets:
            if not self._windows.hit(item := RateLimitItemPerMinute(most), bucket):
                raise RateLimited(what, self._wait(item, bucket))

    def _wait(self, item: RateLimitItem, bucket: str) -> float:
        """Seconds until the oldest of the window is forgotten."""
        reset, _ = self._windows.get_window_stats(item, bucket)
        return max(0.001, float(reset) - time.monotonic())


def place_of(address: str) -> str:
    """What counts as one address: of IPv6 the network of 64 bits, which one customer has whole."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
