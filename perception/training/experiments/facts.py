"""Facts of a run, as its card tells them."""

from __future__ import annotations

import platform
import statistics
import subprocess
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import numpy as np

from perception.processor import processor_name
from perception.training.calibration import Calibration
from perception.training.cards import Part, Speed
from perception.training.cards import Splits as CardSplits
from perception.training.experiments.task import Answers, Rows
from perception.training.splits import PARTS, Splits

_LIBRARIES: Final = ("numpy", "scikit-learn", "torch", "onnx", "onnxruntime", "librosa")
_TIMED: Final = 200


def splits_of(splits: Splits) -> CardSplits:
    """Which part has how much."""
    rows = {part: len(splits.parts[part]) for part in PARTS}
    apart = any(rows[part] != splits.groups[part] for part in PARTS)
    return CardSplits(
        text=_told(splits),
        parts={part: Part(rows=rows[part], groups=splits.groups[part] if apart else None) for part in PARTS},
        duplicates=len(splits.dropped),
        digest=splits.digest,
    )


def _told(splits: Splits) -> str:
    first = "Parts follow from a hash of each row's speaker, dialogue or content, or from the authors' own split."
    _, *drops = splits.text().splitlines()
    return f"{first} Copies went first: {'; '.join(drops)}." if drops else f"{first} No copies were found."


def calibration_facts(calibration: Calibration) -> dict[str, str]:
    """How logits become probabilities, and when the sense abstains."""
    seen = calibration.dev
    assert seen is not None
    of = f"{seen.rows:,} development rows" + (f" of {seen.groups} groups" if seen.groups else "")
    reached = "" if seen.reached else "; no threshold reaches it, this is the best that can be had"
    return {
        "method": f"{calibration.method} scaling, fitted on {of}",
        "temperature": f"{calibration.temperature:.3f}",
        "expected calibration error": f"{seen.ece_before:.3f} before, {seen.ece_after:.3f} after, on those rows",
        "uncertain": f"below a confidence of {calibration.uncertain_below:.3f}, chosen for a risk of at most "
        f"{calibration.risk:.0%}{reached}",
        "on those rows": f"answers {seen.coverage:.1%}, {seen.selective_risk:.1%} of the answers wrong",
    }


def speed_of(answers: Answers, rows: Rows) -> Speed:
    """What a row takes, one at a time, by the code that runs in the sense; its input is at hand."""
    took = []
    for place in range(min(_TIMED, len(rows))):
        one = rows.some(np.array([place]))
        began = time.perf_counter()
        answers(one)
        took.append((time.perf_counter() - began) * 1000)
    return Speed(
        median_ms=round(statistics.median(took), 3), item="one row, its input at hand", machine=processor_name()
    )


def library_versions() -> dict[str, str]:
    """Of Python and what decides figures."""
    found = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def revision() -> str:
    """Commit of the code, with `+` where files differ from it; empty outside a checkout."""
    try:
        told = subprocess.run(
            ["git", "describe", "--always", "--dirty=+", "--exclude=*"],  # noqa: S607  (whichever git the person has)
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return told.stdout.strip()
