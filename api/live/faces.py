"""The live link: pictures between messages are felt as they come, never in a queue, and what is seen is told."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from api.wire import BinaryFrame, PerceptionObserved
from perception import Modality
from perception.live import LiveFaces, LiveUpdate
from perception.observation import now

if TYPE_CHECKING:
    from api.live.rules import Rules
    from api.live.session import LiveSession
    from api.telemetry import Metrics

PEOPLE: Final = 256
"""Cameras at once."""
SKEW: Final = timedelta(seconds=5)
"""By how much the clock of a client may differ before its times are corrected."""


class LiveLink:
    """Of a whole server. One picture of each session is read at a time, and one waits; both are the newest."""

    def __init__(self, rules: Rules, metrics: Metrics) -> None:
        """Begin with nobody; what reads is made when the first picture comes."""
        self._rules = rules
        self._metrics = metrics
        self._sessions: dict[str, LiveSession] = {}
        self._clocks: dict[str, ClientClock] = {}
        self._faces: LiveFaces | None = None
        self._dropped = 0

    def see(self, session: LiveSession, frame: BinaryFrame) -> None:
        """Take a picture and return at once."""
        faces = self._faces or self._open(session)
        if faces is None:
            return
        name = session.session_id
        self._sessions[name] = session
        clock = self._clocks.setdefault(name, ClientClock())
        faces.offer(name, frame.payload, clock.moment(frame.captured_at))
        self._count()

    def leave(self, session: LiveSession) -> None:
        """Forget a session, now: what is under way is not told any more."""
        self._sessions.pop(session.session_id, None)
        self._clocks.pop(session.session_id, None)
        if self._faces is not None:
            self._faces.leave(session.session_id)

    async def close(self) -> None:
        """Drop what waits, and end."""
        faces, self._faces = self._faces, None
        self._sessions.clear()
        if faces is not None:
            await asyncio.to_thread(faces.close)

    def _open(self, session: LiveSession) -> LiveFaces | None:
        sense: Any = session.agent.senses.perceiver(Modality.VISION)
        if not can_follow(sense, Modality.VISION):
            return None
        loop = asyncio.get_running_loop()

        def publish(update: LiveUpdate) -> None:
            loop.call_soon_threadsafe(self._tell, update)

        self._faces = LiveFaces(sense, publish, a_second=self._rules.live_a_second, most=PEOPLE)
        return self._faces

    def _tell(self, update: LiveUpdate) -> None:
        session = self._sessions.get(update.person)
        if session is None or not session.lives(Modality.VISION):
            return
        age = max(0.0, (now() - update.observation.captured_at).total_seconds() * 1000)
        told = session.log.add_live(
            PerceptionObserved,
            turn=0,
            observation=update.observation.as_dict(),
            age_ms=round(age, 1),
            live=True,
            steady=update.affect.emotion,
        )
        self._metrics.live_frame("observed" if told else "dropped")

    def _count(self) -> None:
        dropped = self._faces.statistics.dropped if self._faces else 0
        for _ in range(dropped - self._dropped):
            self._metrics.live_frame("dropped")
        self._dropped = max(dropped, self._dropped)


def can_follow(sense: object, modality: Modality) -> bool:
    """Whether a sense can feel what comes piece by piece: sight needs a way to follow faces, hearing needs none."""
    return hasattr(sense, "track") if modality is Modality.VISION else modality is Modality.AUDIO and sense is not None


class ClientClock:
    """When pictures were taken, on our clock. That of a client may be minutes off, or be set while it runs."""

    def __init__(self) -> None:
        """Trust it at first."""
        self._behind = timedelta(0)

    def moment(self, captured_at: datetime | None) -> datetime:
        """The moment of a picture that has just come in; None is this one."""
        here = now()
        if captured_at is None:
            return here
        moment = captured_at + self._behind
        if abs(here - moment) > SKEW:
            self._behind = here - captured_at
            moment = here
        return min(moment, here)
