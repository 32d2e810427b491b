"""`attune perceive`: what the senses say of a sentence, a picture, a recording, or of many."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def perceive(
    text: Annotated[str | None, typer.Option(help="Words to feel.")] = None,
    image: Annotated[Path | None, typer.Option(help="A picture of a face: JPEG, PNG, WebP or BMP.")] = None,
    audio: Annotated[Path | None, typer.Option(help="A recording of a voice: WAV, FLAC, OGG, Opus, MP3, M4A.")] = None,
    lang: Annotated[str | None, typer.Option(help="Language of the words (en, zh); detected when left out.")] = None,
    crop: Annotated[bool, typer.Option("--crop", help="The picture is a face crop already.")] = False,
    transcribe: Annotated[bool, typer.Option("--transcribe", help="Write down and feel what is said.")] = False,
    batch: Annotated[
        Path | None,
        typer.Option(
            help="A JSONL manifest: rows with id and any of text (with context), audio (with start and end in seconds, "
            "for a part of it), image (with crop), lang, transcribe. Paths are relative to the manifest. "
            "--lang, --crop and --transcribe hold for the rows that do not say otherwise. "
            "A JSON line per row comes out, in order."
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write there instead of to standard output.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Feel a sentence, a picture of a face, a recording of a voice, or any of them together.

    Examples:
      attune perceive --text "I can't believe you did that!"

      attune perceive --image me.jpg --audio me.wav --transcribe --json

      attune perceive --batch rows.jsonl --out observations.jsonl
    """
    from api.batch import perceive_batch
    from api.errors import InputInvalid
    from api.single import perceive_one, show_perceived

    if batch is not None:
        if text is not None or image or audio:
            raise InputInvalid("--batch takes its rows from the manifest; leave --text, --image and --audio out")
        perceive_batch(batch, out=out, defaults={"lang": lang, "crop": crop, "transcribe": transcribe})
        return
    if text is None and image is None and audio is None:
        raise InputInvalid("there is nothing to perceive; give --text, --image, --audio, or --batch")
    perceived = perceive_one(text=text, image=image, audio=audio, lang=lang, crop=crop, transcribe=transcribe)
    show_perceived(perceived, as_json=as_json, out=out)
