"""`attune perceive --batch`: a manifest of rows in, a JSON line per row out, in order."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError

from api.errors import InputInvalid
from api.senses import PATIENCE, make_senses, read_audio, read_image
from api.settings import load_settings

if TYPE_CHECKING:
    from agent.senses import Senses

AT_ONCE: Final = 4
"""Rows under way together: enough to keep two cores busy while the lines stay in order."""


class Row(BaseModel):
    """One line of a manifest."""

    model_config = ConfigDict(extra="allow", frozen=True)

    id: str | int
    text: str | None = None
    context: Sequence[str] = ()
    audio: str | None = None
    image: str | None = None
    crop: bool = False
    lang: str | None = None
    transcribe: bool = False


def perceive_batch(manifest: Path, *, out: Path | None) -> None:
    """Perceive every row. A bad row gets a line with `error` and stops nothing.

    Raises:
        InputInvalid: the manifest cannot be read, or the output cannot be written.
    """
    try:
        lines = manifest.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputInvalid(f"cannot read the manifest {str(manifest)!r}: {error}; it must be a UTF-8 file") from error
    numbered = [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    try:
        target = out.open("w", encoding="utf-8") if out else nullcontext(sys.stdout)
    except OSError as error:
        raise InputInvalid(f"cannot write {str(out)!r} ({error.strerror}); choose another --out") from error
    with target as stream:
        asyncio.run(_perceive_all(numbered, manifest.parent, stream))


async def _perceive_all(lines: Sequence[tuple[int, str]], root: Path, stream: IO[str]) -> None:
    senses = make_senses(load_settings(), timeout=PATIENCE)
    try:
        results = _in_order((_perceive_line(senses, number, line, root) for number, line in lines), AT_ONCE)
        with _progress(len(lines)) as advance:
            async for result in results:
                stream.write(json.dumps(result, ensure_ascii=False) + "\n")
                stream.flush()
                advance()
    finally:
        senses.close()


async def _in_order(jobs: Iterable[Any], at_once: int) -> AsyncIterator[dict[str, Any]]:
    """Results in the order of the jobs, with a bounded number of them under way."""
    waiting: list[asyncio.Task[dict[str, Any]]] = []
    for job in jobs:
        waiting.append(asyncio.ensure_future(job))
        if len(waiting) >= at_once:
            yield await waiting.pop(0)
    for task in waiting:
        yield await task


async def _perceive_line(senses: Senses, number: int, line: str, root: Path) -> dict[str, Any]:
    from perception import PerceptionError

    row_id: object = None
    try:
        data = json.loads(line)
        row_id = data.get("id") if isinstance(data, dict) else None
        return {"id": row_id, **await _perceive_row(senses, Row.model_validate(data), root)}
    except json.JSONDecodeError as error:
        reason = f"not JSON ({error.msg} at column {error.colno})"
    except ValidationError as error:
        first = error.errors()[0]
        reason = f"{'.'.join(map(str, first['loc'])) or 'row'}: {first['msg'].lower()}"
    except (PerceptionError, InputInvalid) as error:
        reason = str(error)
    return {"id": row_id, "error": f"line {number}: {reason}", "observations": {}, "affect": None}


async def _perceive_row(senses: Senses, row: Row, root: Path) -> dict[str, Any]:
    from agent.perceiving import perceive

    if row.text is None and row.audio is None and row.image is None:
        raise InputInvalid("the row has none of text, audio and image")
    frame = await asyncio.to_thread(read_image, root / row.image, crop=row.crop) if row.image else None
    clip = await asyncio.to_thread(read_audio, root / row.audio) if row.audio else None
    perceived = await perceive(
        senses,
        text=row.text,
        frame=frame,
        clip=clip,
        lang=row.lang,
        context=row.context,
        transcribe=row.transcribe,
    )
    return perceived.as_dict()


def _progress(total: int) -> Any:
    """A bar on standard error for a person; nothing for a program."""
    from contextlib import contextmanager

    @contextmanager
    def shown() -> Iterator[Any]:
        if not sys.stderr.isatty():
            yield lambda: None
            return
        from rich.console import Console
        from rich.progress import Progress

        with Progress(console=Console(stderr=True)) as progress:
            task = progress.add_task("perceiving", total=total)
            yield lambda: progress.advance(task)

    return shown()
