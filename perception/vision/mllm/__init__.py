"""A multimodal language model behind an OpenAI-compatible endpoint as a vision backend: `ATTUNE_VISION=mllm`."""

from perception.vision.mllm.perceiver import ASSUMED_CONFIDENCE, MllmVision
from perception.vision.mllm.reply import Reading, Strategy, read_reply

__all__ = ["ASSUMED_CONFIDENCE", "MllmVision", "Reading", "Strategy", "read_reply"]
