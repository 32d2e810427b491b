"""When a row was said, as people write it down."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Final, Literal

Grain = Literal["day", "week", "month", "year"]
GRAINS: Final[tuple[Grain, ...]] = ("day", "week", "month", "year")

_YEAR_FIRST: Final = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?!\d)")
_EPOCH: Final = re.compile(r"\d{9,10}(?:\.\d+)?|\d{12,13}")
_X: Final = "%a %b %d %H:%M:%S %z %Y"
_LONGEST: Final = 64


def day_of(text: str) -> date | None:
    """The day a time is on, by the clock it was written with.

    Read are a date that begins with the year (`2026-05-01`, with a time or without, `2026/5/1`, `2026年5月1日`), mail's
    and X's form, and seconds or milliseconds since 1970 in UTC. Where day and month could be either, as in 03/04/2026,
    nothing is read.
    """
    text = text.strip()[:_LONGEST]
    if found := _YEAR_FIRST.match(text):
        year, month, day = (int(part) for part in found.groups())
        try:
            return date(year, month, day)
        except ValueError:
            return None
    if _EPOCH.fullmatch(text):
        number = float(text)
        return datetime.fromtimestamp(number / 1000 if number >= 1e11 else number, UTC).date()
    return _in_words(text)


def _in_words(text: str) -> date | None:
    readers: tuple[Callable[[str], datetime], ...] = (lambda text: datetime.strptime(text, _X), parsedate_to_datetime)
    for read in readers:
        try:
            return read(text).date()
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    compact = re.match(r"\d{8}(?=T|$)", text)
    try:
        return datetime.strptime(compact[0], "%Y%m%d").date() if compact else None
    except ValueError:
        return None


def bucket(day: str, grain: Grain) -> str:
    """The bucket a day is in, by its first day.

    Args:
        day: ISO date, or the bucket of a finer grain; a month takes a week by its Monday.
        grain: how wide it is.
    """
    if grain == "day":
        return day
    if grain == "week":
        found = date.fromisoformat(day)
        monday = found.toordinal() - found.weekday()
        return date.fromordinal(max(1, monday)).isoformat()
    return day[:8] + "01" if grain == "month" else day[:5] + "01-01"
