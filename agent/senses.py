"""The senses of an agent, each with threads of its own, so that a slow one delays no other."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from perception import (
    AudioClip,
    AudioPerceiver,
    Cue,
    Modality,
    Observation,
    Perceiver,
    Status,
    TextPerceiver,
    Transcriber,
    Transcript,
    VisionPerceiver,
)

log = logging.getLogger(__name__)

ResultT = TypeVar("ResultT")

THREADS = 2
"""Calls of one sense at once that somebody waits for."""

ABANDONED = 6
"""Calls of one sense, beyond those, that nobody waits for any more: no thread can be stopped, and a turn that was
interrupted or timed out must not cost the next one its place."""

LOADING = 60.0
"""Seconds that loading the weights may take beyond what a turn allows, once."""

SPEECH = "speech"
"""Name of the transcriber's threads."""


class Senses:
    """The perceivers and the transcriber an agent may use, run off the event loop and under a time limit."""

    def __init__(
        self,
        *,
        vision: VisionPerceiver | None = None,
        audio: AudioPerceiver | None = None,
        text: TextPerceiver | None = None,
        speech: Transcriber | None = None,
        timeout: float = 10.0,
        timeouts: Mapping[str, float] | None = None,
    ) -> None:
        """Take the senses given; one that is None is disabled.

        Args:
            vision: Feels pictures.
            audio: Feels voices.
            text: Feels words.
            speech: Writes down what is said.
            timeout: Seconds a sense may take in one turn.
            timeouts: Others for some: `vision`, `audio`, `text`, `speech` (which has the length of the recording on
                top).
        """
        self.speech = speech
        self.timeout = timeout
        self._timeouts = dict(timeouts or {})
        self._perceivers: Mapping[Modality, Perceiver[Any] | None] = {
            Modality.VISION: vision,
            Modality.AUDIO: audio,
            Modality.TEXT: text,
        }
        self._pools: dict[str, ThreadPoolExecutor] = {}
        self._places: dict[tuple[str, asyncio.AbstractEventLoop], asyncio.Semaphore] = {}
        self._loaded: set[str] = set()

    def perceiver(self, modality: Modality) -> Perceiver[Any] | None:
        """The perceiver of one sense, or None where it is disabled."""
        return self._perceivers[modality]

    def limit(self, name: str) -> float:
        """Seconds one sense may take in one turn, its queue apart."""
        return self._timeouts.get(name, self.timeout)

    async def warm_up(self, modalities: Collection[Modality] = tuple(Modality)) -> None:
        """Load the weights of some senses now, each on its own threads, the transcriber with the voice.

        Weights that are missing or refused are no error here: the sense says so when it is asked.
        """
        wanted: dict[str, Perceiver[Any] | Transcriber | None] = {m: self._perceivers[m] for m in modalities}
        if Modality.AUDIO in modalities:
            wanted[SPEECH] = self.speech
        await asyncio.gather(
            *(self._load(name, sense.warm_up) for name, sense in wanted.items() if sense is not None),
            return_exceptions=True,
        )

    async def observe(self, modality: Modality, evidence: object) -> Observation:
        """Feel one piece of evidence; a sense that is disabled, late or broken says so by its status."""
        perceiver = self._perceivers[modality]
        if perceiver is None:
            return Observation(modality=modality, status=Status.DISABLED, model="none")
        try:
            await self._load(modality, perceiver.warm_up)
            return await self.run(modality, lambda: perceiver.perceive(evidence))
        except TimeoutError:
            limit = self.limit(modality)
            log.warning("the %s sense took longer than %.1f s and is left out of this turn", modality, limit)
            return Observation(modality=modality, status=Status.TIMEOUT, model=perceiver.model, latency_ms=limit * 1000)
        except Exception as error:  # a broken sense, ours or a third party's, costs its own modality only
            log.exception("the %s sense failed", modality)
            return Observation(
                modality=modality,
                status=Status.FAILED,
                model=perceiver.model,
                cues=(Cue(code="failed", params={"error": type(error).__name__}),),
            )

    async def hear(self, clip: AudioClip, *, lang: str | None = None) -> Transcript:
        """Write down what is said; a transcriber that is absent, late or broken says so by its status."""
        speech = self.speech
        if speech is None:
            return Transcript(status=Status.DISABLED, model="none", seconds=clip.seconds)
        try:
            await self._load(SPEECH, speech.warm_up)
            return await self.run(SPEECH, lambda: speech.transcribe(clip, lang=lang), patience=clip.seconds)
        except TimeoutError:
            log.warning("writing down %.1f s of speech took too long and is left out of this turn", clip.seconds)
            return Transcript(status=Status.TIMEOUT, model=speech.model, seconds=clip.seconds)
        except Exception:  # as with a perceiver: broken hearing must not cost the turn
            log.exception("the transcriber failed")
            return Transcript(status=Status.FAILED, model=speech.model, seconds=clip.seconds)

    async def _load(self, name: str, warm_up: Callable[[], None]) -> None:
        """Load the weights of a sense once, which may take longer than a turn allows: at first much is compiled too.

        What is wrong with them the sense says when it is asked.
        """
        if name in self._loaded:
            return
        try:
            await self.run(name, warm_up, patience=LOADING)
        except TimeoutError:
            raise
        except Exception as error:
            log.info("the %s sense did not load: %s", name, error)
        else:
            self._loaded.add(name)

    async def run(self, name: str, call: Callable[[], ResultT], *, patience: float = 0.0) -> ResultT:
        """Run a blocking call on the threads of one sense.

        Args:
            name: Of the sense.
            call: What blocks.
            patience: Seconds it may take beyond the limit, because of how much there is to do.

        Raises:
            TimeoutError: it took longer than the limit, or waited as long for a thread. A call under way cannot be
                stopped; its result is dropped.
        """
        limit, places = self.limit(name) + patience, self._places_of(name)
        # time in the queue is other people's, and does not count as this call's
        async with asyncio.timeout(limit):
            await places.acquire()
        try:
            return await self._timed(name, call, limit)
        finally:
            # also where the call goes on: whoever comes next gets its place, and a thread of those kept for that
            places.release()

    async def _timed(self, name: str, call: Callable[[], ResultT], limit: float) -> ResultT:
        begun: list[float] = []

        def timed() -> ResultT:
            begun.append(time.monotonic())
            return call()

        result = self._on_thread(name, timed)
        try:
            await asyncio.wait({result}, timeout=limit)
            if begun and not result.done():
                await asyncio.wait({result}, timeout=begun[0] + limit - time.monotonic())
            if result.done():
                return result.result()
            raise TimeoutError(f"the {name} sense took longer than {limit:.1f} s")
        finally:
            result.cancel()

    def _places_of(self, name: str) -> asyncio.Semaphore:
        return self._places.setdefault((name, asyncio.get_running_loop()), asyncio.Semaphore(THREADS))

    def _on_thread(self, name: str, call: Callable[[], ResultT]) -> asyncio.Future[ResultT]:
        pool = self._pools.get(name)
        if pool is None:
            pool = self._pools[name] = ThreadPoolExecutor(THREADS + ABANDONED, thread_name_prefix=f"attune-{name}")
        return asyncio.get_running_loop().run_in_executor(pool, call)

    def close(self) -> None:
        """Let the threads go; calls under way are abandoned."""
        for pool in self._pools.values():
            pool.shutdown(wait=False, cancel_futures=True)
