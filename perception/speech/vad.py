"""Where in a recording somebody speaks: Silero VAD 6, whose ONNX file comes with faster-whisper (MIT)."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perception.errors import ModelMissing
from perception.media.values import SAMPLE_RATE

CHUNK = 512
"""Samples judged at a time: 32 ms."""

_CONTEXT = 64
_STATE = (1, 1, 128)
_FILE = "silero_vad_v6.onnx"


@dataclass(frozen=True, kw_only=True, slots=True)
class Stretch:
    """A part of a recording in which somebody speaks."""

    start: float
    """Seconds from its start."""
    end: float
    """Seconds from its start."""

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.end - self.start


def _zeros(*shape: int) -> NDArray[np.float32]:
    return np.zeros(shape, dtype=np.float32)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class VoiceState:
    """What the detector remembers of the sound so far."""

    context: NDArray[np.float32] = field(default_factory=lambda: _zeros(_CONTEXT))
    """The last samples."""
    h: NDArray[np.float32] = field(default_factory=lambda: _zeros(*_STATE))
    """Of its LSTM."""
    c: NDArray[np.float32] = field(default_factory=lambda: _zeros(*_STATE))
    """Of its LSTM."""


class VoiceActivity:
    """Silero VAD. Costs about 2 ms a second of sound; safe to share between threads."""

    def probabilities(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probability of speech for each `CHUNK`, the last one padded.

        Raises:
            ModelMissing: faster-whisper is not installed, or brings another version of the file.
        """
        padded = np.pad(samples, (0, -len(samples) % CHUNK)).astype(np.float32).reshape(-1, CHUNK)
        return self.judge(padded, VoiceState())[0]

    def judge(self, chunks: NDArray[np.float32], state: VoiceState) -> tuple[NDArray[np.float32], VoiceState]:
        """Go on listening where `state` left off.

        Args:
            chunks: count x `CHUNK` samples, mono, 16 kHz.
            state: after what came before. The network takes the chunks one after another, so that all at once and one
                at a time give the same.

        Returns:
            Probability of speech for each chunk, and the state after the last.

        Raises:
            ModelMissing: as in `probabilities`.
        """
        if not len(chunks):
            return np.empty(0, dtype=np.float32), state
        before = np.concatenate([state.context[None], chunks[:-1, -_CONTEXT:]])
        inputs = {"input": np.concatenate([before, chunks], axis=1), "h": state.h, "c": state.c}
        found, h, c = self._session.run(["speech_probs", "hn", "cn"], inputs)
        probabilities: NDArray[np.float32] = found.reshape(-1)
        return probabilities, VoiceState(context=chunks[-1, -_CONTEXT:].copy(), h=h, c=c)

    def stretches(
        self, samples: NDArray[np.float32], *, threshold: float = 0.5, shortest: float = 0.1, bridge: float = 0.2
    ) -> tuple[Stretch, ...]:
        """The parts with speech, in order: those under `shortest` seconds dropped, pauses under `bridge` closed.

        Raises:
            ModelMissing: as in `probabilities`.
        """
        chunk = CHUNK / SAMPLE_RATE
        flags = np.concatenate([[False], self.probabilities(samples) >= threshold, [False]])
        edges = np.flatnonzero(np.diff(flags.astype(np.int8))) * chunk
        joined: list[list[float]] = []
        for start, end in zip(edges[::2], edges[1::2], strict=True):
            if joined and start - joined[-1][1] < bridge:
                joined[-1][1] = float(end)
            else:
                joined.append([float(start), float(end)])
        last = len(samples) / SAMPLE_RATE
        return tuple(Stretch(start=a, end=min(b, last)) for a, b in joined if b - a >= shortest)

    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(str(_file()), options, providers=["CPUExecutionProvider"])


def _file() -> Path:
    # the package's folder is found without importing it: its import takes a second
    spec = find_spec("faster_whisper")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        if (path := Path(folder) / "assets" / _FILE).is_file():
            return path
    raise ModelMissing(_FILE, "pip install --upgrade faster-whisper")
