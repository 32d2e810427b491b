"""Fingerprints of pictures, texts and recordings, by which copies are found."""

from __future__ import annotations

from perception.training.splits.fingerprints.audio import audio_fingerprint
from perception.training.splits.fingerprints.image import image_fingerprint
from perception.training.splits.fingerprints.text import same_words, text_fingerprint
from perception.training.splits.fingerprints.values import (
    AudioFingerprint,
    Fingerprint,
    ImageFingerprint,
    Medium,
    TextFingerprint,
)

__all__ = [
    "AudioFingerprint",
    "Fingerprint",
    "ImageFingerprint",
    "Medium",
    "TextFingerprint",
    "audio_fingerprint",
    "image_fingerprint",
    "same_words",
    "text_fingerprint",
]
