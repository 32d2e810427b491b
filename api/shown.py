"""How perception looks in a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from agent.perceiving import Perceived
    from perception import Affect, EmotionScores, Fluency, Observation

WIDTH: Final = 10
"""Characters of a full bar."""
TOLD: Final = frozenset(
    {"backend_failed", "reasoning", "several_emotions", "label_unknown", "label_absent", "reply_cut"}
)
"""Cues that explain a row, and are written out under it."""


def perceived_table(perceived: Perceived) -> Table:
    """A row for each sense, and one for all together."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("sense", "status", "emotion", "", "quality", "weight", "ms"):
        table.add_column(column, justify="right" if column in ("quality", "weight", "ms") else "left", no_wrap=True)
    affect = perceived.affect
    if affect is None:
        return table
    for observation, share in zip(affect.observations, affect.shares, strict=True):
        table.add_row(*_row(observation, share.weight))
    conflicts = ", ".join(conflict.code for conflict in affect.conflicts)
    table.add_row("all", "" if affect.scores else "unknown", _emotion(affect.scores), _bar(affect.scores), "", "1.00")
    table.caption_justify = "left"
    # plain: what models say, and the names of extras, may hold brackets
    table.caption = Text("\n".join(_notes(perceived, conflicts)), style="table.caption")
    return table


def _notes(perceived: Perceived, conflicts: str) -> Iterator[str]:
    from agent.phrases import render_cue

    if perceived.affect is not None and perceived.affect.scores:
        yield f"reliability {perceived.affect.reliability:.2f}" + (f", conflict: {conflicts}" if conflicts else "")
    if perceived.transcript is not None:
        yield f"heard: {perceived.transcript.text or perceived.transcript.status.value}"
    if perceived.fluency is not None:
        yield f"fluency: {fluency_line(perceived.fluency)}"
    yield "models: " + ", ".join(observation.model for observation in perceived.observations)
    cues = [cue for o in (perceived.transcript, *perceived.observations) if o for cue in o.cues]
    yield from (said for cue in cues if cue.code in TOLD and (said := render_cue(cue, "en")))
    yield from (f"to do: {cue.params['command']}" for cue in cues if "command" in cue.params)


def fluency_line(fluency: Fluency) -> str:
    """Pace, pauses, fillers and repairs in a few words."""
    pace = f"{fluency.words_per_minute:.0f} words/min" if fluency.words_per_minute is not None else ""
    pauses = f"{fluency.pause_ratio:.0%} pauses" if fluency.pause_ratio is not None else ""
    score = f"hesitation {fluency.hesitation_score:.2f}" if fluency.hesitation_score is not None else ""
    counts = (f"fillers {fluency.fillers}", f"repairs {len(fluency.repairs)}")
    return ", ".join(part for part in (pace, pauses, *counts, score) if part)


def _row(observation: Observation, weight: float) -> tuple[str | Text, ...]:
    return (
        observation.modality.value,
        Text(observation.status.value, style="green" if observation.status == "ok" else "yellow"),
        _emotion(observation.scores),
        _bar(observation.scores),
        f"{observation.quality:.2f}",
        f"{weight:.2f}",
        f"{observation.latency_ms:.0f}",
    )


def _emotion(scores: EmotionScores | None) -> str:
    return f"{scores.top} {scores.confidence:.2f}" if scores else "-"


def _bar(scores: EmotionScores | None) -> str:
    return "█" * round(scores.confidence * WIDTH) if scores else ""


def affect_line(affect: Affect, lang: str) -> Text:
    """One dim line under what a person said: what each sense noticed, and what it comes to."""
    from agent.phrases import describe_observation, name_emotion, render_conflict, say
    from agent.routing import RELIABLE
    from perception import Status

    parts = [describe_observation(observation, lang) for observation in affect.observations]
    parts += [render_conflict(conflict, lang) for conflict in affect.conflicts]
    if affect.scores:
        # of seven emotions one is always ahead, also where everything that was read has been denied
        known = affect.reliability >= RELIABLE
        named = name_emotion(affect.scores.top, lang) if known else say("statuses", Status.UNCERTAIN, lang)
        parts.append(f"→ {named} ({affect.reliability:.0%})")
    return Text("  " + " · ".join(part for part in parts if part), style="dim")
