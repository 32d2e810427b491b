"""Affect memory in SQLite: record, read. Rows are values of `perception`."""

from memory.errors import (
    DatabaseTooNew,
    DatabaseUnusable,
    MemoryStoreError,
    SessionAmbiguous,
    SessionExists,
    SessionUnknown,
    TurnElsewhere,
)
from memory.records import Past, SessionRecord, TurnRecord
from memory.store import AffectMemory

__all__ = [
    "AffectMemory",
    "DatabaseTooNew",
    "DatabaseUnusable",
    "MemoryStoreError",
    "Past",
    "SessionAmbiguous",
    "SessionExists",
    "SessionRecord",
    "SessionUnknown",
    "TurnElsewhere",
    "TurnRecord",
]
