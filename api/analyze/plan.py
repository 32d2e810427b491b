"""What to analyse, and whether that can be done at all."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from api.analyze.values import COLUMNS, OWN_COLUMNS, Columns
from api.errors import InputInvalid

Kind = Literal["csv", "tsv", "jsonl", "parquet"]
KINDS: Final[tuple[Kind, ...]] = ("csv", "tsv", "jsonl", "parquet")
ENDINGS: Final[Mapping[str, Kind]] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
}
ENCODINGS: Final = ("utf-8", "gb18030")
"""Of which no character holds the byte of a line break but itself, so that lines can be told before decoding."""
_OPEN: Final = "attune analyze reads and writes .csv, .tsv, .jsonl (each also with .gz) and .parquet"


@dataclass(frozen=True, kw_only=True, slots=True)
class AnalyzePlan:
    """What to analyse, and how."""

    source: Path
    """The input."""
    out: Path
    """The output; its ending says its format."""
    columns: Columns
    """Which mean what."""
    report: Path | None = None
    """Folder of the report, if one is wanted."""
    lang: str | None = None
    """Language of the words, `en` or `zh`; told from each row when None."""
    kind: Kind | None = None
    """Format of the input; that of its ending when None."""
    encoding: str = "utf-8"
    """Of the input; the output is UTF-8."""
    batch_size: int = 256
    """Rows scored and made safe at a time."""
    model: Path | None = None
    """Of labels of the user's own, which add columns, if one is wanted."""
    fresh: bool = False
    """Start again, whatever is there."""
    ui_lang: str = "en"
    """Of the report."""

    @property
    def added(self) -> tuple[str, ...]:
        """The columns that are added, in order."""
        return COLUMNS if self.model is None else (*COLUMNS, *OWN_COLUMNS)

    @property
    def source_kind(self) -> Kind:
        """Format of the input.

        Raises:
            InputInvalid: neither the ending nor the plan tells.
        """
        return self.kind or kind_of(self.source, "give --format")

    @property
    def out_kind(self) -> Kind:
        """Format of the output.

        Raises:
            InputInvalid: its ending does not tell.
        """
        return kind_of(self.out, "name the output so")

    def settings(self) -> dict[str, Any]:
        """What the rows of the output depend on, by the name a person knows it by."""
        return {
            **dict.fromkeys(("--text-column", "--label-column", "--group-column", "--time-column")),
            **self.columns.named(),
            "--lang": self.lang or "auto",
            "--format": self.source_kind,
            "--encoding": self.encoding,
            "--batch-size": self.batch_size,
        }


def kind_of(path: Path, remedy: str) -> Kind:
    """The format that a name tells.

    Raises:
        InputInvalid: it tells none.
    """
    found = ENDINGS.get(_bare(path).suffix.lower())
    if found is None:
        raise InputInvalid(f"the ending of {path.name!r} tells no format; {_OPEN}: {remedy}")
    return found


def zipped(path: Path) -> bool:
    """Whether a name says that the file is compressed by gzip."""
    return path.suffix.lower() == ".gz"


def _bare(path: Path) -> Path:
    return path.with_suffix("") if zipped(path) else path


def check_plan(plan: AnalyzePlan) -> None:
    """Whether everything can begin; asked before anything is made.

    Raises:
        InputInvalid: it cannot; the message says why, and what to do.
    """
    _check_choices(plan)
    _check_source(plan.source)
    _check_out(plan)
    if plan.report is not None:
        _check_writable(plan.report, "--report")
    if "parquet" in (plan.source_kind, plan.out_kind):
        require_pyarrow()


def _check_choices(plan: AnalyzePlan) -> None:
    if plan.lang not in (None, "en", "zh"):
        raise InputInvalid(f"--lang {plan.lang!r} is no language of the text sense; write auto, en or zh")
    if plan.kind not in (None, *KINDS):
        raise InputInvalid(f"--format {plan.kind!r} is no format; write one of {', '.join(KINDS)}")
    if plan.encoding not in ENCODINGS:
        raise InputInvalid(f"--encoding {plan.encoding!r} is not read here; write one of {', '.join(ENCODINGS)}")
    for kind, path in ((plan.source_kind, plan.source), (plan.out_kind, plan.out)):
        if kind == "parquet" and zipped(path):
            raise InputInvalid(f"{path.name!r}: Parquet is compressed by itself; leave the .gz out")


def _check_source(source: Path) -> None:
    if source.is_dir():
        raise InputInvalid(f"the input {str(source)!r} is a folder; name a file in it")
    try:
        with source.open("rb"):
            pass
    except (OSError, ValueError) as error:
        raise InputInvalid(f"cannot read the input {str(source)!r}: {_why(error)}; check the path") from error
    if not source.is_file():
        raise InputInvalid(
            f"the input {str(source)!r} is no plain file; save it first, since going on after a stop reads it again"
        )


def _check_out(plan: AnalyzePlan) -> None:
    out = plan.out
    if out.resolve() == plan.source.resolve() or (out.exists() and out.samefile(plan.source)):
        raise InputInvalid(f"--out {str(out)!r} is the input itself, which is never changed; choose another name")
    if out.is_dir():
        raise InputInvalid(f"--out {str(out)!r} is a folder; name a file in it")
    _check_writable(out.absolute().parent, "--out", must_exist=True)


def _check_writable(folder: Path, option: str, *, must_exist: bool = False) -> None:
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    if must_exist and there != folder.absolute():
        raise InputInvalid(f"there is no folder {str(folder)!r} for {option}; make it, or choose another")
    if not (there.is_dir() and os.access(there, os.W_OK | os.X_OK)):
        raise InputInvalid(f"cannot write to {str(there)!r}; choose another {option}")


def require_pyarrow() -> None:
    """Whether Parquet can be read and written.

    Raises:
        InputInvalid: pyarrow is not installed.
    """
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError as error:
        raise InputInvalid("Parquet needs pyarrow; install it with: pip install 'attune-agent[analyze]'") from error


def _why(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
