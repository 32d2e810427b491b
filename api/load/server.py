"""The server of a load bench, a process of its own.

It writes the port it took to standard output, as a line, and serves until it is told to stop. The chat model is a
double on a timetable, so that whatever a turn takes beyond the timetable is the server's.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agent import Agent
    from agent.senses import Senses
    from api.settings import Settings

SAID = "I can't believe you did that, and I do not know what to say to you any more."
REPLY = (
    "That sounds as if it hit you out of nowhere, and as if part of you is still looking for words. "
    "What was going through your mind when you found out?"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ServerPlan:
    """How the server of a bench is made."""

    folder: str
    """Where its database goes."""
    senses: tuple[str, ...] = ()
    """Those that are real: vision, audio, text."""
    first_s: float = 0.35
    """Until the first piece of a reply: a short prompt at a hosted model."""
    piece_s: float = 0.025
    """Between pieces: 40 tokens a second."""
    piece_chars: int = 5
    """Characters a piece."""
    port: int = 0
    """0 takes a free one."""

    @property
    def reply_s(self) -> float:
        """Seconds the chat model takes for a whole reply."""
        return self.first_s + self.piece_s * (-(-len(REPLY) // self.piece_chars) - 1)

    def as_argument(self) -> str:
        """JSON, for the command line."""
        return json.dumps(asdict(self))


async def serve(plan: ServerPlan) -> None:
    """Serve on loopback until a signal says stop."""
    from api.app import create_app
    from api.server import Server, server_config, settle

    app = create_app(settings_of(plan), agent_factory=lambda given: _agent(given, plan), when_warm=settle)
    with socket.create_server(("127.0.0.1", plan.port)) as listener:
        sys.stdout.write(f"{listener.getsockname()[1]}\n")
        sys.stdout.flush()
        await Server(server_config(app)).serve(sockets=[listener])


def settings_of(plan: ServerPlan) -> Settings:
    """Those of a server whose many clients come from one address."""
    from api.settings import Settings

    return Settings(_env_file=None, data_dir=Path(plan.folder))


@asynccontextmanager
async def _agent(settings: Settings, plan: ServerPlan) -> AsyncIterator[Agent]:
    from agent.testing import PacedChatModel
    from api.runtime import open_agent

    chat = PacedChatModel(REPLY, first_s=plan.first_s, piece_s=plan.piece_s, piece_chars=plan.piece_chars)
    async with open_agent(settings, chat=chat, senses=_senses(settings, plan.senses)) as agent:
        yield agent


def _senses(settings: Settings, real: tuple[str, ...]) -> Senses:
    from agent.senses import Senses
    from api.senses import make_senses
    from perception import EmotionScores, Modality
    from perception.testing import ScriptedPerceiver, ScriptedTranscriber

    made = make_senses(settings)
    sad = EmotionScores.of({"sad": 0.7, "neutral": 0.3})
    perceivers: dict[str, Any] = {
        modality.value: made.perceiver(modality) if modality.value in real else ScriptedPerceiver(modality, sad)
        for modality in Modality
    }
    speech = made.speech if "audio" in real else ScriptedTranscriber(SAID)
    return Senses(**perceivers, speech=speech)


def main() -> None:
    """Serve as the first argument says, which is a plan as JSON."""
    told = json.loads(sys.argv[1])
    asyncio.run(serve(ServerPlan(**{**told, "senses": tuple(told["senses"])})))
