"""Results of benches as they are read from files; what is not needed to compare them is ignored."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evals.errors import ResultUnreadable


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Costs(_Part):
    """What cases and cold cases have in common."""

    ratio_to_yardstick: float = Field(gt=0)
    ratio_low: float = Field(gt=0)
    ratio_high: float = Field(gt=0)
    cpu_ratio_to_yardstick: float = Field(ge=0)
    cpu_ratio_low: float = Field(ge=0)
    cpu_ratio_high: float = Field(ge=0)


class CaseRead(Costs):
    """A warm case."""

    unit: str
    median: float
    judged: bool | None = None
    outcome: str | None = None


class ColdRead(Costs):
    """A cold case."""

    total_ms: float
    peak_memory_mb: float | None = None


class YardstickRead(_Part):
    """The part of the yardstick's figures that says how busy the machine was."""

    median_ms: float
    waited: float


class ResultRead(_Part):
    """A result."""

    bench: str
    machine: Mapping[str, Any]
    yardstick: YardstickRead
    cases: Mapping[str, CaseRead]
    cold: Mapping[str, ColdRead] = {}


def read_result(path: Path) -> ResultRead:
    """Read what `attune bench ... --out FILE` wrote.

    Raises:
        ResultUnreadable: it cannot be opened, or is no such file.
    """
    how = "write one with: attune bench text --out FILE"
    try:
        return ResultRead.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ResultUnreadable(f"cannot read {str(path)!r} ({error.strerror}); check its path") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the whole"
        raise ResultUnreadable(f"{str(path)!r} is no result of a bench ({where}: {first['msg']}); {how}") from error
    except ValueError as error:
        raise ResultUnreadable(f"{str(path)!r} is not JSON ({error}); {how}") from error
