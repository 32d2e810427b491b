"""The senses as the settings want them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from api.settings import Settings

PATIENCE = 600.0
"""Seconds a sense may take where nobody waits for a reply."""

EMBEDDED: Final = "embedded"
"""Name of the perceivers whose weights ship."""

if TYPE_CHECKING:
    from agent.senses import Senses
    from perception import Modality, Perceiver


def make_senses(settings: Settings, *, timeout: float | None = None) -> Senses:
    """Every sense that the settings name and the deployment context allows; their weights load on first use.

    Args:
        settings: What the operator wants.
        timeout: Seconds a sense may take, instead of what a turn allows.

    Raises:
        UnknownPerceiver: a setting names a perceiver that is not registered.
    """
    from agent.safety import DeploymentContext, allowed_modalities
    from agent.senses import Senses
    from perception import Modality
    from perception.models import ModelStore
    from perception.speech import WhisperTranscriber
    from perception.speech.transcribe import stored_whisper

    allowed = allowed_modalities(DeploymentContext(settings.deployment_context))
    named = {Modality.VISION: settings.vision, Modality.AUDIO: settings.audio, Modality.TEXT: settings.text}
    made = {m: make_perceiver(settings, m, name) for m, name in named.items() if name and m in allowed}
    store = ModelStore(weights_policy=settings.weights_policy)
    return Senses(
        vision=made.get(Modality.VISION),
        audio=made.get(Modality.AUDIO),
        text=made.get(Modality.TEXT),
        speech=WhisperTranscriber(locate=partial(stored_whisper, store)),
        timeout=timeout or settings.sense_timeout,
    )


def make_perceiver(settings: Settings, modality: Modality, name: str) -> Perceiver[Any]:
    """One perceiver under the weights policy, which Attune's own ones know; what others may load is their affair.

    Raises:
        UnknownPerceiver: it is not registered.
    """
    from perception import create_perceiver

    strict = name == EMBEDDED and settings.weights_policy == "commercial"
    return create_perceiver(modality, name, **({"commercial_only": True} if strict else {}))
