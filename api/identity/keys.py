"""API keys: what they look like, and what of them is kept.

A key is `attune_ID_SECRET`. The secret has 256 random bits, so a plain SHA-256 of it is as good as a slow hash: those
exist for what people choose, which can be guessed; this cannot. (OWASP Password Storage Cheat Sheet, on peppers and
tokens; RFC 6749, section 10.10, asks for 128 bits.)
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

PREFIX: Final = "attune"
"""By which scanners for leaked secrets can tell a key."""

_ID_BYTES: Final = 6
_SECRET_BYTES: Final = 32
_KEY: Final = re.compile(rf"{PREFIX}_([0-9a-f]{{{2 * _ID_BYTES}}})_([A-Za-z0-9_-]{{43}})", re.ASCII)
NAME: Final = re.compile(r"[\w.@-]{1,64}")
"""Names of keys and of their users: as `user_id` of `session.start`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ApiKey:
    """A key as it is kept: it cannot be shown again."""

    key_id: str
    """The public part; 12 hexadecimal digits."""
    name: str
    """What its owner calls it."""
    user_id: str
    """Whose sessions it opens."""
    created_at: datetime
    """When it was made, in UTC."""
    expires_at: datetime | None = None
    """From when on it opens nothing, in UTC; None for never."""
    revoked_at: datetime | None = None
    """Since when it opens nothing; None while it may."""
    digest: str = field(repr=False)
    """SHA-256 of the secret, in hexadecimal."""

    def state(self, now: datetime | None = None) -> str:
        """`valid`, `expired` or `revoked`."""
        if self.revoked_at is not None:
            return "revoked"
        expired = self.expires_at is not None and (now or datetime.now(UTC)) >= self.expires_at
        return "expired" if expired else "valid"

    def opened_by(self, secret: str) -> bool:
        """Whether that is its secret; the comparison takes the same time whatever differs."""
        return hmac.compare_digest(digest_of(secret), self.digest)


def new_key(
    name: str, user_id: str, *, expires_at: datetime | None = None, now: datetime | None = None
) -> tuple[ApiKey, str]:
    """Make a key; returns what is kept of it, and the key itself, which nobody can tell again."""
    key_id, secret = secrets.token_hex(_ID_BYTES), secrets.token_urlsafe(_SECRET_BYTES)
    kept = ApiKey(
        key_id=key_id,
        name=name,
        user_id=user_id,
        created_at=now or datetime.now(UTC),
        expires_at=expires_at,
        digest=digest_of(secret),
    )
    return kept, f"{PREFIX}_{key_id}_{secret}"


def parts_of(key: str) -> tuple[str, str] | None:
    """The id and the secret of a key; None for what is none."""
    found = _KEY.fullmatch(key)
    return (found[1], found[2]) if found else None


def digest_of(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
