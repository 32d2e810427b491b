"""A server that asks for keys, and clients without manners, for tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from api.testing import served

if TYPE_CHECKING:
    import httpx

    from api.identity.keyfile import KeyFile
    from api.settings import Settings


@dataclass(frozen=True, kw_only=True, slots=True)
class Locked:
    """A server, and what is needed to knock at it."""

    host: str
    """`127.0.0.1:PORT`."""
    settings: Settings
    """It runs on these."""
    keys: KeyFile
    """Its keys."""
    http: httpx.AsyncClient
    """Sends no key of itself."""

    def key(self, user: str) -> str:
        """A new key of a user."""
        return self.keys.add(f"{user}-{len(self.keys.keys())}", user)[1]


@asynccontextmanager
async def locked_server(*replies: str, lock: bool = True, delay: float = 0, **settings: Any) -> AsyncIterator[Locked]:
    """Serve on loopback with a scripted chat model and a scripted sense for words.

    Args:
        replies: Of the chat model.
        lock: There is a key, so everybody needs one.
        delay: Seconds before each piece of a reply.
        settings: Others than the defaults.
    """
    import httpx

    from agent.senses import Senses
    from agent.testing import ScriptedChatModel
    from api.app import create_app
    from api.identity.gate import connection_limits
    from api.identity.keyfile import KeyFile
    from api.runtime import open_agent
    from api.settings import Settings
    from perception import EmotionScores, Modality
    from perception.testing import ScriptedPerceiver

    chosen = Settings(_env_file=None, **settings)
    keys = KeyFile(chosen.keys)
    if lock and not keys.keys():
        keys.add("first", "nobody-in-particular")
    chat = ScriptedChatModel(replies or ["Hello. How are you?"], delay=delay)
    senses = Senses(text=ScriptedPerceiver(Modality.TEXT, EmotionScores.of({"sad": 0.8, "neutral": 0.2})))
    app = create_app(chosen, agent_factory=lambda given: open_agent(given, chat=chat, senses=senses))
    async with (
        served(app, connection_limits(chosen)) as host,
        httpx.AsyncClient(base_url=f"http://{host}", trust_env=False, timeout=30) as http,
    ):
        yield Locked(host=host, settings=chosen, keys=keys, http=http)


def bearer(credential: str) -> dict[str, str]:
    """The header that shows a key or a token."""
    return {"Authorization": f"Bearer {credential}"}


async def raw(host: str, *pieces: bytes, pause: float = 0) -> bytes:
    """Send bytes to a server, with pauses, until it hangs up; returns all that it said."""
    name, _, port = host.rpartition(":")
    reader, writer = await asyncio.open_connection(name, int(port))

    async def say() -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)

    saying = asyncio.create_task(say())
    try:
        async with asyncio.timeout(20):
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        saying.cancel()
        await asyncio.gather(saying, return_exceptions=True)
        writer.close()
