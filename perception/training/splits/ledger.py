"""The book of who looked at a test split, and when: once a release, so that no model is chosen by it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, ClassVar

from pydantic import TypeAdapter, ValidationError

from perception.training.errors import LedgerDamaged, TestTouched


@dataclass(frozen=True, kw_only=True, slots=True)
class Touch:
    """One measurement on a test split."""

    at: datetime
    """When, in UTC."""
    release: str
    """The release it was for: `0.1.0`."""
    splits: str
    """Digest of the splits."""
    model: str
    """Name of the model."""
    sha256: str
    """Hex digest of its weights."""
    run: str
    """Which run made them."""
    time: int = 1
    """The how manieth touch of these splits for this release."""
    reason: str = ""
    """Why again, when it is not the first."""

    def sentence(self) -> str:
        """What a model card says of it."""
        which = "first time" if self.time == 1 else f"time {self.time}, because: {self.reason}"
        return f"test touched for release {self.release} on {self.at:%Y-%m-%d} by run {self.run} ({which})"


@dataclass(frozen=True)
class TestLedger:
    """A JSONL file to which a line is added for each touch. Lines are never changed.

    It knows splits by their digest: splits that differ in a row are others. It keeps an honest team honest, no more.
    """

    # pytest takes what is called Test... for a test
    __test__: ClassVar[bool] = False

    path: Path
    """Where; it and its folder are made at the first touch."""

    def touches(self) -> tuple[Touch, ...]:
        """All touches, oldest first.

        Raises:
            LedgerDamaged: a line cannot be read.
        """
        return self._parse(self.path.read_bytes()) if self.path.exists() else ()

    def touch(self, *, release: str, splits: str, model: str, sha256: str, run: str, reason: str = "") -> Touch:
        """Record that a test split is about to be measured on; call it before the measurement.

        Args:
            release: which release the figure is for.
            splits: digest of the splits.
            model: its name.
            sha256: digest of its weights.
            run: which run made it.
            reason: why the split is touched again; needed from the second time on.

        Raises:
            TestTouched: it was touched for this release, and there is no reason.
            LedgerDamaged: a line cannot be read, so that nobody knows; nothing is added.
        """
        with self._locked() as file:
            before = [t for t in self._parse(file.read()) if (t.release, t.splits) == (release, splits)]
            if before and not reason.strip():
                raise TestTouched(_refusal(before))
            touch = Touch(
                at=datetime.now(UTC).replace(microsecond=0),
                release=release,
                splits=splits,
                model=model,
                sha256=sha256,
                run=run,
                time=len(before) + 1,
                reason=reason.strip(),
            )
            _append(file, touch)
            return touch

    @contextmanager
    def _locked(self) -> Iterator[BinaryIO]:
        """The file open for appending; what is read and written until it is closed, no other writer comes between."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a+b", buffering=0) as file:
            try:
                import fcntl
            except ImportError:  # Windows: two processes are not kept apart there
                pass
            else:
                fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            yield file

    def _parse(self, data: bytes) -> tuple[Touch, ...]:
        lines = data.split(b"\n")
        if lines.pop():
            raise LedgerDamaged(self._damage(len(lines) + 1, "it was cut off while being written"))
        return tuple(self._line(number, line) for number, line in enumerate(lines, start=1))

    def _line(self, number: int, line: bytes) -> Touch:
        try:
            return _TOUCH.validate_json(line)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            raise LedgerDamaged(self._damage(number, f"{where + ': ' if where else ''}{first['msg']}")) from error

    def _damage(self, number: int, why: str) -> str:
        return (
            f"{str(self.path)!r}, line {number}: not a touch ({why}); nobody can tell what it recorded. Bring the line "
            "back from version control or a copy, or delete it if you know what it said"
        )


_TOUCH: TypeAdapter[Touch] = TypeAdapter(Touch)


def _refusal(before: Sequence[Touch]) -> str:
    return (
        f"{before[-1].sentence()}, with model {before[-1].model!r}; a test split is looked at once a release. "
        "Measure on dev, or give a reason, which is recorded and printed beside the figures"
    )


def _append(file: BinaryIO, touch: Touch) -> None:
    """One write, on the disk before the measurement begins."""
    record = asdict(touch) | {"at": touch.at.isoformat()}
    os.write(file.fileno(), (json.dumps(record, ensure_ascii=False) + "\n").encode())
    os.fsync(file.fileno())
