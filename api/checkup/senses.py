"""Does each sense work here, under which licence, and how fast."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from api.checkup.finding import Finding
from api.senses import DEEPFACE, EMBEDDED, MLLM, make_perceiver
from api.settings import Settings

if TYPE_CHECKING:
    from perception import Observation, Perceiver

LOOKS: Final = 5
"""How often each sense is asked; the fastest counts, since other work can only slow it down."""
ELSEWHERE: Final = "weights of another distribution"
FOREIGN: Final = {DEEPFACE: "weights of DeepFace", MLLM: "the model of an endpoint, which is asked once"}
"""What stands in place of licences."""


def sense_findings(settings: Settings) -> Iterator[Finding]:
    """One finding a sense. What it is shown is noise and a plain sentence: this checks speed, not accuracy."""
    from agent.safety import DeploymentContext, allowed_modalities
    from perception import Modality, ModelMissing, ModelRefused, PerceptionError

    strict = settings.weights_policy == "commercial"
    allowed = allowed_modalities(DeploymentContext(settings.deployment_context))
    for modality, name in zip(Modality, (settings.vision, settings.audio, settings.text), strict=True):
        if modality not in allowed or not name:
            yield Finding(name=modality.value, level="note", state="off, by deployment context or setting")
            continue
        try:
            perceiver = make_perceiver(settings, modality, name)
            perceiver.warm_up()
        except ModelMissing as error:
            yield Finding(
                name=modality.value, level="bad", state=f"{name}: {error.model} is missing", remedy=error.command
            )
            continue
        except PerceptionError as error:
            # what the policy holds back is as the operator wants it
            held_back = strict and isinstance(error, ModelRefused)
            remedy = "" if held_back else f"set ATTUNE_{modality.upper()}"
            yield Finding(name=modality.value, level="note" if held_back else "bad", state=str(error), remedy=remedy)
            continue
        took, seen = _fastest(perceiver, _sample(modality), looks=1 if name == MLLM else LOOKS)
        if broken := _broken(seen):
            yield Finding(name=modality.value, level="bad", state=f"{name}: {broken}", remedy="docs/vision-backends.md")
            continue
        licences = _licences(modality, strict=strict) if name == EMBEDDED else FOREIGN.get(name, ELSEWHERE)
        yield Finding(name=modality.value, level="ok", state=f"{perceiver.model}, {took:.0f} ms, {licences}")


def _fastest(perceiver: Perceiver[Any], sample: Any, *, looks: int) -> tuple[float, Observation]:
    """Milliseconds, and what it said."""
    times = []
    for _ in range(looks):
        began = time.perf_counter()
        seen = perceiver.perceive(sample)
        times.append((time.perf_counter() - began) * 1000)
    return min(times), seen


def _broken(seen: Observation) -> str:
    """Why a sense that should work does not; empty when it does."""
    from agent.phrases import render_cue
    from perception import Status

    if seen.status not in {Status.FAILED, Status.TIMEOUT, Status.MODEL_MISSING}:
        return ""
    return "; ".join(filter(None, (render_cue(cue, "en") for cue in seen.cues))) or seen.status.value


def _sample(modality: str) -> Any:
    import numpy as np

    from perception import SAMPLE_RATE, AudioClip, Frame, Utterance

    random = np.random.default_rng(0)
    if modality == "vision":
        return Frame(pixels=random.integers(0, 256, (48, 48, 3), np.uint8), crop=True)
    if modality == "audio":
        return AudioClip(samples=(0.1 * random.standard_normal(3 * SAMPLE_RATE)).astype(np.float32))
    return Utterance(text="I did not expect to see you here today.")


def _licences(modality: str, *, strict: bool) -> str:
    """Of the weights that ship for a sense, as their model cards say, and which of them the policy holds back."""
    from perception.models.shipped import WEIGHTS, commercial, shipped_licence

    files = [path.name for path in sorted(WEIGHTS.glob(f"{modality}-*")) if path.suffix != ".md"]
    held = {name for name in files if strict and not commercial(name)}
    said = (shipped_licence(name) + (f" ({name} is held back)" if name in held else "") for name in files)
    return "; ".join(dict.fromkeys(said))
