"""`attune perceive --video`: what the face in a video shows over time, and all in all."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from api.errors import InputInvalid
from api.runtime import open_senses
from api.senses import PATIENCE
from api.settings import load_settings

if TYPE_CHECKING:
    from agent.perceiving import Perceived
    from perception.video import VideoReading

_TOLD: Final = 12
"""Up to so many frames, each has a line for people."""


def perceive_video(video: Path, *, frames: int) -> VideoReading:
    """Feel frames of a video, evenly sampled.

    Args:
        video: the file.
        frames: how many, at least 1.

    Raises:
        InputInvalid: the file cannot be opened.
        MediaError: it is no video, or damaged.
    """
    from perception import MediaMissing, Modality
    from perception.video import TimedObservation, aggregate, sample_video

    async def run() -> VideoReading:
        async with open_senses(load_settings(), patience=PATIENCE) as senses:
            seen = []
            for timed in sample_video(video, frames):
                observation = await senses.observe(Modality.VISION, timed.frame)
                seen.append(TimedObservation(at=timed.at, observation=observation.without_features()))
            return aggregate(seen)

    try:
        return asyncio.run(run())
    except MediaMissing as error:
        raise InputInvalid(str(error)) from error


def video_as_dict(reading: VideoReading) -> dict[str, Any]:
    """As of one item, with `frames` beside it: each with `at` in seconds and what was seen."""
    return {**_perceived(reading).as_dict(), "frames": [frame.as_dict() for frame in reading.frames]}


def show_video(reading: VideoReading, *, as_json: bool, out: Path | None, plot: bool) -> None:
    """Print a table for a person or JSON for a program, and draw.

    Args:
        reading: What was seen.
        as_json: Print JSON.
        out: File to write JSON to, or to draw to.
        plot: Draw to `out`.

    Raises:
        InputInvalid: `out` cannot be written.
    """
    from api.single import write_or_print

    if plot and out is not None:
        from api.terminal.texts import terminal_language
        from api.video_plot import plot_video

        plot_video(reading, out, lang=load_settings().lang or terminal_language())
    if as_json or (out is not None and not plot):
        write_or_print(json.dumps(video_as_dict(reading), ensure_ascii=False, indent=2), None if plot else out)
    elif not plot:
        from rich.console import Console

        from api.shown import perceived_table

        console = Console()
        console.print(perceived_table(_perceived(reading)))
        for line in _lines(reading):
            console.print(line, soft_wrap=True, highlight=False, markup=False)


def _perceived(reading: VideoReading) -> Perceived:
    from agent.perceiving import Perceived
    from perception.fusion import fuse
    from personas import DEFAULT_PRESET, PRESETS

    return Perceived(affect=fuse([reading.observation], trust=PRESETS[DEFAULT_PRESET]), transcript=None)


def _lines(reading: VideoReading) -> Iterable[str]:
    """How many frames were read, and what each shows unless they are many."""
    from agent.phrases import describe_observation, render_cue
    from api.terminal.texts import terminal_language

    lang = load_settings().lang or terminal_language()
    counted = render_cue(reading.observation.cues[0], lang)
    others = ", ".join(f"{status.value} {count}" for status, count in reading.statuses.items())
    yield f"{counted} ({others})"
    if len(reading.frames) <= _TOLD:
        for frame in reading.frames:
            yield f"{frame.at:7.2f} s  {describe_observation(frame.observation, lang)}"
