"""Tools on words, typed or transcribed."""

# annotations stay objects here: LangChain reads them at every call, and would compile strings each time

from typing import Any

from langchain_core.tools import tool
from langgraph.types import Command

from agent.tools import results
from agent.tools.results import Runtime, observe
from perception import Modality, Utterance, speech


@tool
async def perceive_text(text: str, runtime: Runtime, lang: str | None = None) -> Command[Any]:
    """Feel the words a person typed or said.

    Args:
        text: The words.
        runtime: Injected.
        lang: ISO 639-1 code where known.
    """
    evidence = Utterance(text=text, lang=lang, context=tuple(said for said, _ in runtime.context.exchanges))
    return await observe(runtime, "perceive_text", Modality.TEXT, evidence)


@tool
async def measure_fluency(text: str, lang: str, runtime: Runtime) -> Command[Any]:
    """Measure how fluently the words came: speed, pauses, filler words.

    Args:
        text: The words.
        lang: ISO 639-1 code of their language.
        runtime: Injected.
    """
    fluency = speech.measure_fluency(text, lang=lang, transcript=runtime.state.get("transcript"))
    return results.result(runtime, "measure_fluency", fluency.as_dict(), {"fluency": fluency})
