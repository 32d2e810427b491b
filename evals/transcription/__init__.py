"""Transcription measured: word error rate against what was said, by corpus, with intervals."""

from evals.transcription.evaluation import evaluate_transcription
from evals.transcription.normalise import normalise
from evals.transcription.report import summary_lines, write_transcription
from evals.transcription.values import Part, Spoken, TranscriptionEvaluation, Written

__all__ = [
    "Part",
    "Spoken",
    "TranscriptionEvaluation",
    "Written",
    "evaluate_transcription",
    "normalise",
    "summary_lines",
    "write_transcription",
]
