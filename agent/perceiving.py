"""Perceiving without a conversation: one item in, what every sense says of it out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.senses import SPEECH, Senses
from perception import (
    Affect,
    AudioClip,
    Fluency,
    Frame,
    Modality,
    ModelError,
    Observation,
    Status,
    Transcript,
    Utterance,
)
from perception.fusion import fuse
from perception.speech import Delivery, measure_delivery, measure_fluency
from perception.speech.vad import VoiceActivity
from perception.text import Explanation
from personas import DEFAULT_PRESET, PRESETS

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Perceived:
    """What the senses say of one item."""

    affect: Affect | None
    """Fused; None when nothing was given to perceive."""
    transcript: Transcript | None
    """What was said, where transcription was asked for."""
    fluency: Fluency | None = None
    """How fluently, where words were made out and the voice may be felt."""
    explanation: Explanation | None = None
    """Which words carry what was felt, where that was asked for and the text sense can tell."""

    @property
    def observations(self) -> tuple[Observation, ...]:
        """One for each sense that was asked."""
        return self.affect.observations if self.affect else ()

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready: `observations` by modality, `affect` (None when no sense could tell).

        `transcript`, `fluency` and `explanation` are there only if there are any.
        """
        shown: dict[str, Any] = {
            "observations": {o.modality.value: o.as_dict() for o in self.observations},
            "affect": self.affect.as_dict() if self.affect and self.affect.scores else None,
        }
        if self.transcript:
            shown["transcript"] = self.transcript.as_dict()
        if self.fluency:
            shown["fluency"] = self.fluency.as_dict()
        if self.explanation:
            shown["explanation"] = self.explanation.as_dict()
        return shown


async def perceive(
    senses: Senses,
    *,
    text: str | None = None,
    frame: Frame | None = None,
    clip: AudioClip | None = None,
    lang: str | None = None,
    context: Sequence[str] = (),
    transcribe: bool = False,
    explain: bool = False,
    trust: Mapping[Modality, float] | None = None,
) -> Perceived:
    """Ask every sense that has evidence, all at once, and fuse what they say.

    Args:
        senses: The perceivers; a broken one costs its own modality only.
        text: Words, also when empty: then the text sense says so.
        frame: A picture.
        clip: A recording.
        lang: ISO 639-1 code of the words where known.
        context: Earlier turns of the dialogue, oldest first.
        transcribe: Write down what is said in the clip, measure how fluently, and feel the words where no text was
            given.
        explain: Say which of the words, given or made out, carry what is felt in them.
        trust: By modality; by default that of the default preset.
    """
    seen, (felt, transcript) = await asyncio.gather(
        asyncio.gather(
            *(
                senses.observe(modality, evidence)
                for modality, evidence in ((Modality.VISION, frame), (Modality.AUDIO, clip))
                if evidence is not None
            )
        ),
        _words(senses, text=text, clip=clip if transcribe else None, lang=lang, context=context),
    )
    observations = [*seen, felt] if felt else [*seen]
    affect = fuse(observations, trust=trust or PRESETS[DEFAULT_PRESET]) if observations else None
    fluency = await _fluency(senses, clip, transcript, lang) if clip is not None and transcript is not None else None
    told = None
    if explain and (said := text if text is not None else transcript.text if transcript else ""):
        told = await _explained(senses, Utterance(text=said, lang=lang, context=tuple(context)))
    return Perceived(affect=affect, transcript=transcript, fluency=fluency, explanation=told)


async def _explained(senses: Senses, utterance: Utterance) -> Explanation | None:
    explain = getattr(senses.perceiver(Modality.TEXT), "explain", None)
    if explain is None:
        return None
    try:
        told: Explanation = await senses.run(Modality.TEXT, lambda: explain(utterance))
    except Exception:  # as with observing: a broken sense costs its own answer only
        log.exception("the text sense could not say which words it went by")
        return None
    return told


async def _words(
    senses: Senses, *, text: str | None, clip: AudioClip | None, lang: str | None, context: Sequence[str]
) -> tuple[Observation | None, Transcript | None]:
    transcript = await senses.hear(clip, lang=lang) if clip is not None else None
    if text is None and transcript is not None and transcript.status is Status.OK:
        text, lang = transcript.text, transcript.lang
    if text is None:
        return None, transcript
    utterance = Utterance(text=text, lang=lang, context=tuple(context))
    return await senses.observe(Modality.TEXT, utterance), transcript


async def _fluency(senses: Senses, clip: AudioClip, transcript: Transcript, lang: str | None) -> Fluency | None:
    # fluency is heard in the voice: where that sense is switched off, it is not measured, as in a turn
    if transcript.status is not Status.OK or senses.perceiver(Modality.AUDIO) is None:
        return None
    try:
        heard = await senses.run(SPEECH, lambda: _heard(clip), patience=clip.seconds)
    except TimeoutError:
        log.warning("the pauses in %.1f s of speech took too long to measure and are left out", clip.seconds)
        heard = None
    return measure_fluency(transcript.text, lang=transcript.lang or lang or "en", transcript=transcript, heard=heard)


def _heard(clip: AudioClip) -> Delivery | None:
    try:
        return measure_delivery(clip.samples, VoiceActivity().stretches(clip.samples))
    except ModelError as error:
        log.info("the pauses are those between words only: %s", error)
        return None
