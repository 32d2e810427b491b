"""The interface of a sense."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from perception.media.values import AudioClip, Frame
from perception.observation import Modality, Observation
from perception.speech.values import Transcript

EvidenceT_contra = TypeVar("EvidenceT_contra", contravariant=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class Utterance:
    """Words to be felt, typed or transcribed."""

    text: str
    """What was said, any length."""
    lang: str | None = None
    """ISO 639-1 code when known (`en`, `zh`); detected otherwise."""
    context: Sequence[str] = ()
    """Earlier turns of the dialogue, oldest first."""


class Perceiver(Protocol[EvidenceT_contra]):
    """A sense: evidence in, observation out.

    Building one is cheap: weights load on first use, or in `warm_up`. `perceive` blocks, may be called from several
    threads, and raises nothing for evidence it cannot read: it abstains, with the reason as status.
    """

    @property
    def modality(self) -> Modality:
        """The sense it serves."""

    @property
    def model(self) -> str:
        """Name and version of the model, as it stands in each observation."""

    def warm_up(self) -> None:
        """Load the weights now.

        Raises:
            ModelMissing: they are not on this machine.
        """

    def perceive(self, evidence: EvidenceT_contra, /) -> Observation:
        """Feel one piece of evidence."""


VisionPerceiver = Perceiver[Frame]
AudioPerceiver = Perceiver[AudioClip]
TextPerceiver = Perceiver[Utterance]


class Transcriber(Protocol):
    """Speech in, words out. The same promises as `Perceiver`."""

    @property
    def model(self) -> str:
        """Name of the model."""

    def warm_up(self) -> None:
        """Load the weights now.

        Raises:
            ModelMissing: they are not on this machine.
        """

    def transcribe(self, clip: AudioClip, /, *, lang: str | None = None) -> Transcript:
        """Write down what was said; `lang` is an ISO 639-1 code when known."""
