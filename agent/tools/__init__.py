"""Perception as tools: the machine calls them as planned, and a capable chat model may be given them too."""

from agent.tools.fuse import fuse_emotions
from agent.tools.media import perceive_audio, perceive_vision, transcribe_speech
from agent.tools.recall import recall_affect
from agent.tools.words import measure_fluency, perceive_text

RAW_TOOLS = (perceive_vision, perceive_audio, transcribe_speech)
WORD_TOOLS = (perceive_text, measure_fluency)
FUSION_TOOLS = (fuse_emotions,)

__all__ = [
    "FUSION_TOOLS",
    "RAW_TOOLS",
    "WORD_TOOLS",
    "fuse_emotions",
    "measure_fluency",
    "perceive_audio",
    "perceive_text",
    "perceive_vision",
    "recall_affect",
    "transcribe_speech",
]
