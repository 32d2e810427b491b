"""Affect memory in SQLite: record, read, export, prune. Rows are values of `perception`."""

from memory.errors import (
    DatabaseTooNew,
    DatabaseUnusable,
    MemoryStoreError,
    SessionAmbiguous,
    SessionExists,
    SessionUnknown,
    TurnElsewhere,
    TurnUnknown,
)
from memory.points import Pruned, TimelineBucket, TimelinePoint
from memory.records import CorrectionRecord, OfferRecord, Past, SessionRecord, TurnRecord
from memory.resumptions import Resumption, Resumptions
from memory.store import AffectMemory

__all__ = [
    "AffectMemory",
    "CorrectionRecord",
    "DatabaseTooNew",
    "DatabaseUnusable",
    "MemoryStoreError",
    "OfferRecord",
    "Past",
    "Pruned",
    "Resumption",
    "Resumptions",
    "SessionAmbiguous",
    "SessionExists",
    "SessionRecord",
    "SessionUnknown",
    "TimelineBucket",
    "TimelinePoint",
    "TurnElsewhere",
    "TurnRecord",
    "TurnUnknown",
]
