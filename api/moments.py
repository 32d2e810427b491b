"""Moments as a person types them: an age such as `90d`, a day, or a day with a time."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from api.errors import InputInvalid

_AGE: Final = re.compile(r"(\d{1,6})\s*([hdw])", re.IGNORECASE)
_UNITS: Final = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def moment_of(text: str, option: str, *, now: datetime | None = None) -> datetime:
    """A moment in UTC.

    Args:
        text: `90d`, `12h` or `2w` ago; or `2026-03-01`, `2026-03-01T18:30`, in the local time unless a zone is given.
        option: What it was given for, named in the error.
        now: The moment to count back from; this one when None.

    Raises:
        InputInvalid: it is none of these, or before the first year.
    """
    try:
        if age := _AGE.fullmatch(text.strip()):
            return (now or datetime.now(UTC)) - int(age[1]) * _UNITS[age[2].lower()]
        return datetime.fromisoformat(text.strip()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InputInvalid(
            f"{option}={text!r} is no time; write an age such as 90d, 12h or 2w, or a day such as 2026-03-01"
        ) from error
