"""What a network learns from: a recording as vectors, and how its speaker's voice is among them on the whole."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Protocol

from perception.audio.frames import Floats
from perception.audio.spectrogram import (
    ACTIVE_BELOW_PEAK_DB,
    BANDS,
    WHISPER_BANDS,
    active_frames,
    log_mel,
    whisper_log_mel,
)
from perception.errors import ModelError
from perception.training.errors import ExperimentInvalid, TrainingDataMissing
from perception.training.export import export_torch, quantise

LOG_MEL: Final = "log-mel"
BLOCKS: Final = "whisper-base-blocks-"
"""Followed by how many."""
_ENCODER: Final = "whisper-base"
_FORMAT: Final = 1
_WIDTH: Final = 2 * 512


class Hearing(Protocol):
    """A way to hear, frozen while a network learns."""

    @property
    def name(self) -> str:
        """Tells features that were kept on disk from others."""

    @property
    def width(self) -> int:
        """Numbers in each vector."""

    @property
    def spectrogram(self) -> str:
        """What the exported network takes; see `perception.audio.spectrogram.SPECTROGRAMS`."""

    def features(self, samples: Floats, /) -> Floats:
        """A recording at 16 kHz as vectors (frames x width), at least one."""

    def usual(self, features: Floats, /) -> Floats:
        """The mean vector of its speech (width)."""

    @property
    def bands(self) -> int:
        """Of the spectrogram."""

    def front(self) -> Path | None:
        """An ONNX file from `spectrogram` (frames x bands) to `vectors`; None where they are the same."""

    def mean(self, vectors: Any, /) -> Any:
        """`usual` on a tensor, for export."""


class LogMel:
    """The log-mel spectrogram itself, a vector each 10 ms."""

    name = spectrogram = LOG_MEL
    width = bands = BANDS

    def features(self, samples: Floats, /) -> Floats:
        return log_mel(samples)

    def usual(self, features: Floats, /) -> Floats:
        mean: Floats = features[active_frames(features)].mean(axis=0)
        return mean

    def front(self) -> Path | None:
        return None

    def mean(self, vectors: Any, /) -> Any:
        loudest = vectors.amax(dim=1, keepdim=True)
        active = (loudest > loudest.amax() - ACTIVE_BELOW_PEAK_DB).to(vectors.dtype)
        return (vectors * active).sum(dim=0) / active.sum()


class WhisperBlocks:
    """States after the last two of the first blocks of Whisper's encoder, a vector each 40 ms.

    They are computed by the 8-bit graph that ships, so that a network learns from what it will be given.
    """

    spectrogram = "whisper-log-mel"
    bands = WHISPER_BANDS
    width = _WIDTH

    def __init__(self, blocks: int, cache: Path, locate: Callable[[], Path]) -> None:
        self.name = f"{BLOCKS}{blocks}"
        self._blocks, self._locate = blocks, locate
        self._file = cache / f"{self.name}-{_FORMAT}.onnx"

    def features(self, samples: Floats, /) -> Floats:
        states: Floats = self._session.run(["vectors"], {"spectrogram": whisper_log_mel(samples)})[0]
        return states

    def usual(self, features: Floats, /) -> Floats:
        mean: Floats = features.mean(axis=0)
        return mean

    def front(self) -> Path:
        if not self._file.is_file():
            self._write()
        return self._file

    def mean(self, vectors: Any, /) -> Any:
        return vectors.mean(dim=0)

    def _write(self) -> None:
        import torch

        from perception.training.audio.whisper_blocks import whisper_blocks

        self._file.parent.mkdir(parents=True, exist_ok=True)
        whole = self._file.with_suffix(".whole.onnx")
        export_torch(
            whisper_blocks(self._locate(), self._blocks),
            (torch.zeros(200, WHISPER_BANDS),),
            whole,
            input_names=["spectrogram"],
            output_names=["vectors"],
            metadata={"name": self.name},
            dynamic={"spectrogram": {0: "frames"}},
        )
        quantise(whole, self._file, method="dynamic")
        whole.unlink()

    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(str(self.front()), options, providers=["CPUExecutionProvider"])


def hearing_named(name: str, cache: Path) -> Hearing:
    """By the name an experiment gives: `log-mel`, or `whisper-base-blocks-3`; what it needs is kept in `cache`.

    Raises:
        ExperimentInvalid: there is none of that name.
    """
    if name == LOG_MEL:
        return LogMel()
    count = name.removeprefix(BLOCKS)
    if name.startswith(BLOCKS) and count.isdigit():
        return WhisperBlocks(int(count), cache, _stored)
    raise ExperimentInvalid(f"there is no hearing {name!r}; there are {LOG_MEL} and {BLOCKS}N, N from 1 to 6")


def _stored() -> Path:
    from perception.models import ModelStore

    try:
        return ModelStore().path(_ENCODER)
    except ModelError as error:
        raise TrainingDataMissing(f"there is no encoder to hear with: {error}") from error
