"""JSON Web Tokens of an identity provider, as bearers (RFC 7519; the advice of RFC 8725)."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from api.errors import SettingsInvalid
from api.identity.errors import CredentialsRefused, Refused

if TYPE_CHECKING:
    from jwt import PyJWKClient

    from api.settings import Settings

log = logging.getLogger(__name__)

LEEWAY_S: Final = 30
"""How far the clocks of provider and server may be apart."""
JWKS_TIMEOUT_S: Final = 5
"""Seconds the provider may take to tell its keys."""
JWKS_PAUSE_S: Final = 5
"""Seconds in which a provider that did not answer is not asked again."""

_SUBJECT: Final = re.compile(r"[^\s\x00-\x1f\x7f]{1,128}")
_SHORTEST_SECRET: Final = 32  # bytes; RFC 7518, section 3.2
_ASYMMETRIC: Final = ("RS256", "ES256", "EdDSA")


@dataclass(frozen=True, kw_only=True, slots=True)
class Vouched:
    """What a token that holds says."""

    user_id: str
    """Its `sub`."""
    expires_at: float
    """From when on it holds no more, in seconds since 1970."""


class _KeySource(Protocol):
    """Where the key that a token must be signed with comes from: never from the token."""

    @property
    def algorithms(self) -> Sequence[str]: ...

    async def key(self, token: str) -> Any: ...


class TokenVerifier:
    """Says whose a token is. The algorithms are pinned by what is configured, whatever the token names."""

    def __init__(self, source: _KeySource, *, audience: str | None, issuer: str | None) -> None:
        """Trust who can sign with a key; `verifier_of` reads the settings."""
        self._source = source
        self._audience = audience
        self._issuer = issuer

    async def check(self, token: str) -> Vouched:
        """The person of a token.

        Raises:
            CredentialsRefused: it does not hold.
            Refused: 503, the provider cannot be asked for its keys.
        """
        import jwt

        try:
            claims = jwt.decode(
                token,
                await self._source.key(token),
                algorithms=list(self._source.algorithms),
                audience=self._audience,
                issuer=self._issuer,
                leeway=LEEWAY_S,
                options={"require": ["exp", "sub"]},
            )
        except jwt.PyJWTError as error:
            raise CredentialsRefused(_reason(error)) from error
        subject = claims["sub"]
        if not _SUBJECT.fullmatch(subject):
            raise CredentialsRefused("the token names nobody: `sub` has 1 to 128 characters and no spaces")
        return Vouched(user_id=subject, expires_at=float(claims["exp"]) + LEEWAY_S)


def verifier_of(settings: Settings) -> TokenVerifier | None:
    """The verifier that is configured, if any.

    Raises:
        SettingsInvalid: two are, or what is configured cannot be used.
    """
    known: dict[str, Callable[[Settings], _KeySource]] = {
        "jwt_secret": _secret,
        "jwt_public_key_file": _public_key,
        "jwt_jwks_url": _jwks,
    }
    chosen = [name for name in known if getattr(settings, name) is not None]
    if len(chosen) > 1:
        raise SettingsInvalid("set only one of ATTUNE_JWT_SECRET, ATTUNE_JWT_PUBLIC_KEY_FILE and ATTUNE_JWT_JWKS_URL")
    if not chosen:
        return None
    return TokenVerifier(known[chosen[0]](settings), audience=settings.jwt_audience, issuer=settings.jwt_issuer)


class _Fixed:
    def __init__(self, key: Any, algorithm: str) -> None:
        self._key = key
        self.algorithms = (algorithm,)

    async def key(self, token: str) -> Any:  # noqa: ARG002  (one key for all)
        return self._key


class _Published:
    """Keys that a provider publishes, by the id that a token names."""

    algorithms = _ASYMMETRIC

    def __init__(self, client: PyJWKClient) -> None:
        self._client = client
        # whoever sends any token makes us ask: one thread waits for the provider, and none that senses need
        self._asking = asyncio.Lock()
        self._silent_until = 0.0

    async def key(self, token: str) -> Any:
        from jwt import PyJWKClientConnectionError, get_unverified_header

        key_id = get_unverified_header(token).get("kid", "")
        async with self._asking:
            if time.monotonic() < self._silent_until:
                raise _unreachable()
            try:
                return await asyncio.to_thread(self._client.get_signing_key, key_id)
            except (PyJWKClientConnectionError, OSError, ValueError) as error:  # a broken answer is a ValueError
                self._silent_until = time.monotonic() + JWKS_PAUSE_S
                log.warning("cannot get the keys of the identity provider: %s", error)
                raise _unreachable() from error


def _unreachable() -> Refused:
    message = "the identity provider does not answer, so tokens cannot be checked now; try again"
    return Refused(503, "identity_provider_unreachable", message, retry_after_s=JWKS_PAUSE_S)


def _secret(settings: Settings) -> _Fixed:
    secret = settings.jwt_secret.get_secret_value() if settings.jwt_secret else ""
    if len(secret.encode()) < _SHORTEST_SECRET:
        raise SettingsInvalid(
            f"ATTUNE_JWT_SECRET: has fewer than {_SHORTEST_SECRET} bytes, which can be guessed; "
            'make one with: python -c "import secrets; print(secrets.token_urlsafe(48))"'
        )
    return _Fixed(secret, "HS256")


def _public_key(settings: Settings) -> _Fixed:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    path = settings.jwt_public_key_file
    assert path is not None, "asked for only where it is set"
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no public key in PEM"
        raise SettingsInvalid(f"ATTUNE_JWT_PUBLIC_KEY_FILE={str(path)!r}: cannot be used ({reason})") from error
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= 2048:
        return _Fixed(key, "RS256")
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return _Fixed(key, "ES256")
    if isinstance(key, ed25519.Ed25519PublicKey):
        return _Fixed(key, "EdDSA")
    raise SettingsInvalid(
        f"ATTUNE_JWT_PUBLIC_KEY_FILE={str(path)!r}: use a key of RSA with 2,048 bits or more, P-256 or Ed25519"
    )


def _jwks(settings: Settings) -> _Published:
    from jwt import PyJWKClient, PyJWKClientError

    if settings.jwt_audience is None:
        raise SettingsInvalid(
            "ATTUNE_JWT_JWKS_URL: needs ATTUNE_JWT_AUDIENCE; the provider signs for other programs with the same keys"
        )
    try:
        return _Published(PyJWKClient(settings.jwt_jwks_url or "", timeout=JWKS_TIMEOUT_S))
    except PyJWKClientError as error:
        raise SettingsInvalid(f"ATTUNE_JWT_JWKS_URL: {error}") from error


def _reason(error: Exception) -> str:
    """What a client is told: no more than it knows from its own token."""
    import jwt

    match error:
        case jwt.ExpiredSignatureError():
            return "the token has expired; get a new one"
        case jwt.ImmatureSignatureError():
            return "the token is not valid yet; compare the clocks"
        case jwt.InvalidAudienceError():
            return "the token is for another audience"
        case jwt.InvalidIssuerError():
            return "the token is from another issuer"
        case jwt.MissingRequiredClaimError():
            return f"the token lacks the claim {error.claim!r}"
    return "the token does not hold; get a new one"
