"""The front matter of a card: metadata of the Hugging Face hub, and Attune's own block.

Source: the hub's model card metadata, https://github.com/huggingface/hub-docs/blob/main/modelcard.md
"""

from __future__ import annotations

from typing import Any, Final

import yaml

from perception.models.cards import FENCE
from perception.observation import Modality
from perception.training.cards.report import TrainingReport

HUB_LICENCES: Final = {
    "CC-BY-4.0": "cc-by-4.0",
    "CC-BY-SA-3.0": "cc-by-sa-3.0",
    "CC-BY-SA-4.0": "cc-by-sa-4.0",
    "GPL-3.0": "gpl-3.0",
    "GPL-3.0-only": "gpl-3.0",
    "GPL-3.0-or-later": "gpl-3.0",
    "AGPL-3.0-only": "agpl-3.0",
}
"""Names of the hub for licences that weights can get; every other is `other` there, and named."""

_TASKS: Final = {
    Modality.VISION: "image-classification",
    Modality.AUDIO: "audio-classification",
    Modality.TEXT: "text-classification",
    "fusion": "any-to-any",
}


def front_matter(report: TrainingReport) -> dict[str, Any]:
    """What programs read of a card, in the order in which it is written.

    Raises:
        LicenceForbids: the weights may not be shared.
    """
    return {
        **licence_fields(report.licence.licence),
        **({"language": [*report.languages]} if report.languages else {}),
        "pipeline_tag": _TASKS[report.modality],
        "tags": ["attune", "emotion-recognition"],
        "datasets": [*dict.fromkeys(source.name for source in report.sources)],
        "metrics": ["accuracy", "recall", "f1"],
        "model-index": [{"name": report.model, "results": [_result(report)]}],
        "attune": {
            "model": report.model,
            "licence": report.licence.licence,
            "commercial": report.licence.commercial,
            "files": {name: {"bytes": f.bytes, "sha256": f.sha256} for name, f in report.files().items()},
        },
    }


def licence_fields(licence: str) -> dict[str, str]:
    """How the hub writes a licence. Others than it knows are explained in a file `LICENSE.md` beside the card."""
    if licence in HUB_LICENCES:
        return {"license": HUB_LICENCES[licence]}
    name = licence.lower().replace(",", "").replace(" ", "-")
    return {"license": "other", "license_name": name, "license_link": "LICENSE.md"}


def fenced(front: dict[str, Any]) -> str:
    """As YAML between its two lines."""
    return f"{FENCE}\n{yaml.safe_dump(front, sort_keys=False, allow_unicode=True, width=120)}{FENCE}\n"


def _result(report: TrainingReport) -> dict[str, Any]:
    """The main set alone: the tables of the card have the rest."""
    split, figures = ("test", report.test[0]) if report.test else ("dev", report.dev[0])
    values = {"accuracy": figures.accuracy, "recall": figures.uar, "f1": figures.macro_f1}
    names = {"accuracy": "accuracy", "recall": "UAR", "f1": "macro-F1"}
    return {
        "task": {"type": _TASKS[report.modality]},
        "dataset": {"name": figures.name, "type": figures.name, "split": split},
        "metrics": [{"type": kind, "name": names[kind], "value": round(value, 4)} for kind, value in values.items()],
    }
