"""The audio sense that needs nothing but what is installed."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from perception.audio.baseline import SpeakerBaseline
from perception.audio.frames import Floats
from perception.audio.model import SMALL, VoiceClassifier, VoiceReading
from perception.audio.quality import voice_quality
from perception.audio.voice import Voice, measure_voice
from perception.audio.windows import Window, speech_windows
from perception.cues import Cue
from perception.emotions import EmotionScores
from perception.errors import ModelError
from perception.media.values import SAMPLE_RATE, AudioClip
from perception.models.trouble import model_trouble
from perception.observation import Modality, Observation, Status
from perception.speech.vad import Stretch, VoiceActivity

SHORTEST = 0.3
"""Seconds of recording under which a voice is not judged."""
SURE_FROM = 0.5
"""Seconds of speech under which an answer is `uncertain`: cut to 0.3 s, clips of unseen speakers are right one time in
three, however sure the network is."""

_SPOKEN = 0.2


class EmbeddedAudio:
    """Reads emotion from how something is said, with a network on a spectrogram of the voice.

    Implements `Perceiver[AudioClip]`. It abstains with `empty`, `too_short`, `no_speech` (silence, music, noise: no
    voice by Silero VAD), `low_quality` (cues `noisy`, `clipped`; scores are still given) and `uncertain`. Other cues:
    `quiet` and `loud` (of the recording), `speaks_with_little_variation`. Long speech is judged on windows and
    averaged, so that cost stays bounded.

    A clip that comes with a `SpeakerBaseline` is heard against the earlier utterances of that speaker, and then
    learned from: cues `louder_than_before`, `quieter_than_before`, `pitch_above_usual`, `pitch_below_usual`,
    `faster_than_before` and `slower_than_before` say what is unusual.
    """

    def __init__(
        self, *, model_file: Path | None = None, commercial_only: bool = False, model: str | None = None
    ) -> None:
        """Build it; weights load on first use.

        Args:
            model_file: an ONNX file written by `attune train audio`; one that ships when None.
            commercial_only: hold the one that ships back unless its card allows commercial use; the status is then
                `failed`, and the cue `model_refused` says why.
            model: which of those that ship, by name; the better one when None.
        """
        self._classifier = VoiceClassifier(model_file, commercial_only=commercial_only, shipped=model)
        self._activity = VoiceActivity()

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
        silence = np.zeros(SAMPLE_RATE, dtype=np.float32)
        self._activity.stretches(silence)
        self._classifier.read(silence)
        measure_voice(silence, (), 0.0)

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
        stretches = self._activity.stretches(clip.samples)
        spoken = sum(stretch.seconds for stretch in stretches)
        if spoken < _SPOKEN:
            return self._abstain(clip, begun, Status.TOO_SHORT if stretches else Status.NO_SPEECH)
        return self._judge(clip, stretches, spoken, begun)

    def _judge(self, clip: AudioClip, stretches: tuple[Stretch, ...], spoken: float, begun: float) -> Observation:
        quality = voice_quality(clip.samples, stretches)
        windows = speech_windows(clip.samples, stretches)
        readings = self._read(windows, clip.speaker)
        weights = _weights(windows)
        scores = EmotionScores.normalised(weights @ np.stack([each.probabilities for each in readings]))
        certain = scores.confidence >= self._classifier.uncertain_below and spoken >= SURE_FROM
        voice = measure_voice(clip.samples, stretches, quality.level_dbfs)
        mean = (weights @ np.stack([each.mean for each in readings])).astype(np.float32)
        compared = self._compared(clip.speaker, voice, mean, readable=quality.readable)
        return Observation(
            modality=self.modality,
            status=Status.LOW_QUALITY if not quality.readable else Status.OK if certain else Status.UNCERTAIN,
            model=self.model,
            scores=scores,
            quality=quality.value,
            cues=(*quality.cues(), *voice.cues(), *compared),
            latency_ms=_since(begun),
            captured_at=clip.captured_at,
            features=(weights @ np.stack([each.features for each in readings])).astype(np.float32),
        )

    def _read(self, windows: tuple[Window, ...], speaker: SpeakerBaseline | None) -> list[VoiceReading]:
        usual, heard = speaker.usual(self.model) if speaker else (None, 0)
        return [self._classifier.read(window.samples, usual, heard) for window in windows]

    def _compared(
        self, speaker: SpeakerBaseline | None, voice: Voice, mean: Floats, *, readable: bool
    ) -> tuple[Cue, ...]:
        """What is unusual of the speaker; a voice that noise covers neither is, nor teaches anything."""
        if speaker is None or not readable:
            return ()
        cues = speaker.compare(voice.measures)
        speaker.learn(self.model, mean, voice.measures)
        return cues

    def _abstain(self, clip: AudioClip, begun: float, status: Status, *cues: Cue) -> Observation:
        return Observation(
            modality=self.modality,
            status=status,
            model=self.model,
            cues=cues,
            latency_ms=_since(begun),
            captured_at=clip.captured_at,
        )


def acrnn_audio(*, commercial_only: bool = False) -> EmbeddedAudio:
    """The audio sense with the attention CRNN: a fifth of the size, and much less often right."""
    return EmbeddedAudio(commercial_only=commercial_only, model=SMALL)


def _weights(windows: tuple[Window, ...]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    seconds = np.array([window.speech_seconds + 1e-3 for window in windows])
    weights: np.ndarray[tuple[int], np.dtype[np.float64]] = seconds / seconds.sum()
    return weights


def _since(begun: float) -> float:
    return (time.perf_counter() - begun) * 1000
