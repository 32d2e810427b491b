"""What a server says of itself, without loading anything."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from perception import Modality, ModelMissing, ModelRefused, Perceiver

if TYPE_CHECKING:
    from agent import Agent
    from agent.senses import Senses
    from perception.models import WeightsPolicy


def health(agent: Agent, policy: WeightsPolicy = "any") -> dict[str, Any]:
    """Chat model, senses and version, under a weights policy; blocks while it looks for files."""
    return {
        "status": "ok",
        "version": version("attune-agent"),
        "deployment_context": agent.deployment.value,
        "chat_model": agent.chat.name,
        "personas": [*agent.book.names],
        "senses": {
            **{modality.value: _sense(agent.senses.perceiver(modality), policy) for modality in Modality},
            "speech": _speech(agent.senses, policy),
        },
    }


def _sense(perceiver: Perceiver[Any] | None, policy: WeightsPolicy) -> dict[str, str | None]:
    if perceiver is None:
        return {"status": "disabled", "model": None}
    try:
        _check_weights(perceiver, policy)
    except ModelMissing as missing:
        return {"status": "model_missing", "model": perceiver.model, "command": missing.command}
    except ModelRefused as refused:
        return {"status": "model_refused", "model": perceiver.model, "why": str(refused)}
    return {"status": "ok", "model": perceiver.model}


def _check_weights(perceiver: Perceiver[Any], policy: WeightsPolicy) -> None:
    """Look for the files of the senses that ship; others would have to be loaded to tell."""
    from perception.audio import EmbeddedAudio
    from perception.models.shipped import shipped_weight
    from perception.text import EmbeddedText
    from perception.text.files import SHIPPED, allowed
    from perception.vision import EmbeddedVision
    from perception.vision.deepface import DeepFaceVision
    from perception.vision.mllm import MllmVision

    names: list[str] = []
    if isinstance(perceiver, DeepFaceVision | MllmVision):
        perceiver.check()
    elif isinstance(perceiver, EmbeddedText):
        # the languages that are held back abstain by themselves
        found = [allowed(lang, commercial_only=policy != "any") for lang in SHIPPED]
        names = [name for files in found if files for name in files.names]
    elif isinstance(perceiver, EmbeddedVision | EmbeddedAudio):
        names = [f"{perceiver.model}.onnx"]
    for name in names:
        shipped_weight(name, commercial_only=policy == "commercial")


def _speech(senses: Senses, policy: WeightsPolicy) -> dict[str, str | None]:
    from perception.models import ModelStore
    from perception.speech import WhisperTranscriber
    from perception.speech.whisper import MODELS

    if senses.speech is None:
        return {"status": "disabled", "model": None}
    if isinstance(senses.speech, WhisperTranscriber):
        store = ModelStore(weights_policy=policy)
        here = next((name for name in MODELS if store.has(name)), None)
        if here is None:
            return {"status": "model_missing", "model": MODELS[0], "command": f"attune models get {MODELS[0]}"}
        return {"status": "ok", "model": here}
    return {"status": "ok", "model": senses.speech.model}
