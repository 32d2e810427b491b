"""`attune perceive --batch`: a manifest of rows in, a JSON line per row out, in order."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager, nullcontext
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, NoReturn, TextIO, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from api.errors import InputInvalid
from api.senses import PATIENCE, make_senses, read_audio, read_image
from api.settings import load_settings

if TYPE_CHECKING:
    from agent.senses import Senses

log = logging.getLogger(__name__)

T = TypeVar("T")

AT_ONCE: Final = 4
"""Rows under way together: enough to keep two cores busy while the lines stay in order."""


Json = dict[str, Any]


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


def perceive_batch(manifest: Path, *, out: Path | None, defaults: Mapping[str, Any] | None = None) -> None:
    """Perceive every row. A bad row gets a line with `error` and stops nothing; what is good in it is perceived.

    It ends quietly when whoever reads standard output has had enough.

    Args:
        manifest: JSON lines; paths in it are relative to its folder.
        out: file to write; standard output when None.
        defaults: fields of rows that do not say otherwise, such as `lang`.

    Raises:
        InputInvalid: the manifest cannot be read, or the output cannot be written.
        SettingsInvalid: a setting is not what it should be.
    """
    senses = make_senses(load_settings(), timeout=PATIENCE)
    try:
        with _source(manifest) as lines, _target(out, manifest) as stream:
            asyncio.run(_perceive_all(senses, lines, manifest, stream, defaults or {}))
    except BrokenPipeError:
        # what is still buffered goes nowhere, or the interpreter would complain on its way out
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        raise InputInvalid(f"the batch stopped: {error}; check the disk, then run it again") from error
    finally:
        senses.close()


def _source(manifest: Path) -> IO[bytes]:
    try:
        return manifest.open("rb")
    except (OSError, ValueError) as error:
        raise InputInvalid(f"cannot read the manifest {str(manifest)!r}: {error}; check the path") from error


def _target(out: Path | None, manifest: Path) -> Any:
    if out is None:
        return nullcontext(sys.stdout)
    try:
        if out.exists() and out.samefile(manifest):
            raise InputInvalid(f"--out {str(out)!r} is the manifest itself; choose another file")
        return out.open("w", encoding="utf-8", newline="\n")
    except OSError as error:
        raise InputInvalid(f"cannot write {str(out)!r} ({error.strerror}); choose another --out") from error


async def _perceive_all(
    senses: Senses, lines: Iterable[bytes], manifest: Path, stream: TextIO, defaults: Mapping[str, Any]
) -> None:
    jobs = (_perceive_line(senses, number, line, manifest.parent, defaults) for number, line in _numbered(lines))
    async with aclosing(_in_order(jobs, AT_ONCE)) as results:
        with _progress(manifest) as advance:
            async for result in results:
                stream.write(_encodable(result, stream.encoding) + "\n")
                stream.flush()
                advance()


def _numbered(lines: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank, counted from 1, without the mark that some editors put before the first."""
    for number, line in enumerate(lines, start=1):
        kept = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
        if kept.strip():
            yield number, kept


async def _in_order(jobs: Iterable[Coroutine[Any, Any, Json]], at_once: int) -> AsyncGenerator[Json, None]:
    """Results in the order of the jobs, with a bounded number of them under way; leaving early cancels those."""
    waiting: deque[asyncio.Task[Json]] = deque()
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


def _encodable(result: Json, encoding: str | None) -> str:
    """As it is written by people where the encoding can hold that, else with escapes."""
    text = json.dumps(result, ensure_ascii=False)
    try:
        text.encode(encoding or "utf-8")
    except UnicodeEncodeError:
        return json.dumps(result)
    return text


async def _perceive_line(senses: Senses, number: int, line: bytes, root: Path, defaults: Mapping[str, Any]) -> Json:
    row_id: str | int | None = None
    try:
        data = _parse(line)
        if isinstance(data, dict) and isinstance(data.get("id"), (str, int)):
            row_id = data["id"]
        _check_text(data)
        seen, problems = await _perceive_row(senses, Row.model_validate(_filled(data, defaults)), root)
        json.dumps(seen, allow_nan=False)  # a sense of a third party may put anything into its cues
        return {"id": row_id, **({"error": f"line {number}: {'; '.join(problems)}"} if problems else {}), **seen}
    except Exception as error:  # whatever is wrong with a row costs that row
        return {"id": row_id, "error": f"line {number}: {_reason(error)}", "observations": {}, "affect": None}


def _filled(data: Any, defaults: Mapping[str, Any]) -> Any:
    return {**defaults, **data} if isinstance(data, dict) else data


def _parse(line: bytes) -> Any:
    try:
        return json.loads(line.decode("utf-8"), parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise InputInvalid(f"not UTF-8 (byte {error.start + 1})") from error
    except json.JSONDecodeError as error:
        raise InputInvalid(f"not JSON ({error.msg} at column {error.colno})") from error
    except (ValueError, RecursionError) as error:
        # JSON by its grammar, but with a number or a nesting that cannot be meant
        raise InputInvalid(f"not JSON that can be read ({str(error).partition(';')[0]})") from error


def _check_text(data: object) -> None:
    """Escapes can spell halves of characters, which no file and no model can hold."""
    try:
        json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise InputInvalid(f"no text: half a character ({error.object[error.start]!r}) in a string") from error


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value")


def _reason(error: Exception) -> str:
    """Why a row is bad, for whoever wrote it; what nobody expected goes to the log too."""
    from perception import PerceptionError

    match error:
        case ValidationError():
            first = error.errors()[0]
            return f"{'.'.join(map(str, first['loc'])) or 'row'}: {first['msg'].lower()}"
        case PerceptionError() | InputInvalid():
            return str(error)
        case _:
            log.error("a row failed unexpectedly", exc_info=error)
            return f"{type(error).__name__}: {error}"


async def _perceive_row(senses: Senses, row: Row, root: Path) -> tuple[Json, list[str]]:
    """What the senses say of the evidence that can be read, and what is wrong with the rest."""
    from agent.perceiving import perceive

    if row.text is None and not row.audio and not row.image:
        raise InputInvalid("the row has none of text, audio and image")
    problems: list[str] = []
    frame = await _read(problems, read_image, root, row.image, crop=row.crop)
    clip = await _read(problems, read_audio, root, row.audio)
    perceived = await perceive(
        senses,
        text=row.text,
        frame=frame,
        clip=clip,
        lang=row.lang,
        context=row.context,
        transcribe=row.transcribe,
    )
    return perceived.as_dict(), problems


async def _read(problems: list[str], read: Callable[..., T], root: Path, name: str | None, **options: bool) -> T | None:
    """A decoded file of a row; None where the row has none, or where it cannot be read."""
    from perception import PerceptionError

    if not name:
        return None
    try:
        return await asyncio.to_thread(read, root / name, **options)
    except (PerceptionError, InputInvalid) as error:
        problems.append(str(error))
        return None


@contextmanager
def _progress(manifest: Path) -> Iterator[Callable[[], None]]:
    """A bar on standard error for a person; nothing for a program."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("perceiving", total=_count(manifest))
        yield lambda: progress.advance(task)


def _count(manifest: Path) -> int | None:
    """Rows of a manifest; None for a pipe, which can be read once only."""
    if not manifest.is_file():
        return None
    with manifest.open("rb") as lines:
        return sum(1 for _ in _numbered(lines))
