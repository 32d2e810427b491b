"""Listening to words: what was said, and how fluently."""

from perception.speech.fluency import measure_fluency
from perception.speech.transcribe import WhisperTranscriber
from perception.speech.values import Fluency, Transcript, Word

__all__ = ["Fluency", "Transcript", "WhisperTranscriber", "Word", "measure_fluency"]
