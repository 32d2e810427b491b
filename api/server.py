"""A server that starts quietly, says where it is, and stops in order."""

from __future__ import annotations

import gc
import ipaddress
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Final

import uvicorn

from api.app import create_app
from api.errors import InputInvalid
from api.identity.door import asks_for_keys
from api.identity.gate import ConnectionLimits, connection_limits
from api.identity.protocol import guarded_protocols
from api.runtime import open_agent
from api.settings import Settings
from api.wire import MAX_FRAME_BYTES

GRACE_S: Final = 5
"""Seconds that running requests get when the server stops."""
PING_S: Final = 20.0
"""Seconds between two pings of a WebSocket, and that an answer may take."""

_OTHER_FILES: Final = 200
"""Files that a server has open beside its connections: databases, models, the endpoint of the chat model."""

_WHERE: Final = {
    "en": "Attune serves on {url} (WebSocket {ws}). Ctrl-C stops it.",
    "zh": "Attune 已在 {url} 提供服务（WebSocket：{ws}）。按 Ctrl-C 停止。",
}
_OPEN: Final = {
    "en": " NOBODY IS ASKED FOR A KEY: whoever reaches this address may do anything (ATTUNE_ALLOW_ANONYMOUS).",
    "zh": "不要求密钥：凡能访问该地址的人都可以为所欲为（ATTUNE_ALLOW_ANONYMOUS）。",
}
_LOCKED: Final = {
    "en": " Callers need a key (attune keys).",
    "zh": "调用者需要密钥（attune keys）。",
}


async def run_server(settings: Settings) -> None:
    """Serve until a signal says stop.

    Raises:
        InputInvalid: the address cannot be served on, or may not be.
        Exception: whatever keeps the agent from opening (see `open_agent`).
    """
    refuse_exposure(settings)
    allow_files(settings.connections)
    listener = _listen(settings.host, settings.port)
    # opened here and not in the lifespan, so that what goes wrong reaches the person as one line
    async with open_agent(settings) as agent:
        app = create_app(settings, agent_factory=lambda _: nullcontext(agent), when_warm=settle)
        await Server(server_config(app, connection_limits(settings)), where=_where(listener, settings)).serve(
            sockets=[listener]
        )


def settle() -> None:
    """Keep what is in memory by now out of the garbage collector's passes, in a process that does nothing but serve.

    Most of it is code of libraries and stays anyhow; each full pass through it stops every conversation for 0.2 s. Full
    passes through what came later are made rarer for the same reason: what turns leave behind goes in the small ones.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def server_config(app: object, limits: ConnectionLimits | None = None) -> uvicorn.Config:
    """How the application is served.

    Args:
        app: What to serve.
        limits: Of its connections.
    """
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        **guarded_protocols(limits or ConnectionLimits()),
        # whose X-Forwarded-For is believed is a setting; uvicorn would believe whoever is on this machine
        proxy_headers=False,
        server_header=False,
        log_config=None,
        log_level="warning",
        access_log=False,
        ws_max_size=MAX_FRAME_BYTES,
        ws_max_queue=8,
        # the heartbeat: whoever answers no ping is gone, and the connection is closed; browsers answer by themselves
        ws_ping_interval=PING_S,
        ws_ping_timeout=PING_S,
        # media is compressed already, and a piece of a reply too short to gain anything
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=GRACE_S,
    )


class Server(uvicorn.Server):
    """Says where it is once it listens; a signal stops it, and then the program goes on to close what is open."""

    def __init__(self, config: uvicorn.Config, *, where: str = "") -> None:
        """Take what to say."""
        super().__init__(config)
        self._where = where

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and self._where:
            sys.stdout.write(f"{self._where}\n")
            sys.stdout.flush()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # uvicorn closes the connections first; before that turns keep what was delivered, and their clients are told
        if serving := getattr(getattr(self.config.app, "state", None), "serving", None):
            await serving.sessions.stop()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # uvicorn raises the signal again when it is done, which would end the process before the database is closed
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def refuse_exposure(settings: Settings) -> None:
    """Serve this machine alone, unless callers have to say who they are.

    Raises:
        InputInvalid: other machines could reach the server, and nobody would be asked for a key.
        KeysUnusable: the keys cannot be read.
        SettingsInvalid: what is set for tokens cannot be used.
    """
    if asks_for_keys(settings) or settings.allow_anonymous or _is_loopback(settings.host):
        return
    raise InputInvalid(
        f"{settings.host} can be reached from other machines, and this server has no keys; make one with: attune keys "
        "add NAME (or set one of ATTUNE_JWT_*). Behind a proxy that asks who calls, set ATTUNE_ALLOW_ANONYMOUS=true"
    )


def allow_files(connections: int) -> None:
    """Let the process have as many files open as it may have connections, where the system allows it."""
    try:
        import resource
    except ImportError:  # Windows counts otherwise
        return
    wanted = connections + _OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _is_loopback(host: str) -> bool:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return True  # it cannot be served on, which is said when that is tried
    return all(ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback for *_, address in found)


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputInvalid(
            f"cannot serve on {host}:{port} ({reason.lower()}); choose another --host or --port"
        ) from error


def _where(listener: socket.socket, settings: Settings) -> str:
    host, port = listener.getsockname()[:2]
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lang = settings.lang or "en"
    line = _WHERE[lang].format(url=f"http://{place}", ws=f"ws://{place}/v1/ws")
    if asks_for_keys(settings):
        return line + _LOCKED[lang]
    return line if ipaddress.ip_address(host).is_loopback else line + _OPEN[lang]
