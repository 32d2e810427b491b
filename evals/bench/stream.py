"""What a long stream of voice costs: processor time a second of sound, and whether memory grows."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from evals.bench.machine import describe_machine
from evals.bench.voice import RATE, synthetic_voice

PIECE: Final = 0.05
"""Seconds of sound given at a time."""

_STATM: Final = Path("/proc/self/statm")
_VOICE: Final = 30.0


@dataclass(frozen=True, kw_only=True, slots=True)
class StreamBench:
    """One stream, from its first piece to its last."""

    seconds: float
    """Of sound."""
    model: str
    """Of the sense."""
    estimates: int
    """Made while somebody spoke."""
    utterances: int
    """That ended."""
    cpu_rtf: float
    """Processor seconds for each second of sound, all threads."""
    memory_mb: tuple[float, ...]
    """Resident memory after each minute, in megabytes."""
    machine: Mapping[str, Any]
    """It was measured on."""

    @property
    def growth(self) -> float:
        """Memory at the end over that after one minute."""
        return self.memory_mb[-1] / self.memory_mb[0]

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "bench": "stream",
            "seconds": self.seconds,
            "model": self.model,
            "estimates": self.estimates,
            "utterances": self.utterances,
            "cpu_rtf": round(self.cpu_rtf, 4),
            "memory_after_one_minute_mb": round(self.memory_mb[0], 1),
            "memory_at_the_end_mb": round(self.memory_mb[-1], 1),
            "memory_highest_mb": round(max(self.memory_mb), 1),
            "growth": round(self.growth, 4),
            "machine": dict(self.machine),
        }


def bench_stream(
    minutes: int, *, progress: Callable[[int, int, str], None] = lambda _done, _of, _now: None
) -> StreamBench:
    """Feel a synthetic voice as it would come from a microphone, as fast as it goes.

    Args:
        minutes: of sound, at least 2.
        progress: told the minutes done, how many there are, and a line.

    Raises:
        ModelError: the weights of the audio sense cannot be loaded.
        RuntimeError: this system does not tell how much memory a process has.
    """
    from perception.audio import AudioStream, EmbeddedAudio

    resident_mb()  # before an hour is spent
    sense = EmbeddedAudio()
    sense.warm_up()
    stream, voice = AudioStream(sense), synthetic_voice(_VOICE)
    size, memory, kinds = round(PIECE * RATE), [], {"estimate": 0, "speech_ended": 0, "speech_started": 0}
    began = time.process_time()
    for minute in range(1, minutes + 1):
        for _ in range(round(60 / _VOICE)):
            for at in range(0, len(voice), size):
                for update in stream.feed(voice[at : at + size]):
                    kinds[update.kind] += 1
        memory.append(resident_mb())
        progress(minute, minutes, f"minute {minute} of {minutes}")
    return StreamBench(
        seconds=stream.seconds,
        model=sense.model,
        estimates=kinds["estimate"],
        utterances=kinds["speech_ended"],
        cpu_rtf=(time.process_time() - began) / stream.seconds,
        memory_mb=tuple(memory),
        machine=describe_machine(),
    )


def resident_mb() -> float:
    """Resident memory of this process, in megabytes.

    Raises:
        RuntimeError: only Linux tells it without another package.
    """
    try:
        pages = int(_STATM.read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError) as error:
        raise RuntimeError("memory over time is measured on Linux only; run this bench there") from error
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
