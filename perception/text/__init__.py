"""The text sense: the emotion of typed or transcribed words, in English and Chinese."""

from perception.text.language import detect_language
from perception.text.perceiver import EmbeddedText

__all__ = ["EmbeddedText", "detect_language"]
