"""The audio sense that needs nothing but what is installed."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from perception.audio.features import describe
from perception.audio.frames import Frames, measure_frames
from perception.audio.model import VoiceClassifier
from perception.audio.quality import voice_quality
from perception.audio.windows import Window, speech_windows
from perception.cues import Cue
from perception.emotions import EmotionScores
from perception.errors import ModelError
from perception.media.values import SAMPLE_RATE, AudioClip
from perception.models.trouble import model_trouble
from perception.observation import Modality, Observation, Status
from perception.speech.vad import Stretch, VoiceActivity

SHORTEST = 0.4
"""Seconds of recording under which a voice is not judged."""
LITTLE_VARIATION = 3.0
"""Semitones between the 10th and 90th percentile of pitch. Of acted speech 3 % lie below, half of it above 8.8."""

_VOICED_FRAMES = 100
_SPOKEN = 0.2


class EmbeddedAudio:
    """Reads emotion from how something is said, with a small network on functionals of the voice.

    Implements `Perceiver[AudioClip]`. It abstains with `empty`, `too_short`, `no_speech` (silence, music, noise: no
    voice by Silero VAD), `low_quality` (cues `noisy`, `clipped`; scores are still given) and `uncertain`. Other cues:
    `quiet` and `loud` (of the recording), `speaks_with_little_variation`. Long speech is judged on windows and
    averaged, so that cost stays bounded.
    """

    def __init__(self, *, model_file: Path | None = None, commercial_only: bool = False) -> None:
        """Build it; weights load on first use.

        Args:
            model_file: an ONNX file written by `attune train audio`; the one that ships when None.
            commercial_only: hold the one that ships back unless its card allows commercial use; the status is then
                `failed`, and the cue `model_refused` says why.
        """
        self._classifier = VoiceClassifier(model_file, commercial_only=commercial_only)
        self._voice = VoiceActivity()

    @property
    def modality(self) -> Modality:
        """Audio."""
        return Modality.AUDIO

    @property
    def model(self) -> str:
        """Name and version of the network."""
        return self._classifier.model

    def warm_up(self) -> None:
        """Load the network, the voice activity detector and librosa now.

        Raises:
            ModelMissing: the weights are not on this machine.
            ModelRefused: a file is not the model it should be.
        """
        self._classifier.load()
        self._voice.stretches(np.zeros(SAMPLE_RATE, dtype=np.float32))
        describe(measure_frames(np.zeros(SAMPLE_RATE, dtype=np.float32)))

    def perceive(self, evidence: AudioClip, /) -> Observation:
        """Listen to one clip; whatever is wrong with it becomes the status."""
        begun = time.perf_counter()
        try:
            return self._listen(evidence, begun)
        except ModelError as error:
            return self._abstain(evidence, begun, *model_trouble(error))

    def _listen(self, clip: AudioClip, begun: float) -> Observation:
        if not clip.samples.size:
            return self._abstain(clip, begun, Status.EMPTY)
        if clip.seconds < SHORTEST:
            return self._abstain(clip, begun, Status.TOO_SHORT)
        if not np.isfinite(clip.samples).all():
            return self._abstain(clip, begun, Status.FAILED, Cue(code="samples_not_finite"))
        self._classifier.load()
        stretches = self._voice.stretches(clip.samples)
        spoken = sum(stretch.seconds for stretch in stretches)
        if spoken < _SPOKEN:
            return self._abstain(clip, begun, Status.TOO_SHORT if stretches else Status.NO_SPEECH)
        return self._judge(clip, stretches, begun)

    def _judge(self, clip: AudioClip, stretches: tuple[Stretch, ...], begun: float) -> Observation:
        quality = voice_quality(clip.samples, stretches)
        windows = speech_windows(clip.samples, stretches)
        frames = [measure_frames(window.samples) for window in windows]
        reading = self._classifier.read(np.stack([describe(each) for each in frames]))
        weights = _weights(windows)
        scores = EmotionScores.normalised(weights @ reading.probabilities)
        certain = scores.confidence >= self._classifier.uncertain_below
        return Observation(
            modality=self.modality,
            status=Status.LOW_QUALITY if not quality.readable else Status.OK if certain else Status.UNCERTAIN,
            model=self.model,
            scores=scores,
            quality=quality.value,
            cues=(*quality.cues(), *_variation(frames)),
            latency_ms=_since(begun),
            captured_at=clip.captured_at,
            features=(weights @ reading.features).astype(np.float32),
        )

    def _abstain(self, clip: AudioClip, begun: float, status: Status, *cues: Cue) -> Observation:
        return Observation(
            modality=self.modality,
            status=status,
            model=self.model,
            cues=cues,
            latency_ms=_since(begun),
            captured_at=clip.captured_at,
        )


def _weights(windows: tuple[Window, ...]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    seconds = np.array([window.speech_seconds + 1e-3 for window in windows])
    weights: np.ndarray[tuple[int], np.dtype[np.float64]] = seconds / seconds.sum()
    return weights


def _variation(frames: list[Frames]) -> tuple[Cue, ...]:
    pitch = np.concatenate([each.pitch[np.isfinite(each.pitch)] for each in frames])
    if len(pitch) < _VOICED_FRAMES:
        return ()
    low, high = np.percentile(pitch, (10, 90))
    if high - low >= LITTLE_VARIATION:
        return ()
    return (Cue(code="speaks_with_little_variation", params={"semitones": round(float(high - low), 1)}),)


def _since(begun: float) -> float:
    return (time.perf_counter() - begun) * 1000
