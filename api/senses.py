"""The senses as the settings want them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from api.settings import Settings

PATIENCE = 600.0
"""Seconds a sense may take where nobody waits for a reply."""

EMBEDDED: Final = "embedded"
"""Name of the perceivers whose weights ship."""
DEEPFACE: Final = "deepface"
"""Name of the vision perceiver that runs DeepFace."""
MLLM: Final = "mllm"
"""Name of the vision perceiver that asks a multimodal language model."""
OURS: Final = frozenset({EMBEDDED, "acrnn"})
"""Names of all that know the weights policy."""

if TYPE_CHECKING:
    from agent.senses import Senses
    from perception import Modality, Perceiver
    from perception.text import Translator


def make_senses(settings: Settings, *, timeout: float | None = None, translator: Translator | None = None) -> Senses:
    """Every sense that the settings name and the deployment context allows; their weights load on first use.

    Args:
        settings: What the operator wants.
        timeout: Seconds a sense may take, instead of what a turn allows.
        translator: For words that are neither English nor Chinese.

    Raises:
        UnknownPerceiver: a setting names a perceiver that is not registered.
    """
    from agent.language import SPOKEN
    from agent.safety import DeploymentContext, allowed_modalities
    from agent.senses import Senses
    from perception import Modality
    from perception.models import ModelStore
    from perception.speech import Whisper, WhisperTranscriber
    from perception.speech.whisper import stored_whisper

    allowed = allowed_modalities(DeploymentContext(settings.deployment_context))
    named = {Modality.VISION: settings.vision, Modality.AUDIO: settings.audio, Modality.TEXT: settings.text}
    made = {
        m: make_perceiver(settings, m, name, translator=translator if m is Modality.TEXT else None, timeout=timeout)
        for m, name in named.items()
        if name and m in allowed
    }
    store = ModelStore(weights_policy=settings.weights_policy)
    return Senses(
        vision=made.get(Modality.VISION),
        audio=made.get(Modality.AUDIO),
        text=made.get(Modality.TEXT),
        speech=WhisperTranscriber(Whisper(partial(stored_whisper, store)), expected=SPOKEN),
        timeout=timeout or settings.sense_timeout,
        timeouts={} if timeout else {str(name): seconds for name, seconds in settings.sense_timeouts.items()},
    )


def make_perceiver(
    settings: Settings,
    modality: Modality,
    name: str,
    *,
    translator: Translator | None = None,
    timeout: float | None = None,
) -> Perceiver[Any]:
    """One perceiver under the weights policy, which Attune's own ones know; what others may load is their affair.

    Args:
        settings: What the operator wants.
        modality: The sense.
        name: Of the perceiver.
        translator: For the embedded text sense; others do without.
        timeout: Seconds the sense may take, instead of what a turn allows.

    Raises:
        UnknownPerceiver: it is not registered.
    """
    from perception import Modality, create_perceiver

    options: dict[str, object] = {}
    if modality is Modality.VISION:
        options |= _vision_options(settings, name, timeout or settings.patience(modality))
    if name in OURS and settings.weights_policy == "commercial":
        options["commercial_only"] = True
    if name == EMBEDDED and translator is not None:
        options["translator"] = translator
    return create_perceiver(modality, name, **options)


def _vision_options(settings: Settings, name: str, timeout: float) -> dict[str, object]:
    if name == DEEPFACE:
        return {"detector": settings.deepface_detector}
    if name != MLLM:
        return {}
    key = settings.vision_key.get_secret_value() if settings.vision_key else None
    # less than the sense has, so that it can still say why not
    return {"url": settings.vision_url, "model": settings.vision_model, "key": key, "timeout": 0.9 * timeout}
