"""`attune eval`: the senses as the settings want them, on a labelled manifest."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.errors import InputInvalid
from api.senses import PATIENCE, make_senses
from api.settings import Settings, load_settings

if TYPE_CHECKING:
    from evals.perception import Plan
    from evals.robustness import RobustnessPlan
    from perception import Modality


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """What the command prints."""

    json: str
    """The whole report."""
    summary: tuple[str, ...]
    """A few lines for a person, with where the report is."""


def evaluate_manifest(plan: Plan, *, out: Path | None, lang: str | None, progress: Callable[[int, int], None]) -> Shown:
    """Evaluate, and write the report.

    Args:
        plan: What to evaluate, and how.
        out: Folder of the report; `runs/eval/<manifest>` when None.
        lang: Of the report; that of the settings, else of the terminal, when None.
        progress: Told how many rows are done, and of how many.

    Raises:
        InputInvalid: the language is none of the report.
        ManifestUnusable: nothing can be measured, or the report cannot be written.
        SettingsInvalid: a setting is not what it should be.
    """
    from evals.perception import check_folder, evaluate_perception, say, summary_lines, write_report

    settings = load_settings()
    shown_in = shown_language(lang, settings)
    folder = out or Path("runs/eval") / plan.manifest.stem
    check_folder(folder)
    senses = make_senses(settings, timeout=PATIENCE)
    try:
        found = evaluate_perception(plan, senses, settings=settings_that_matter(settings), progress=progress)
    finally:
        senses.close()
    page = write_report(found, folder, lang=shown_in)
    return Shown(
        json=json.dumps(found.as_dict(), ensure_ascii=False, indent=2),
        summary=(*summary_lines(found, shown_in), say("wrote", shown_in, path=page)),
    )


def evaluate_recordings(
    plan: RobustnessPlan, *, out: Path | None, lang: str | None, progress: Callable[[int, int], None]
) -> Shown:
    """Evaluate how robust the audio sense is, and write the report.

    Args:
        plan: What to evaluate, and how.
        out: Folder of the report; `runs/robustness/<manifest>` when None.
        lang: Of the report; that of the settings, else of the terminal, when None.
        progress: Told how many recordings are done, and of how many.

    Raises:
        InputInvalid: the language is none of the report.
        ManifestUnusable: nothing can be measured, or the report cannot be written.
        PerceptionError: a degradation cannot be made here.
        SettingsInvalid: a setting is not what it should be.
    """
    from evals.perception import check_folder, say
    from evals.robustness import evaluate_robustness, summary_lines, write_robustness

    settings = load_settings()
    shown_in = shown_language(lang, settings)
    folder = out or Path("runs/robustness") / plan.manifest.stem
    check_folder(folder)
    senses = make_senses(settings, timeout=PATIENCE)
    try:
        found = evaluate_robustness(plan, senses, settings=settings_that_matter(settings), progress=progress)
    finally:
        senses.close()
    page = write_robustness(found, folder, lang=shown_in)
    return Shown(
        json=json.dumps(found.as_dict(), ensure_ascii=False, indent=2),
        summary=(*summary_lines(found, shown_in), say("wrote", shown_in, path=page)),
    )


def describe_suites() -> list[dict[str, Any]]:
    """What can be evaluated, with the perceivers that the settings name."""
    from perception.speech.whisper import MODELS

    settings = load_settings()
    return [
        {
            "name": "perception",
            "what": "vision, audio and text on a labelled JSONL manifest, through the runtime path",
            "senses": {sense: getattr(settings, sense) or "off" for sense in ("vision", "audio", "text")},
            "example": "attune eval perception --manifest rows.jsonl",
        },
        {
            "name": "vision",
            "what": "vision on a corpus of faces in its authors' layout, by emotion and group, and on degraded faces",
            "senses": {"vision": settings.vision or "off"},
            "example": "attune eval vision --root FOLDER --layout raf-db --group gender",
        },
        {
            "name": "robustness",
            "what": "audio on the recordings of such a manifest, in noise, rooms and over poor channels",
            "senses": {"audio": settings.audio or "off"},
            "example": "attune eval robustness --manifest rows.jsonl",
        },
        {
            "name": "transcription",
            "what": "word error rate of the transcriber on a JSONL manifest of recordings and what was said",
            "senses": {"speech": " or ".join(MODELS)},
            "example": "attune eval transcription --manifest spoken.jsonl",
        },
        {
            "name": "behaviour",
            "what": "text on tests any reader agrees on: negation, emoji, typos, instructions; nothing is needed",
            "senses": {"text": settings.text or "off"},
            "example": "attune eval behaviour --failures",
        },
        {
            "name": "statements",
            "what": "what people say of their own feeling, stated or denied, on texts that ship; nothing is needed",
            "senses": {"text": "find_statements"},
            "example": "attune eval statements --failures",
        },
        {
            "name": "fusion",
            "what": "fused against each sense alone, on synthetic pairs of the corpora: clean, corrupted, missing",
            "senses": dict.fromkeys(("vision", "audio", "text"), "embedded"),
            "example": "attune eval fusion --data ~/corpora",
        },
    ]


def modalities(names: Sequence[str]) -> tuple[Modality, ...]:
    """The senses of these names; all when there are none.

    Raises:
        InputInvalid: a name is no sense.
    """
    from perception import Modality

    unknown = [name for name in names if name not in list(Modality)]
    if unknown:
        raise InputInvalid(f"--sense {unknown[0]!r} is no sense; the senses are {', '.join(Modality)}")
    return tuple(each for each in Modality if not names or each in names)


def shown_language(lang: str | None, settings: Settings) -> str:
    """The language that people are shown.

    Raises:
        InputInvalid: it is none of the report.
    """
    from api.terminal.texts import terminal_language

    if lang not in (None, "en", "zh"):
        raise InputInvalid(f"--lang {lang!r} is no language of the report; write en or zh")
    return lang or settings.lang or terminal_language()


def settings_that_matter(settings: Settings) -> dict[str, Any]:
    """Settings that a figure depends on."""
    from personas import DEFAULT_PRESET, PRESETS

    return {
        "vision": settings.vision or "off",
        "audio": settings.audio or "off",
        "text": settings.text or "off",
        "weights_policy": settings.weights_policy,
        "deployment_context": settings.deployment_context,
        "trust": DEFAULT_PRESET,
        **{f"trust_{sense}": value for sense, value in PRESETS[DEFAULT_PRESET].items()},
        "sense_timeout_s": PATIENCE,
    }
