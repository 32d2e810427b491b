"""Listening to words: what was said, and how fluently."""

from perception.speech.fluency import (
    Delivery,
    Filler,
    Fluency,
    Pause,
    Repair,
    hesitation_score,
    measure_delivery,
    measure_fluency,
)
from perception.speech.stream import VoiceEvent, VoiceNews, VoiceStream
from perception.speech.transcribe import WhisperTranscriber
from perception.speech.values import Transcript, Word
from perception.speech.whisper import Whisper

__all__ = [
    "Delivery",
    "Filler",
    "Fluency",
    "Pause",
    "Repair",
    "Transcript",
    "VoiceEvent",
    "VoiceNews",
    "VoiceStream",
    "Whisper",
    "WhisperTranscriber",
    "Word",
    "hesitation_score",
    "measure_delivery",
    "measure_fluency",
]
