"""The text sense: the emotion of typed or transcribed words, in English and Chinese."""

from perception.text.language import detect_language
from perception.text.occlusion import Explanation, WordShare
from perception.text.perceiver import EmbeddedText
from perception.text.sentiment import Polarity, Sentiment
from perception.text.translation import Translator

__all__ = [
    "EmbeddedText",
    "Explanation",
    "Polarity",
    "Sentiment",
    "Translator",
    "WordShare",
    "detect_language",
]
