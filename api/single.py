"""`attune perceive` on one item."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.errors import InputInvalid
from api.face_heat import PICTURES, explain_face, heat_in_words, plot_heat
from api.runtime import open_senses
from api.senses import PATIENCE
from api.settings import load_settings
from api.terminal.texts import terminal_language

if TYPE_CHECKING:
    from rich.console import Console

    from agent.perceiving import Perceived
    from perception.vision.heat import HeatMap


def perceive_one(
    *,
    text: str | None,
    image: Path | None,
    audio: Path | None,
    lang: str | None,
    crop: bool,
    transcribe: bool,
    explain: bool = False,
) -> tuple[Perceived, HeatMap | None]:
    """Read the files and ask the senses.

    Returns:
        What they say, and which parts of the face carry it where that was asked for and there is a face.

    Raises:
        InputInvalid: a file cannot be opened, or the vision sense cannot explain itself.
        MediaError: a file is not what it should be.
    """
    from agent.perceiving import perceive
    from perception import MediaMissing, Modality
    from perception.media import read_audio, read_image

    try:
        frame = read_image(image, crop=crop) if image else None
        clip = read_audio(audio) if audio else None
    except MediaMissing as error:
        raise InputInvalid(str(error)) from error

    async def run() -> tuple[Perceived, HeatMap | None]:
        async with open_senses(load_settings(), patience=PATIENCE) as senses:
            perceived = await perceive(
                senses, text=text, frame=frame, clip=clip, lang=lang, transcribe=transcribe, explain=explain
            )
            seen = any(o.modality is Modality.VISION and o.scores for o in perceived.observations)
            return perceived, await explain_face(senses, frame) if explain and frame and seen else None

    return asyncio.run(run())


def show_perceived(
    perceived: Perceived, *, heat: HeatMap | None = None, text: str | None = None, as_json: bool, out: Path | None
) -> None:
    """Print a table for a person, or JSON for a program.

    Args:
        perceived: What the senses say.
        heat: Which parts of the face carry it.
        text: The words that were given; those that were made out when None.
        as_json: For a program.
        out: File to write JSON to; or, where it ends in .png, .svg or .pdf, to draw the heat map to.

    Raises:
        InputInvalid: the file cannot be written, or there is no face to draw.
    """
    drawn = out is not None and out.suffix.lower() in PICTURES
    if out is not None and drawn:
        if heat is None:
            raise InputInvalid(f"there is nothing to draw to {out.name!r}: {_why_no_face(perceived)}")
        plot_heat(heat, out, lang=load_settings().lang or terminal_language())
    if as_json or (out is not None and not drawn):
        shown: dict[str, Any] = perceived.as_dict()
        if heat is not None:
            shown["heat"] = heat.as_dict()
        write_or_print(json.dumps(shown, ensure_ascii=False, indent=2), None if drawn else out)
    elif not drawn:
        from rich.console import Console

        from api.shown import perceived_table

        console = Console()
        console.print(perceived_table(perceived))
        if perceived.explanation is not None:
            _explain(console, perceived, text)
        if heat is not None:
            console.print(heat_in_words(heat, load_settings().lang or terminal_language()), soft_wrap=True)


def _why_no_face(perceived: Perceived) -> str:
    from perception import Modality

    for observation in perceived.observations:
        if observation.modality is Modality.VISION:
            return (
                f"the vision sense says {observation.status.value}" if observation.scores is None else "add --explain"
            )
    return "a heat map is of a face; give --image with --explain"


def write_or_print(shown: str, out: Path | None) -> None:
    """Text to a file, or to standard output.

    Raises:
        InputInvalid: the file cannot be written.
    """
    if out is None:
        import typer

        typer.echo(shown)
        return
    try:
        out.write_text(shown + "\n", encoding="utf-8")
    except OSError as error:
        raise InputInvalid(f"cannot write {str(out)!r} ({error.strerror}); choose another --out") from error


def _explain(console: Console, perceived: Perceived, text: str | None) -> None:
    from api.explained import explained

    assert perceived.explanation is not None
    said = text if text is not None else perceived.transcript.text if perceived.transcript else ""
    lang = load_settings().lang or terminal_language()
    console.print(explained(perceived.explanation, said, lang, colour=console.color_system is not None), soft_wrap=True)
