"""The audio sense: emotion from how something is said."""

from perception.audio.embedded import EmbeddedAudio

__all__ = ["EmbeddedAudio"]
