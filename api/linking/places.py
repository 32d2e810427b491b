"""Where a server is, and how to show it a key."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Self
from urllib.parse import urlsplit, urlunsplit

from api.errors import AccessRefused, ClientError, InputInvalid, ServerUnreachable
from api.wire.subprotocols import KEY_PROTOCOL, PROTOCOL

PATH: Final = "/v1/ws"
MAX_SIZE: Final = 16_000_000
"""Bytes of the largest frame taken from a server."""
_SCHEMES: Final = {"": "ws", "ws": "ws", "wss": "wss", "http": "ws", "https": "wss"}
_PORTS: Final = 65_535


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A server, and the key for it."""

    url: str
    """Of its WebSocket."""
    key: str | None = field(default=None, repr=False)
    """An API key or a token."""
    key_as: Literal["header", "subprotocol"] = "header"
    """How it is shown; web pages can do only the latter."""
    accept_language: str | None = None
    """Language of notice and greeting for a session that names none."""

    @classmethod
    def of(cls, server: str, **options: Any) -> Self:
        """Where `HOST:PORT`, `ws://HOST:PORT` or `https://HOST/prefix` is.

        Raises:
            InputInvalid: it is no address of a server.
        """
        given = server.strip()
        try:
            parts = urlsplit(given if "://" in given else f"//{given}")
            good = parts.hostname and parts.scheme in _SCHEMES and (parts.port or 0) <= _PORTS
        except ValueError:
            good = False
        if not good or parts.username is not None or parts.query or parts.fragment:
            raise InputInvalid(f"{_shown(server)} is no address of a server; write it as ws://HOST:PORT")
        path = parts.path.rstrip("/").removesuffix(PATH) + PATH
        return cls(url=urlunsplit((_SCHEMES[parts.scheme], parts.netloc, path, "", "")), **options)

    async def connect(self) -> Any:
        """A connection.

        Raises:
            ServerUnreachable: nobody answers.
            AccessRefused: this client is not let in.
        """
        from websockets.asyncio.client import connect
        from websockets.exceptions import InvalidHandshake, InvalidStatus

        try:
            return await connect(self.url, max_size=MAX_SIZE, compression=None, **self._options())
        except InvalidStatus as error:
            raise self._refusal(error.response.status_code, bytes(error.response.body or b"")) from error
        except (OSError, TimeoutError, InvalidHandshake, EOFError) as error:
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise ServerUnreachable(
                f"no server answers at {self.url} ({reason.lower()}); start one with attune serve, or give another "
                "address"
            ) from error

    def _options(self) -> dict[str, Any]:
        headers = {} if self.accept_language is None else {"Accept-Language": self.accept_language}
        protocols = [PROTOCOL]
        if self.key is not None and self.key_as == "header":
            headers["Authorization"] = f"Bearer {self.key}"
        elif self.key is not None:
            protocols.append(KEY_PROTOCOL + self.key)
        return {"additional_headers": headers, "subprotocols": protocols, **self._proxy()}

    def _proxy(self) -> dict[str, Any]:
        """A proxy of the environment is for the world outside."""
        host = urlsplit(self.url).hostname or ""
        try:
            loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
        except ValueError:
            loopback = False
        return {"proxy": None} if loopback else {}

    def _refusal(self, status: int, body: bytes) -> ClientError:
        said = _message_in(body)
        if status in (401, 403):
            hint = "give a key" if self.key is None else "check the key"
            return AccessRefused(f"{self.url} lets nobody in without its consent: {said or hint}", status=status)
        if status == 404:
            return ServerUnreachable(f"there is no Attune at {self.url} (HTTP 404); check the address")
        return AccessRefused(f"{self.url} answered HTTP {status}: {said or 'try again later'}", status=status)


def _message_in(body: bytes) -> str:
    """What a refusal says of itself."""
    import json

    try:
        return str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        return ""


def _shown(server: str) -> str:
    """An address without what may be a secret in it."""
    return repr(server) if "@" not in server and "?" not in server else "what was given"
