"""`attune eval transcription`: the stored Whispers on a manifest of recordings."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from api.errors import InputInvalid
from api.evaluating import Shown
from api.settings import load_settings


def evaluate_words(
    manifest: Path,
    *,
    models: Sequence[str],
    out: Path | None,
    seed: int,
    resamples: int,
    progress: Callable[[int, int], None],
) -> Shown:
    """Evaluate, and write the report when there is a folder for it.

    Args:
        manifest: JSON lines of recordings and what was said in them.
        models: names in the model store; those of the transcriber that are on this machine when there are none.
        out: folder of the report; nothing is written when None.
        seed: of the bootstrap.
        resamples: of the bootstrap.
        progress: told how many transcripts are done, and of how many.

    Raises:
        InputInvalid: a name is no model that writes down speech.
        ManifestUnusable: nothing can be measured, or the report cannot be written.
        ModelMissing: a model is not on this machine.
        ModelRefused: a model cannot be used, or the weights policy forbids it.
    """
    from api.terminal.texts import terminal_language
    from evals.transcription import evaluate_transcription, summary_lines, write_transcription
    from perception.models import ModelStore
    from perception.speech import Whisper, WhisperTranscriber
    from perception.speech.whisper import MODELS

    unknown = [name for name in models if name not in MODELS]
    if unknown:
        raise InputInvalid(f"--models {unknown[0]!r} writes down no speech; those that do are {', '.join(MODELS)}")
    settings = load_settings()
    store = ModelStore(weights_policy=settings.weights_policy)
    chosen = models or [name for name in MODELS if store.has(name)] or MODELS[:1]
    found = evaluate_transcription(
        manifest,
        {name: WhisperTranscriber(Whisper(partial(store.path, name), names=(name,))) for name in chosen},
        resamples=resamples,
        seed=seed,
        progress=progress,
    )
    written = [str(write_transcription(found, out))] if out else []
    return Shown(
        json=json.dumps(found.as_dict(), ensure_ascii=False, indent=2),
        summary=(*summary_lines(found, settings.lang or terminal_language()), *written),
    )
