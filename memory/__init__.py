"""Affect memory in SQLite: record, read, export, prune. Rows are values of `perception`."""

from memory.errors import (
    DatabaseTooNew,
    DatabaseUnusable,
    MemoryStoreError,
    SessionAmbiguous,
    SessionExists,
    SessionUnknown,
    TurnElsewhere,
)
from memory.points import Pruned, TimelineBucket, TimelinePoint
from memory.records import Past, SessionRecord, TurnRecord
from memory.resumptions import Resumption, Resumptions
from memory.store import AffectMemory

__all__ = [
    "AffectMemory",
    "DatabaseTooNew",
    "DatabaseUnusable",
    "MemoryStoreError",
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
]
