"""One Whisper in memory, for whoever needs it: its words for the transcriber, its encoder's states for the voice."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from perception.errors import ModelMissing, ModelRefused
from perception.media.values import SAMPLE_RATE

if TYPE_CHECKING:
    from faster_whisper import WhisperModel

    from perception.models.store import ModelStore

log = logging.getLogger(__name__)

MODELS: Final = ("whisper-base", "whisper-tiny.en")
"""Names in the model store, the preferred one first: it is multilingual, the other takes English only."""
FRAMES_A_SECOND: Final = 50
"""States that the encoder gives for a second of sound."""
LONGEST: Final = 30
"""Seconds that the encoder takes at a time: it has no positions for more."""

# the fastest of those that keep the weights at 8 bits: what lies between the products stays at 32
_COMPUTE: Final = "int8_float32"
_HOP: Final = 160
_STEP: Final = SAMPLE_RATE // FRAMES_A_SECOND


class Whisper:
    """Holds the weights, once however many senses use them. Safe to share between threads.

    Encoding needs CTranslate2 alone; the tokenizer and all that faster-whisper imports, a second of it, come with the
    first transcription. The weights are then read anew, and the first copy goes.
    """

    def __init__(
        self,
        locate: Callable[[], Path] | None = None,
        *,
        names: Sequence[str] = MODELS,
        cpu_threads: int = 2,
    ) -> None:
        """Remember where to look; nothing is loaded or downloaded.

        Args:
            locate: returns the folder of a CTranslate2 model, or raises ModelMissing; the first of `names` in the model
                store when None.
            names: the models that may serve, the preferred one first.
            cpu_threads: of the encoder and the decoder.
        """
        self._names = tuple(names)
        self._locate = locate or self._in_store
        self._cpu_threads = cpu_threads
        self._lock = Lock()
        self._encoder: _Encoder | None = None
        self._decoder: WhisperModel | None = None

    @property
    def name(self) -> str:
        """Name of the model loaded; before that, of the preferred one."""
        return self._encoder.name if self._encoder else self._names[0]

    @property
    def languages(self) -> frozenset[str]:
        """ISO 639-1 codes of what the model can write down. Loads it.

        Raises:
            ModelMissing: it is not on this machine.
        """
        return frozenset(self._words().supported_languages)

    def load(self, *, words: bool = False) -> None:
        """Load the weights now.

        Args:
            words: also what only a transcription needs.

        Raises:
            ModelMissing: they are not on this machine.
            ModelRefused: those that are cannot be used.
        """
        if words:
            self._words()
        else:
            self._states()

    def encode(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """The last states of the encoder, of the sound as it is: Whisper itself would pad it to 30 s.

        Args:
            samples: mono, 16 kHz, in [-1, 1]. More than `LONGEST` seconds are encoded in pieces of equal length, which
                know nothing of each other.

        Returns:
            Frames x width, `FRAMES_A_SECOND` of them a second, one at least.

        Raises:
            ModelMissing: the weights are not on this machine.
            ModelRefused: those that are cannot be used.
        """
        encoder = self._states()
        return np.concatenate([encoder.states(piece) for piece in _pieces(samples)])

    def transcribe(self, samples: NDArray[np.float32], **options: Any) -> tuple[Iterator[Any], Any]:
        """What faster-whisper makes of the sound; segments are decoded while one iterates.

        Args:
            samples: mono, 16 kHz, in [-1, 1].
            options: of `faster_whisper.WhisperModel.transcribe`.

        Returns:
            Its segments and its `TranscriptionInfo`.

        Raises:
            ModelMissing: the weights are not on this machine.
            ModelRefused: those that are cannot be used.
        """
        segments, info = self._words().transcribe(np.ascontiguousarray(samples, dtype=np.float32), **options)
        return iter(segments), info

    def _states(self) -> _Encoder:
        with self._lock:
            if self._encoder is None:
                self._encoder = _open_encoder(self._find(), self._cpu_threads)
            return self._encoder

    def _words(self) -> WhisperModel:
        with self._lock:
            if self._decoder is None:
                folder = self._find()
                self._decoder = _open_decoder(folder, self._cpu_threads)
                self._encoder = _Encoder.of(folder, self._decoder.model)
            return self._decoder

    def _find(self) -> Path:
        folder = self._encoder.folder if self._encoder else self._locate()
        if not (folder / "model.bin").is_file():
            raise ModelMissing(folder.name, f"attune models get {self._names[0]}")
        return folder

    def _in_store(self) -> Path:
        from perception.models.store import ModelStore

        return stored_whisper(ModelStore(), self._names)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Encoder:
    folder: Path
    model: Any
    """A `ctranslate2.models.Whisper`, whose methods threads may share."""
    log_mel: Callable[[NDArray[np.float32]], NDArray[np.float32]]

    @classmethod
    def of(cls, folder: Path, model: Any) -> _Encoder:
        return cls(folder=folder, model=model, log_mel=_feature_extractor()(feature_size=model.n_mels))

    @property
    def name(self) -> str:
        return self.folder.name

    def states(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        # the convolutions halve the frames, so that an odd one would be lost
        frames = -(-len(samples) // _HOP) // 2 * 2
        features = np.ascontiguousarray(self.log_mel(samples)[None, :, :frames], dtype=np.float32)
        found = self.model.encode(_ctranslate2().StorageView.from_array(features), to_cpu=True)
        states: NDArray[np.float32] = np.array(found, dtype=np.float32)[0]
        return states


def stored_whisper(store: ModelStore, names: Sequence[str] = MODELS) -> Path:
    """The folder of the first model that can be used; one that is damaged or barred is passed over and logged.

    Args:
        store: where models are.
        names: of those that may serve, the preferred one first.

    Raises:
        ModelMissing: none is on this machine.
        ModelRefused: those that are cannot be used.
    """
    refused: ModelRefused | None = None
    for name in names:
        try:
            return store.path(name)
        except ModelMissing as missing:
            log.debug("%s", missing)
        except ModelRefused as error:
            log.warning("%s cannot be used: %s", name, error)
            refused = refused or error
    raise refused or ModelMissing(names[0], f"attune models get {names[0]}")


def _pieces(samples: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Equal parts of at most `LONGEST` seconds, each a whole number of frames but the last."""
    sound = np.pad(samples, (0, max(0, _STEP - len(samples)))).astype(np.float32, copy=False)
    count = -(-len(sound) // (LONGEST * SAMPLE_RATE))
    length = -(-len(sound) // (count * _STEP)) * _STEP
    return [sound[start : start + length] for start in range(0, len(sound) // _STEP * _STEP, length)]


def _open_encoder(folder: Path, cpu_threads: int) -> _Encoder:
    model = _ctranslate2().models.Whisper(str(folder), device="cpu", compute_type=_COMPUTE, intra_threads=cpu_threads)
    return _Encoder.of(folder, model)


def _open_decoder(folder: Path, cpu_threads: int) -> WhisperModel:
    from faster_whisper import WhisperModel

    model = WhisperModel(
        str(folder), device="cpu", compute_type=_COMPUTE, cpu_threads=cpu_threads, local_files_only=True
    )
    detect = model.detect_language
    # without the last frame, which no transcription looks at, it encodes just what a transcription does
    model.detect_language = lambda *, features, **options: detect(
        features=features[..., : max(1, features.shape[-1] - 1)], **options
    )
    model.encode = _Latest(model.encode)
    return model


class _Latest:
    """Remembers the states of the last sound: finding its language and asking for its words again needs the same."""

    def __init__(self, encode: Callable[[NDArray[np.float32]], Any]) -> None:
        self._encode = encode
        self._last: tuple[NDArray[np.float32], Any] | None = None

    def __call__(self, features: NDArray[np.float32]) -> Any:
        # one name holds both, so that threads see what belongs together
        last = self._last
        if last is not None and np.array_equal(last[0], features):
            return last[1]
        states = self._encode(features)
        self._last = (features, states)
        return states


def _ctranslate2() -> Any:
    # by name: it comes without types
    return import_module("ctranslate2")


def _feature_extractor() -> Any:
    """faster-whisper's class, from its file: it needs NumPy alone, and the package imports much more."""
    spec = find_spec("faster_whisper")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        own = spec_from_file_location("_whisper_features", Path(folder) / "feature_extractor.py")
        if own and own.loader:
            module = module_from_spec(own)
            own.loader.exec_module(module)
            return module.FeatureExtractor
    raise ModelMissing("faster-whisper", "pip install faster-whisper")
