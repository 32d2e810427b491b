"""A conversation with test doubles on a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agent import Agent, Done, Senses, TurnEvent, TurnInput
from agent.testing import ScriptedChatModel
from memory import SessionRecord
from perception import AudioClip, EmotionScores, Frame, Modality
from perception.testing import ScriptedPerceiver, ScriptedTranscriber
from personas import PersonaBook

HAPPY = EmotionScores.of({"happy": 0.9, "neutral": 0.1})
SAD = EmotionScores.of({"sad": 0.8, "neutral": 0.2})
FRAME = Frame(pixels=np.zeros((48, 48, 3), np.uint8))
CLIP = AudioClip(samples=np.zeros(16_000, np.float32))


@dataclass
class Talk:
    """A conversation under test."""

    agent: Agent
    session: SessionRecord
    chat: ScriptedChatModel
    events: list[TurnEvent] = field(default_factory=list)

    async def say(self, text: str = "", **more: Any) -> Done:
        """Take a turn; its events are kept."""
        self.events = []
        async for event in self.agent.turn(self.session.session_id, TurnInput(text=text, **more)):
            self.events.append(event)
        return self._done()

    async def retry(self) -> Done:
        self.events = [event async for event in self.agent.retry(self.session.session_id)]
        return self._done()

    def of(self, kind: str) -> list[Any]:
        """The events of one kind in the last turn."""
        return [event for event in self.events if event.kind == kind]

    @property
    def statuses(self) -> dict[str, str]:
        """By modality, in the last turn."""
        return {e.observation.modality.value: e.observation.status.value for e in self.of("observed")}

    def _done(self) -> Done:
        last = self.events[-1]
        assert isinstance(last, Done)
        return last


Open = Callable[..., AbstractAsyncContextManager[Talk]]


@pytest.fixture(scope="session")
def book() -> PersonaBook:
    return PersonaBook.load()


@pytest.fixture
def talk(tmp_path: Path, book: PersonaBook) -> Open:
    """Opens a conversation; everything can be replaced."""

    @asynccontextmanager
    async def open_talk(
        *,
        replies: Any = ("I hear you. What happened then?",),
        persona: str = "chat",
        consent: bool = True,
        chat: ScriptedChatModel | None = None,
        session_id: str | None = None,
        timeout: float = 10.0,
        timeouts: Mapping[str, float] | None = None,
        agent_options: Any = None,
        **senses: Any,
    ) -> AsyncIterator[Talk]:
        model = chat or ScriptedChatModel(replies)
        scripted = {
            "vision": ScriptedPerceiver(Modality.VISION, HAPPY),
            "audio": ScriptedPerceiver(Modality.AUDIO, SAD),
            "text": ScriptedPerceiver(Modality.TEXT, SAD),
            "speech": ScriptedTranscriber("I lost my job."),
        }
        async with Agent.open(
            database=tmp_path / "talk.sqlite3",
            senses=Senses(**{**scripted, **senses}, timeout=timeout, timeouts=timeouts),
            chat=model,
            book=book,
            **(agent_options or {}),
        ) as agent:
            if session_id is None:
                session = await agent.start(persona=persona)
                if consent:
                    await agent.acknowledge(session.session_id, dict.fromkeys(Modality, True))
            else:
                session = await agent.memory.session(session_id)
            yield Talk(agent, session, model)

    return open_talk
