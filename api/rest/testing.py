"""A server with scripted senses and a client of its HTTP routes, for tests."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np

from agent.senses import Senses
from agent.testing import ScriptedChatModel
from api.app import create_app
from api.runtime import open_agent
from api.settings import Settings
from api.testing import served
from perception import EmotionScores, Modality
from perception.testing import ScriptedPerceiver, ScriptedTranscriber

if TYPE_CHECKING:
    from fastapi import FastAPI

    from agent.chat_models import ChatModel

SAD = EmotionScores.of({"sad": 0.8, "neutral": 0.2})


def scripted_senses(said: str = "I lost my job") -> Senses:
    """Senses that always see sadness, and hear `said`."""
    return Senses(
        vision=ScriptedPerceiver(Modality.VISION, SAD),
        audio=ScriptedPerceiver(Modality.AUDIO, SAD),
        text=ScriptedPerceiver(Modality.TEXT, SAD),
        speech=ScriptedTranscriber(said),
    )


def scripted_app(*, chat: ChatModel | None = None, senses: Senses | None = None, **settings: Any) -> FastAPI:
    """An application of which chat model and senses are scripted, and nothing else."""
    model = chat or ScriptedChatModel(["Hello. How are you?"])
    chosen = Settings(_env_file=None, **settings)
    return create_app(chosen, agent_factory=lambda s: open_agent(s, chat=model, senses=senses or scripted_senses()))


@dataclass(frozen=True, kw_only=True, slots=True)
class Rest:
    """A running server, over HTTP."""

    app: FastAPI
    """What is served."""
    host: str
    """Where, as `127.0.0.1:PORT`."""
    http: httpx.AsyncClient
    """A client of it."""

    async def begin(self, *, vision: bool = True, audio: bool = True, text: bool = True, **start: Any) -> str:
        """Begin a session and acknowledge its notice; returns its id."""
        session_id = str((await self.http.post("/v1/sessions", json=start)).raise_for_status().json()["session_id"])
        consent = {"vision": vision, "audio": audio, "text": text}
        (await self.http.post(f"/v1/sessions/{session_id}/notice", json={"consent": consent})).raise_for_status()
        return session_id

    async def say(self, session_id: str, text: str, **more: Any) -> httpx.Response:
        """Have a turn."""
        return await self.http.post(f"/v1/sessions/{session_id}/turns", json={"text": text, **more})


@asynccontextmanager
async def rest_server(**parts: Any) -> AsyncIterator[Rest]:
    """A server on loopback; `parts` are those of `scripted_app`."""
    app = scripted_app(**parts)
    async with (
        served(app) as host,
        httpx.AsyncClient(base_url=f"http://{host}", trust_env=False, timeout=30) as client,
    ):
        yield Rest(app=app, host=host, http=client)


def picture(side: int = 48) -> bytes:
    """A grey PNG."""
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(np.full((side, side, 3), 128, np.uint8)).save(out, "PNG")
    return out.getvalue()


def recording(seconds: float = 1.0) -> bytes:
    """A silent WAV."""
    import soundfile

    out = io.BytesIO()
    soundfile.write(out, np.zeros(int(16_000 * seconds), np.float32), 16_000, format="WAV")
    return out.getvalue()
