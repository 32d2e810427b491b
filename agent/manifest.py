"""Rows of a JSON-lines manifest through the senses, each as a person's turn would go."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from agent.errors import RowInvalid
from agent.perceiving import Perceived, perceive
from agent.senses import Senses
from perception import AudioClip, MediaError, PerceptionError
from perception.media import read_audio, read_image

log = logging.getLogger(__name__)

T = TypeVar("T")

AT_ONCE: Final = 4
"""Rows under way together: enough to keep two cores busy while the results stay in order."""

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Row(BaseModel):
    """One line of a manifest. Columns it does not know pass through, as `model_extra`."""

    model_config = ConfigDict(extra="allow", frozen=True, use_attribute_docstrings=True)

    id: str | int
    """Of the row; for whoever wrote the manifest."""
    text: str | None = None
    """Words."""
    context: Sequence[str] = ()
    """Earlier turns of the dialogue, oldest first."""
    audio: str | None = None
    """Path of a recording, relative to the manifest."""
    start: Seconds | None = None
    """Where the part of the recording begins that is meant."""
    end: Seconds | None = None
    """Where it ends; the end of the recording when None."""
    image: str | None = None
    """Path of a picture, relative to the manifest."""
    crop: bool = False
    """The picture is a face crop already."""
    lang: str | None = None
    """ISO 639-1 code of the words where known."""
    transcribe: bool = False
    """Write down what is said in the recording, and feel those words where there is no text."""

    @model_validator(mode="after")
    def _has_length(self) -> Self:
        if self.end is not None and self.end <= (self.start or 0.0):
            raise ValueError(f"the part of the recording ends at {self.end:g} s, before it begins")
        return self

    @property
    def has_evidence(self) -> bool:
        """Whether there is anything to perceive."""
        return self.text is not None or bool(self.audio) or bool(self.image)


@dataclass(frozen=True, kw_only=True, slots=True)
class PerceivedRow:
    """What came of one row."""

    perceived: Perceived
    """What the senses say of the evidence that could be read."""
    problems: tuple[str, ...]
    """What is wrong with the rest; empty when all could be read."""
    seconds: float | None
    """Length of the recording; None without one."""


def numbered_lines(lines: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank, counted from 1, without the mark that some editors put before the first."""
    for number, line in enumerate(lines, start=1):
        kept = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
        if kept.strip():
            yield number, kept


def parse_line(line: bytes) -> Any:
    """The JSON value of a line.

    Raises:
        RowInvalid: it is not UTF-8 or not JSON.
    """
    try:
        return json.loads(line.decode("utf-8"), parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise RowInvalid(f"not UTF-8 (byte {error.start + 1})") from error
    except json.JSONDecodeError as error:
        raise RowInvalid(f"not JSON ({error.msg} at column {error.colno})") from error
    except (ValueError, RecursionError) as error:
        # JSON by its grammar, but with a number or a nesting that cannot be meant
        raise RowInvalid(f"not JSON that can be read ({str(error).partition(';')[0]})") from error


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value")


def read_row(data: Any, defaults: Mapping[str, Any] | None = None) -> Row:
    """The row a JSON value describes.

    Args:
        data: Of one line.
        defaults: Fields of rows that do not say otherwise, such as `lang`.

    Raises:
        RowInvalid: a field is not what it should be, or there is nothing to perceive.
    """
    _check_text(data)
    try:
        row = Row.model_validate({**(defaults or {}), **data} if isinstance(data, dict) else data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "row"
        raise RowInvalid(f"{where}: {first['msg'].lower()}") from error
    if not row.has_evidence:
        raise RowInvalid("the row has none of text, audio and image")
    return row


def _check_text(data: object) -> None:
    """Escapes can spell halves of characters, which no file and no model can hold."""
    try:
        json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise RowInvalid(f"no text: half a character ({error.object[error.start]!r}) in a string") from error


async def perceive_row(senses: Senses, row: Row, root: Path) -> PerceivedRow:
    """Read what a row names, and ask every sense that has evidence. A file that cannot be read costs that file only.

    Args:
        senses: The perceivers.
        row: What to perceive.
        root: Folder that the paths of the row are relative to.
    """
    problems: list[str] = []
    frame = await _read(problems, read_image, root, row.image, crop=row.crop)
    clip: AudioClip | None = await _read(problems, read_audio, root, row.audio, start=row.start, end=row.end)
    perceived = await perceive(
        senses,
        text=row.text,
        frame=frame,
        clip=clip,
        lang=row.lang,
        context=row.context,
        transcribe=row.transcribe,
    )
    return PerceivedRow(perceived=perceived, problems=tuple(problems), seconds=clip.seconds if clip else None)


async def _read(problems: list[str], read: Callable[..., T], root: Path, name: str | None, **options: Any) -> T | None:
    """A decoded file of a row; None where the row has none, or where it cannot be read."""
    if not name:
        return None
    try:
        return await asyncio.to_thread(read, root / name, **options)
    except MediaError as error:
        problems.append(str(error))
        return None


async def in_order(jobs: Iterable[Coroutine[Any, Any, T]], at_once: int = AT_ONCE) -> AsyncGenerator[T, None]:
    """Results in the order of the jobs, with a bounded number of them under way; leaving early cancels those."""
    waiting: deque[asyncio.Task[T]] = deque()
    try:
        for job in jobs:
            waiting.append(asyncio.create_task(job))
            if len(waiting) >= at_once:
                yield await waiting[0]
                waiting.popleft()
        while waiting:
            yield await waiting[0]
            waiting.popleft()
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


def why_bad(error: Exception) -> str:
    """Why a row is bad, for whoever wrote it; what nobody expected goes to the log too."""
    if isinstance(error, (RowInvalid, PerceptionError)):
        return str(error)
    log.error("a row failed unexpectedly", exc_info=error)
    return f"{type(error).__name__}: {error}"
