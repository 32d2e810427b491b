"""`attune perceive` on one item."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING

from api.errors import InputInvalid
from api.senses import PATIENCE, make_senses
from api.settings import load_settings

if TYPE_CHECKING:
    from agent.perceiving import Perceived


def perceive_one(
    *, text: str | None, image: Path | None, audio: Path | None, lang: str | None, crop: bool, transcribe: bool
) -> Perceived:
    """Read the files and ask the senses.

    Raises:
        InputInvalid: a file cannot be opened.
        MediaError: a file is not what it should be.
    """
    from agent.perceiving import perceive
    from perception import MediaMissing
    from perception.media import read_audio, read_image

    try:
        frame = read_image(image, crop=crop) if image else None
        clip = read_audio(audio) if audio else None
    except MediaMissing as error:
        raise InputInvalid(str(error)) from error

    async def run() -> Perceived:
        senses = make_senses(load_settings(), timeout=PATIENCE)
        try:
            return await perceive(senses, text=text, frame=frame, clip=clip, lang=lang, transcribe=transcribe)
        finally:
            senses.close()

    return asyncio.run(run())


def show_perceived(perceived: Perceived, *, as_json: bool, out: Path | None) -> None:
    """Print a table for a person, or JSON for a program."""
    shown = json.dumps(perceived.as_dict(), ensure_ascii=False, indent=2)
    if out is not None:
        try:
            out.write_text(shown + "\n", encoding="utf-8")
        except OSError as error:
            raise InputInvalid(f"cannot write {str(out)!r} ({error.strerror}); choose another --out") from error
    elif as_json:
        import typer

        typer.echo(shown)
    else:
        from rich.console import Console

        from api.shown import perceived_table

        Console().print(perceived_table(perceived))
