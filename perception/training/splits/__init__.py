"""Parts of a corpus that share nothing, and the book of who measured on the last one."""

from __future__ import annotations

from perception.training.splits.duplicates import Twin, find_twins
from perception.training.splits.fingerprints import (
    AudioFingerprint,
    Fingerprint,
    ImageFingerprint,
    TextFingerprint,
    audio_fingerprint,
    image_fingerprint,
    text_fingerprint,
)
from perception.training.splits.items import Item, Unit
from perception.training.splits.leaks import Leak, check_leaks
from perception.training.splits.ledger import TestLedger, Touch
from perception.training.splits.rule import PARTS, Part, SplitRule, grouped_folds
from perception.training.splits.splits import Dropped, Splits, make_splits

__all__ = [
    "PARTS",
    "AudioFingerprint",
    "Dropped",
    "Fingerprint",
    "ImageFingerprint",
    "Item",
    "Leak",
    "Part",
    "SplitRule",
    "Splits",
    "TestLedger",
    "TextFingerprint",
    "Touch",
    "Twin",
    "Unit",
    "audio_fingerprint",
    "check_leaks",
    "find_twins",
    "grouped_folds",
    "image_fingerprint",
    "make_splits",
    "text_fingerprint",
]
