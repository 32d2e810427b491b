"""What a caller shows: taken out of the request, so that nothing behind the door can log it."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qsl

from starlette.types import Scope

from api.identity.errors import CredentialsRefused, CredentialsRequired
from api.wire.subprotocols import KEY_PROTOCOL

LONGEST: Final = 8_000
"""Characters of a key or a token."""

_SCHEME: Final = re.compile(r"bearer +([A-Za-z0-9._~+/-]+=*)", re.IGNORECASE | re.ASCII)
_SECRET_HEADERS: Final = frozenset({b"authorization", b"x-api-key"})
_SECRET_FIELDS: Final = frozenset(
    {"key", "api_key", "apikey", "api-key", "x-api-key", "token", "access_token", "authorization", "auth", "jwt"}
)


def credential_of(scope: Scope) -> str | None:
    """The key or the token of a request or a handshake; None where there is none.

    Raises:
        CredentialsRefused: a header cannot be read, or two differ.
        CredentialsRequired: it stands in the URL, where it is not looked for.
    """
    shown = {credential for credential in (*_in_headers(scope), *_in_protocols(scope)) if credential is not None}
    if len(shown) > 1:
        raise CredentialsRefused("the request shows two different keys; send one")
    if not shown and _in_url(scope):
        raise CredentialsRequired(
            "a key in a URL is not read: proxies and logs keep URLs. Send it in the header Authorization: Bearer KEY, "
            "and revoke one that has been in a URL"
        )
    return shown.pop() if shown else None


def conceal(scope: Scope) -> None:
    """Take the key out of a request."""
    scope["headers"] = [(name, _concealed(name, value)) for name, value in scope["headers"] if not _secret(name)]
    if scope["type"] == "websocket":
        scope["subprotocols"] = [name for name in scope.get("subprotocols", ()) if not name.startswith(KEY_PROTOCOL)]


def _in_headers(scope: Scope) -> list[str]:
    found = []
    for name, value in scope["headers"]:
        if name.lower() not in _SECRET_HEADERS:
            continue
        text = value.decode("latin-1").strip()
        if name.lower() == b"authorization":
            bearer = _SCHEME.fullmatch(text)
            if bearer is None:
                raise CredentialsRefused("the header Authorization cannot be read; write Authorization: Bearer KEY")
            text = bearer[1]
        if not text or len(text) > LONGEST:
            raise CredentialsRefused(f"a key has between 1 and {LONGEST:,} characters; check the header")
        found.append(text)
    return found


def _in_protocols(scope: Scope) -> list[str]:
    offered = scope.get("subprotocols", ()) if scope["type"] == "websocket" else ()
    return [name.removeprefix(KEY_PROTOCOL) for name in offered if name.startswith(KEY_PROTOCOL)]


def _in_url(scope: Scope) -> bool:
    query = scope.get("query_string", b"").decode("latin-1")
    return "attune_" in query or any(
        name.lower() in _SECRET_FIELDS for name, _ in parse_qsl(query, keep_blank_values=True, max_num_fields=None)
    )


def _secret(name: bytes) -> bool:
    return name.lower() in _SECRET_HEADERS


def _concealed(name: bytes, value: bytes) -> bytes:
    if name.lower() != b"sec-websocket-protocol":
        return value
    kept = (part.strip() for part in value.decode("latin-1").split(","))
    return ", ".join(part for part in kept if not part.startswith(KEY_PROTOCOL)).encode("latin-1")
