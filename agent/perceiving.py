"""Perceiving without a conversation: one item in, what every sense says of it out."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.senses import Senses
from perception import Affect, AudioClip, Frame, Modality, Observation, Status, Transcript, Utterance
from perception.fusion import fuse
from personas import DEFAULT_PRESET, PRESETS


@dataclass(frozen=True, kw_only=True, slots=True)
class Perceived:
    """What the senses say of one item."""

    affect: Affect | None
    """Fused; None when nothing was given to perceive."""
    transcript: Transcript | None
    """What was said, where transcription was asked for."""

    @property
    def observations(self) -> tuple[Observation, ...]:
        """One for each sense that was asked."""
        return self.affect.observations if self.affect else ()

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready: `observations` by modality, `affect` (None when no sense could tell), `transcript` if any."""
        shown: dict[str, Any] = {
            "observations": {o.modality.value: o.as_dict() for o in self.observations},
            "affect": self.affect.as_dict() if self.affect and self.affect.scores else None,
        }
        return {**shown, "transcript": self.transcript.as_dict()} if self.transcript else shown


async def perceive(
    senses: Senses,
    *,
    text: str | None = None,
    frame: Frame | None = None,
    clip: AudioClip | None = None,
    lang: str | None = None,
    context: Sequence[str] = (),
    transcribe: bool = False,
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
        transcribe: Write down what is said in the clip, and feel those words where no text was given.
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
    return Perceived(affect=affect, transcript=transcript)


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
