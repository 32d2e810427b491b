"""What every source asks of a row, and of its columns."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, Final

from api.analyze.plan import AnalyzePlan
from api.analyze.values import BROKEN, EMPTY, Fault
from api.errors import InputInvalid

LONGEST_TEXT: Final = 1 << 20
"""Characters of a text; what is longer is no text but a fault."""

Felt = tuple[str | None, str | None, tuple[Fault, ...]]
"""The words, or the status for want of them, and what is wrong."""


def felt_text(value: Any, *, missing: bool = False) -> Felt:
    """The words in a cell that can be felt.

    Args:
        value: what the cell holds.
        missing: whether the row has no such cell.
    """
    if missing:
        return _not(EMPTY, "missing_text")
    if value is None:
        return _not(EMPTY, "null_text")
    if not isinstance(value, str):
        return _not(BROKEN, "not_text", f"a {type(value).__name__}")
    if not value or value.isspace():
        return _not(EMPTY, "empty_text")
    if len(value) > LONGEST_TEXT:
        return _not(BROKEN, "over_long", f"{len(value):,} characters")
    if "\0" in value:
        return _not(BROKEN, "nul_byte", "in the text")
    if not value.isascii() and not _encodable(value):
        return _not(BROKEN, "invalid_utf8", "in the text")
    return value, None, ()


def _not(status: str, cause: str, detail: str = "") -> Felt:
    return None, status, (Fault(cause=cause, detail=detail),)


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def distinct(*faults: Fault) -> tuple[Fault, ...]:
    """Each cause once, as it was last found."""
    return tuple({fault.cause: fault for fault in faults}.values())


def check_columns(plan: AnalyzePlan, names: Sequence[str], *, what: str = "columns", hint: str = "") -> None:
    """Whether the input has the columns that were named, once each, and none that will be added.

    Args:
        plan: names the columns.
        names: those there are.
        what: what they are called in such a file.
        hint: what may be wrong with them.

    Raises:
        InputInvalid: it has not.
    """
    for option, name in plan.columns.named().items():
        if name not in names:
            raise InputInvalid(_missing(plan, option, name, names, what) + hint)
        if names.count(name) > 1:
            raise InputInvalid(
                f"{option} {name!r} is the name of {names.count(name)} columns; give them different names"
            )
    ours = [name for name in names if name in plan.added]
    if ours:
        raise InputInvalid(
            f"the input has a column {ours[0]!r} already, as outputs of attune analyze have; "
            "take the original, or rename it"
        )
    twice = next((name for name in names if names.count(name) > 1), None) if plan.out_kind in _BY_NAME else None
    if twice is not None:
        raise InputInvalid(f"{twice!r} is the name of several columns, which {plan.out_kind} cannot hold; rename them")


_BY_NAME: Final = ("jsonl", "parquet")
_SHOWN: Final = 40


def _missing(plan: AnalyzePlan, option: str, name: str, names: Sequence[str], what: str) -> str:
    close = get_close_matches(name, names, 1)
    listed = ", ".join(repr(each) for each in names[:_SHOWN]) or "none"
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    guess = f"; did you mean {close[0]!r}?" if close else ""
    return f"{option} {name!r} is not in {plan.source.name!r}, whose {what} are {listed}{more}{guess}"


def sound(text: str) -> str:
    """A text that any encoder takes: what is no character is shown by a replacement character."""
    return text if text.isascii() else text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def plural(n: int, noun: str) -> str:
    """A count with its noun."""
    return f"{n:,} {noun}" + ("" if n == 1 else "s")


def shown_value(value: Any) -> str | None:
    """A label, group or time as text; None where there is none."""
    import json

    if value is None or isinstance(value, str):
        return value
    if isinstance(value, (bool, int, float, list, dict)):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
