"""What travels from reading to writing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from perception import EMOTIONS, Observation
from perception.text import Sentiment

if TYPE_CHECKING:
    import pyarrow as pa

PREFIX: Final = "attune_"
COLUMNS: Final = tuple(
    PREFIX + name
    for name in ("status", "emotion", "confidence", "intensity", "sentiment", *(str(emotion) for emotion in EMOTIONS))
)
"""The columns that are added, in order."""
OWN_COLUMNS: Final = tuple(PREFIX + name for name in ("label", "label_confidence", "label_status"))
"""Those that a model of labels of the user's own adds after them."""

BROKEN: Final = "broken"
"""Status of a row that cannot be read; the other statuses are those of the senses."""
EMPTY: Final = "empty"
"""Status of a row without words, as the text sense says it."""
DIGITS: Final = 4
"""Of a figure in the output."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """Something wrong with a row."""

    cause: str
    """Snake case; the key `cause_...` of the texts that explain it."""
    detail: str = ""
    """What was found, in English, with nothing out of the data but names of columns."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """What is looked at of a row."""

    number: int
    """Of the row, from 1, without the header."""
    line: int | None = None
    """Physical line it begins in, from 1; None in Parquet."""
    text: str | None = None
    """The words; None where there are none that can be felt."""
    status: str | None = None
    """`broken` or `empty` where there are none; None where the text sense decides."""
    faults: tuple[Fault, ...] = ()
    """What is wrong with it; a row with faults elsewhere than in its words is felt all the same."""
    raw: str | None = None
    """The beginning of the row as it stood, where the output cannot hold it."""
    label: str | None = None
    """Of the label column; None where it is missing."""
    group: str | None = None
    """Of the group column."""
    time: str | None = None
    """Of the time column."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Position:
    """Where reading goes on: between two rows."""

    rows: int = 0
    """Rows read."""
    offset: int = 0
    """Bytes read of the decompressed input, header included; 0 in Parquet, and at the very beginning."""
    line: int = 0
    """Physical lines read."""

    def as_dict(self) -> dict[str, int]:
        return {"rows": self.rows, "offset": self.offset, "line": self.line}


class Content(Protocol):
    """The original columns of a batch, in the form the source has them, turned into the one the output needs."""

    def cells(self) -> Sequence[Sequence[str]]:
        """As text, a list of columns for each row."""

    def objects(self) -> Sequence[str]:
        """As the text of a JSON object for each row; an empty object where there is none."""

    def arrays(self) -> Sequence[pa.Array]:
        """As Arrow, an array for each column of the source's schema."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """Rows that are read, scored and written together. Where it ends depends on the input and the batch size alone."""

    rows: Sequence[Row]
    """In order."""
    content: Content
    """Their original columns."""
    end: Position
    """Where the next batch begins."""
    part: float
    """Part of the input read with it, in [0, 1]."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What is said of a row."""

    status: str
    """A `perception.Status`, or `broken`."""
    observation: Observation | None = None
    """Of the text sense; None where it was not asked."""
    sentiment: Sentiment | None = None
    """Where there are scores."""
    faults: tuple[Fault, ...] = ()
    """Those of the row, and what the text sense added."""
    own: tuple[Any, ...] = ()
    """In the order of `OWN_COLUMNS`; empty where no model of the user's own was asked."""

    @property
    def answered(self) -> bool:
        """Whether the text sense stands by its scores."""
        return self.status == "ok"

    def values(self) -> tuple[Any, ...]:
        """In the order of the columns added: texts, and figures rounded to 4 digits; None where there are none."""
        scores = self.observation.scores if self.observation else None
        if scores is None or self.sentiment is None:
            return (self.status, *_NOTHING, *self.own)
        return (
            self.status,
            scores.top.value,
            round(scores.confidence, DIGITS),
            round(self.sentiment.intensity, DIGITS),
            self.sentiment.top.value,
            *(round(p, DIGITS) for p in scores.values),
            *self.own,
        )


_NOTHING: Final = (None,) * (len(COLUMNS) - 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Columns:
    """Which columns mean what."""

    text: str
    """The words."""
    label: str | None = None
    """What they should be felt as."""
    group: str | None = None
    """What to compare by."""
    time: str | None = None
    """When they were said."""

    def named(self) -> Mapping[str, str]:
        """The columns given, by option."""
        given = {
            "--text-column": self.text,
            "--label-column": self.label,
            "--group-column": self.group,
            "--time-column": self.time,
        }
        return {option: name for option, name in given.items() if name is not None}
