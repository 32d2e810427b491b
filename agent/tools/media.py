"""Tools on raw media, which they take by reference."""

# annotations stay objects here: LangChain reads them at every call, and would compile strings each time

from typing import Any

from langchain_core.tools import tool
from langgraph.types import Command

from agent.tools.results import Runtime, observe, transcribed
from perception import Modality


@tool
async def perceive_vision(frame: str, runtime: Runtime) -> Command[Any]:
    """Look at the face in a picture of this turn.

    Args:
        frame: Reference of the picture.
        runtime: Injected.
    """
    evidence = runtime.context.media.frames[frame]
    return await observe(runtime, "perceive_vision", Modality.VISION, evidence)


@tool
async def perceive_audio(clip: str, runtime: Runtime) -> Command[Any]:
    """Listen to how something was said in a recording of this turn.

    Args:
        clip: Reference of the recording.
        runtime: Injected.
    """
    evidence = runtime.context.media.clips[clip]
    return await observe(runtime, "perceive_audio", Modality.AUDIO, evidence)


@tool
async def transcribe_speech(clip: str, runtime: Runtime) -> Command[Any]:
    """Write down what was said in a recording of this turn.

    Args:
        clip: Reference of the recording.
        runtime: Injected.
    """
    # the language is not told: the one to answer in need not be the one that is spoken
    heard = await runtime.context.senses.hear(runtime.context.media.clips[clip])
    return transcribed(runtime, "transcribe_speech", heard)
