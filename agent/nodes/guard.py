"""The gates in front of the senses: consent, and the crisis check on typed and on spoken words."""

from __future__ import annotations

from typing import Any

from langgraph.runtime import Runtime

from agent.events import Observed
from agent.language import reply_language
from agent.safety import allowed_modalities, check_crisis
from agent.state import TurnContext, TurnState
from perception import Cue, Modality, Observation, Status


async def guard_input(state: TurnState, runtime: Runtime[TurnContext]) -> dict[str, Any]:
    """Silence every sense that the person or the deployment does not allow; check typed words for a crisis."""
    context = runtime.context
    lang = reply_language(state["text"], wanted=state.get("wanted_lang") or context.session.lang)
    silenced = {m: _disabled(m, reason) for m in present(state) if (reason := _forbidden(m, context))}
    for observation in silenced.values():
        runtime.stream_writer(Observed(observation=observation))
    return {"lang": lang, "observations": silenced, "crisis": check_crisis(state["text"], lang)}


async def guard_words(state: TurnState) -> dict[str, Any]:
    """Check what was said aloud for a crisis, now that it is words; let it settle the language too."""
    transcript = state.get("transcript")
    if transcript is None or not transcript.text:
        return {}
    crisis = check_crisis(transcript.text, transcript.lang)
    if state["text"] or state.get("wanted_lang"):
        return {"crisis": crisis}
    return {"crisis": crisis, "lang": reply_language(transcript.text, wanted=transcript.lang)}


def present(state: TurnState) -> list[Modality]:
    """The senses this turn has evidence for, words that are still a recording among them."""
    evidence = {
        Modality.VISION: state.get("frame_ref"),
        Modality.AUDIO: state.get("clip_ref"),
        Modality.TEXT: state["text"].strip() or state.get("clip_ref"),
    }
    return [modality for modality, there in evidence.items() if there]


def _forbidden(modality: Modality, context: TurnContext) -> str | None:
    if modality not in allowed_modalities(context.session.deployment_context):
        return "deployment"
    return None if context.session.consent.get(modality, False) else "consent"


def _disabled(modality: Modality, reason: str) -> Observation:
    return Observation(
        modality=modality,
        status=Status.DISABLED,
        model="none",
        cues=(Cue(code="disabled", params={"reason": reason}),),
    )
