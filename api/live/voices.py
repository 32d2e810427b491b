"""A recording that is felt while it comes in, piece by piece, and what is heard is told."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from api.wire import PerceptionObserved
from perception import SAMPLE_RATE, Modality
from perception.observation import now

if TYPE_CHECKING:
    from api.live.session import LiveSession
    from api.telemetry import Metrics
    from perception.audio import AudioStream, VoiceUpdate

log = logging.getLogger(__name__)

BEHIND_S: Final = 2.0
"""Seconds of sound that may wait to be felt; what comes beyond is left out, and the stream begins anew after it."""

_SAMPLE_BYTES: Final = 2
_FULL_SCALE: Final = 32768.0


class LiveVoices:
    """Of a whole server: one thread, and a short queue of sound for each recording."""

    def __init__(self, metrics: Metrics) -> None:
        """Begin with nobody; the voice activity detector loads with the first piece of sound."""
        self.metrics = metrics
        self._pool: ThreadPoolExecutor | None = None
        self._activity: Any = None

    def listen(self, session: LiveSession) -> LiveVoice:
        """Begin a recording of a session."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, thread_name_prefix="attune-live-voice")
        return LiveVoice(session, self, self._pool)

    def stream(self, sense: Any) -> AudioStream:
        """Something new that feels with a sense; on the thread."""
        from perception.audio import AudioStream
        from perception.speech.vad import VoiceActivity

        self._activity = self._activity or VoiceActivity()
        return AudioStream(sense, activity=self._activity)

    async def close(self) -> None:
        """Let the thread go."""
        pool, self._pool = self._pool, None
        if pool is not None:
            await asyncio.to_thread(pool.shutdown, cancel_futures=True)


class LiveVoice:
    """One recording."""

    def __init__(self, session: LiveSession, voices: LiveVoices, pool: ThreadPoolExecutor) -> None:
        """Listen to somebody."""
        self._session = session
        self._sense = session.agent.senses.perceiver(Modality.AUDIO)
        self._voices = voices
        self._pool = pool
        self._loop = asyncio.get_running_loop()
        self._odd = b""
        self._waiting = 0
        self._gap = self._over = False
        # these two belong to the thread
        self._stream: AudioStream | None = None
        self._broken = False

    def feed(self, payload: bytes) -> None:
        """Take the next PCM16 bytes, and return at once."""
        data = self._odd + payload
        whole = len(data) - len(data) % _SAMPLE_BYTES
        self._odd = data[whole:]
        if self._over or not whole or not self._session.lives(Modality.AUDIO):
            return
        if self._waiting + whole > BEHIND_S * SAMPLE_RATE * _SAMPLE_BYTES:
            self._gap = True
            self._voices.metrics.live_frame("dropped")
            return
        self._waiting += whole
        gap, self._gap = self._gap, False
        self._pool.submit(self._work, data[:whole], gap)

    def end(self) -> None:
        """The recording is whole, or the person has stopped allowing it: nothing more is told of it."""
        self._over = True

    def _work(self, data: bytes, gap: bool) -> None:
        updates: tuple[VoiceUpdate, ...] = ()
        try:
            if self._session.lives(Modality.AUDIO) and not (self._over or self._broken):
                updates = self._feel(data, gap)
        except Exception:  # the turn feels the whole recording all the same
            self._broken = True
            log.exception("a voice could not be felt while it came in")
        try:
            self._loop.call_soon_threadsafe(self._told, len(data), updates)
        except RuntimeError:  # the loop has ended, and with it everybody who would listen
            return

    def _feel(self, data: bytes, gap: bool) -> tuple[VoiceUpdate, ...]:
        if self._stream is None or gap:
            self._stream = self._voices.stream(self._sense)
        return self._stream.feed(np.frombuffer(data, "<i2").astype(np.float32) / _FULL_SCALE)

    def _told(self, size: int, updates: tuple[VoiceUpdate, ...]) -> None:
        self._waiting -= size
        if self._over or not self._session.lives(Modality.AUDIO):
            return
        for update in updates:
            if (seen := update.observation) is None:
                continue
            # it was captured when its last piece came in
            age = max(0.0, (now() - seen.captured_at).total_seconds() * 1000)
            told = self._session.log.add_live(
                PerceptionObserved,
                turn=0,
                observation=seen.as_dict(),
                age_ms=round(age, 1),
                live=True,
                steady=update.emotion,
            )
            self._voices.metrics.live_frame("observed" if told else "dropped")
