"""`attune perceive --batch`: a manifest of rows in, a JSON line per row out, in order."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import aclosing, contextmanager, nullcontext
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TextIO

from api.errors import InputInvalid
from api.runtime import open_senses
from api.senses import PATIENCE
from api.settings import Settings, load_settings

if TYPE_CHECKING:
    from agent.senses import Senses

Json = dict[str, Any]


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
    settings = load_settings()
    try:
        with _source(manifest) as lines, _target(out, manifest) as stream:
            asyncio.run(_perceive_all(settings, lines, manifest, stream, defaults or {}))
    except BrokenPipeError:
        # what is still buffered goes nowhere, or the interpreter would complain on its way out
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        raise InputInvalid(f"the batch stopped: {error}; check the disk, then run it again") from error


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
    settings: Settings, lines: Iterable[bytes], manifest: Path, stream: TextIO, defaults: Mapping[str, Any]
) -> None:
    from agent.manifest import in_order, numbered_lines

    async with open_senses(settings, patience=PATIENCE) as senses:
        root, numbered = manifest.parent, numbered_lines(lines)
        jobs = (_perceive_line(senses, number, line, root, defaults) for number, line in numbered)
        async with aclosing(in_order(jobs)) as results:
            with _progress(manifest) as advance:
                async for result in results:
                    stream.write(_encodable(result, stream.encoding) + "\n")
                    stream.flush()
                    advance()


def _encodable(result: Json, encoding: str | None) -> str:
    """As it is written by people where the encoding can hold that, else with escapes."""
    text = json.dumps(result, ensure_ascii=False)
    try:
        text.encode(encoding or "utf-8")
    except UnicodeEncodeError:
        return json.dumps(result)
    return text


async def _perceive_line(senses: Senses, number: int, line: bytes, root: Path, defaults: Mapping[str, Any]) -> Json:
    from agent.manifest import parse_line, perceive_row, read_row, why_bad

    row_id: str | int | None = None
    try:
        data = parse_line(line)
        if isinstance(data, dict) and isinstance(data.get("id"), (str, int)):
            row_id = data["id"]
        result = await perceive_row(senses, read_row(data, defaults), root)
        seen, problems = result.perceived.as_dict(), result.problems
        json.dumps(seen, allow_nan=False)  # a sense of a third party may put anything into its cues
        return {"id": row_id, **({"error": f"line {number}: {'; '.join(problems)}"} if problems else {}), **seen}
    except Exception as error:  # whatever is wrong with a row costs that row
        return {"id": row_id, "error": f"line {number}: {why_bad(error)}", "observations": {}, "affect": None}


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
    from agent.manifest import numbered_lines

    if not manifest.is_file():
        return None
    with manifest.open("rb") as lines:
        return sum(1 for _ in numbered_lines(lines))
