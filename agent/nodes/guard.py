"""The gates in front of the senses: consent, and the crisis check on typed and on spoken words."""

from __future__ import annotations

from typing import Any

from langgraph.runtime import Runtime

from agent.consenting import disabled
from agent.events import Observed
from agent.language import reply_language
from agent.safety import check_crisis, graver
from agent.state import TurnContext, TurnState
from perception import Modality


async def guard_input(state: TurnState, runtime: Runtime[TurnContext]) -> dict[str, Any]:
    """Silence every sense that the person or the deployment does not allow; check typed words for a crisis."""
    context = runtime.context
    lang = reply_language(state["text"], wanted=state.get("wanted_lang") or context.session.lang)
    silenced = {m: disabled(m, reason) for m in _present(state) if (reason := context.silenced(m))}
    for observation in silenced.values():
        runtime.stream_writer(Observed(observation=observation))
    return {"lang": lang, "observations": silenced, "crisis": check_crisis(state["text"], lang)}


async def guard_words(state: TurnState) -> dict[str, Any]:
    """Check what was said aloud for a crisis, now that it is words; let it settle the language too."""
    transcript = state.get("transcript")
    if transcript is None or not transcript.text:
        return {}
    crisis = graver(state.get("crisis"), check_crisis(transcript.text, transcript.lang))
    if state["text"] or state.get("wanted_lang"):
        return {"crisis": crisis}
    return {"crisis": crisis, "lang": reply_language(transcript.text, wanted=transcript.lang)}


def _present(state: TurnState) -> list[Modality]:
    """The senses this turn has evidence for, words that are still a recording among them."""
    evidence = {
        Modality.VISION: state.get("frame_ref"),
        Modality.AUDIO: state.get("clip_ref"),
        Modality.TEXT: state["text"].strip() or state.get("clip_ref"),
    }
    return [modality for modality, there in evidence.items() if there]
