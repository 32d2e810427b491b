"""`attune eval vision`: the sense of sight as the settings want it, on a corpus of faces."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.errors import InputInvalid
from api.evaluating import Shown, settings_that_matter, shown_language
from api.senses import EMBEDDED, PATIENCE, make_senses
from api.settings import Settings, load_settings

if TYPE_CHECKING:
    from agent import Senses
    from evals.vision import VisionPlan


def vision_layout(name: str) -> str:
    """The layout of this name.

    Raises:
        InputInvalid: there is none.
    """
    from evals.vision import LAYOUTS

    if name not in LAYOUTS:
        raise InputInvalid(f"--layout {name!r} is none that is known; there are {', '.join(LAYOUTS)}")
    return name


def evaluate_faces(
    plan: VisionPlan,
    *,
    model: Path | None,
    out: Path | None,
    lang: str | None,
    progress: Callable[[float, str], None],
) -> Shown:
    """Evaluate, and write the report.

    Args:
        plan: What to evaluate, and how.
        model: A face network to evaluate in the place of the one that ships.
        out: Folder of the report; `runs/eval/vision-<layout>` when None.
        lang: Of the report; that of the settings, else of the terminal, when None.
        progress: Told the part done, and a few words.

    Raises:
        InputInvalid: the language is none of the report, or degraded faces are asked of a sense that is not ours.
        ManifestUnusable: the corpus cannot be used, or the report cannot be written.
        ModelError: the network cannot be loaded.
        SettingsInvalid: a setting is not what it should be.
    """
    from evals.perception import check_folder, say
    from evals.vision import evaluate_vision, summary_lines, write_vision
    from perception.vision.classifier import FaceClassifier

    settings = load_settings()
    shown_in = shown_language(lang, settings)
    folder = out or Path("runs/eval") / f"vision-{plan.layout}"
    check_folder(folder)
    if plan.degraded is not None and model is None and settings.vision != EMBEDDED:
        raise InputInvalid(
            f"--degraded reads crops with the face network of Attune, and the vision sense is set to "
            f"{settings.vision or 'off'!r}; set ATTUNE_VISION={EMBEDDED}, or name a network with --model"
        )
    classifier = FaceClassifier(model, commercial_only=settings.weights_policy == "commercial")
    if model is not None or plan.degraded is not None:
        classifier.load()  # before minutes are spent on the rest
    senses = _senses(settings, model)
    told = settings_that_matter(settings) | ({"model": model.name} if model else {})
    try:
        found = evaluate_vision(plan, senses, classifier=classifier, settings=told, progress=progress)
    finally:
        senses.close()
    page = write_vision(found, folder, lang=shown_in)
    return Shown(
        json=json.dumps(found.as_dict(), ensure_ascii=False, indent=2),
        summary=(*summary_lines(found, shown_in), say("wrote", shown_in, path=page)),
    )


def _senses(settings: Settings, model: Path | None) -> Senses:
    from agent import Senses
    from perception.vision import EmbeddedVision

    if model is None:
        return make_senses(settings, timeout=PATIENCE)
    vision: Any = EmbeddedVision(model_file=model)
    return Senses(vision=vision, timeout=PATIENCE)
