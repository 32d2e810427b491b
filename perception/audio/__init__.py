"""The audio sense: emotion from how something is said."""

from perception.audio.baseline import SpeakerBaseline, VoiceMeasures
from perception.audio.embedded import EmbeddedAudio, acrnn_audio
from perception.audio.stream import AudioStream, VoiceUpdate

__all__ = ["AudioStream", "EmbeddedAudio", "SpeakerBaseline", "VoiceMeasures", "VoiceUpdate", "acrnn_audio"]
