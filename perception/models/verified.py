"""Hashing a file once: what was found is kept beside the models, with the size and time it was found at."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from perception.models.manifest import ModelEntry, ModelFile


def sha256_of(path: Path) -> str:
    """Hexadecimal sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class VerifiedFiles:
    """Remembers the hashes of one model's files, since hashing a gigabyte takes seconds."""

    def __init__(self, record: Path) -> None:
        self._record = record

    def wrong(self, entry: ModelEntry, folder: Path, *, afresh: bool = False) -> tuple[str, ...]:
        """Paths of the files that are not what the manifest says; empty when all are right.

        Args:
            entry: the model.
            folder: where its files are.
            afresh: hash every file, whatever is remembered.
        """
        remembered = self._read()
        known = {} if afresh else remembered
        stamps = {file.path: self._stamp(folder / file.path, file, known.get(file.path)) for file in entry.files}
        right = {path: stamp for path, stamp in stamps.items() if stamp is not None}
        # a file found wrong is forgotten, or its old stamp would vouch for it the next time
        if right != remembered:
            self._write(right)
        return tuple(path for path in stamps if path not in right)

    def _stamp(self, path: Path, file: ModelFile, known: Any) -> dict[str, Any] | None:
        if not path.is_file() or path.stat().st_size != file.size:
            return None
        stamp = {"size": file.size, "mtime_ns": path.stat().st_mtime_ns, "sha256": file.sha256}
        return stamp if known == stamp or sha256_of(path) == file.sha256 else None

    def _read(self) -> dict[str, Any]:
        try:
            read = json.loads(self._record.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return read if isinstance(read, dict) else {}

    def _write(self, stamps: Mapping[str, Any]) -> None:
        fresh = self._record.with_suffix(".new")
        try:
            self._record.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_text(json.dumps(stamps), encoding="utf-8")
            fresh.replace(self._record)
        except OSError:
            return  # a cache that cannot be written to is hashed each time
