"""`attune perceive`: what the senses say of a sentence, a picture, a recording, a video, or of many."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

FRAMES: Final = 5
"""Of a video, unless told otherwise."""


def perceive(
    text: Annotated[str | None, typer.Option(help="Words to feel.")] = None,
    image: Annotated[Path | None, typer.Option(help="A picture of a face: JPEG, PNG, WebP, BMP, GIF, TIFF.")] = None,
    audio: Annotated[Path | None, typer.Option(help="A recording of a voice: WAV, FLAC, OGG, Opus, MP3, M4A.")] = None,
    video: Annotated[Path | None, typer.Option(help="A video of a face: MP4, MOV, WebM, MKV, AVI.")] = None,
    frames: Annotated[
        int | None, typer.Option(min=1, help="Frames of the video, evenly over its length; 5 when left out.")
    ] = None,
    lang: Annotated[str | None, typer.Option(help="Language of the words (en, zh); detected when left out.")] = None,
    crop: Annotated[bool, typer.Option("--crop", help="The picture is a face crop already.")] = False,
    transcribe: Annotated[bool, typer.Option("--transcribe", help="Write down and feel what is said.")] = False,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain",
            help="Show which words, and which parts of the face, carry what is felt; --out F.png draws the face.",
        ),
    ] = False,
    plot: Annotated[bool, typer.Option("--plot", help="Draw emotions of the video over time, to --out F.png.")] = False,
    batch: Annotated[
        Path | None,
        typer.Option(
            help="A JSONL manifest: rows with id and any of text (with context), audio (with start and end in seconds, "
            "for a part of it), image (with crop), lang, transcribe. Paths are relative to the manifest. "
            "--lang, --crop and --transcribe hold for the rows that do not say otherwise. "
            "A JSON line per row comes out, in order."
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write there instead of to standard output, or draw there.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Feel a sentence, a picture of a face, a recording of a voice, or any of them together; or a video of a face.

    Examples:
      attune perceive --text "I can't believe you did that!"

      attune perceive --text "I miss her, but it was a lovely day" --explain

      attune perceive --image me.jpg --audio me.wav --transcribe --json

      attune perceive --image me.jpg --explain --out where.png

      attune perceive --video me.mp4 --frames 20 --plot --out emotions.png

      attune perceive --batch rows.jsonl --out observations.jsonl
    """
    from api.errors import InputInvalid
    from api.single import perceive_one, show_perceived

    if video is None and (frames is not None or plot):
        raise InputInvalid("--frames and --plot are for a video; give one with --video")
    if video is not None or batch is not None:
        _check_alone("--video" if video is not None else "--batch", text, image, audio, explain)
    if video is not None:
        if batch is not None or crop or transcribe:
            raise InputInvalid("--video goes without --batch, --crop and --transcribe; leave them out")
        _perceive_video(video, frames=frames or FRAMES, as_json=as_json, out=out, plot=plot)
        return
    if batch is not None:
        from api.batch import perceive_batch

        perceive_batch(batch, out=out, defaults={"lang": lang, "crop": crop, "transcribe": transcribe})
        return
    if text is None and image is None and audio is None:
        raise InputInvalid("there is nothing to perceive; give --text, --image, --audio, --video, or --batch")
    perceived, heat = perceive_one(
        text=text, image=image, audio=audio, lang=lang, crop=crop, transcribe=transcribe, explain=explain
    )
    show_perceived(perceived, heat=heat, text=text, as_json=as_json, out=out)


def _check_alone(given: str, text: str | None, image: Path | None, audio: Path | None, explain: bool) -> None:
    from api.errors import InputInvalid

    if text is not None or image or audio:
        source = "the manifest" if given == "--batch" else "the video"
        raise InputInvalid(f"{given} takes what it perceives from {source}; leave --text, --image and --audio out")
    if explain:
        raise InputInvalid("--explain is for one text or picture at a time; give it with --text or --image")


def _perceive_video(video: Path, *, frames: int, as_json: bool, out: Path | None, plot: bool) -> None:
    from api.errors import InputInvalid
    from api.video import perceive_video, show_video

    if plot and out is None:
        raise InputInvalid("--plot needs a file to draw to: attune perceive --video F --plot --out emotions.png")
    show_video(perceive_video(video, frames=frames), as_json=as_json, out=out, plot=plot)
