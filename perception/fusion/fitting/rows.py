"""Labelled rows of scores, sense by sense: what `attune perceive --batch` writes, with a `label` in each row.

    {"id": 1, "label": "sad", "dialogue": "7", "observations": {
        "text": {"status": "ok", "quality": 0.9, "scores": {"happy": 0.1, "sad": 0.7, …}},
        "vision": {"status": "no_face", "quality": 0, "scores": null}}}

`speaker` or `dialogue` (any column named as the group) says which rows depend on each other. Other columns pass.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from perception.emotions import EMOTIONS, Emotion
from perception.errors import ScoresUnusable
from perception.observation import Modality, Status

MODALITIES: Final = tuple(Modality)
GROUPS: Final = ("speaker", "dialogue")
"""Columns that say which rows depend on each other, the first that all rows have."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ScoredRows:
    """What the senses said of labelled rows."""

    ids: tuple[str, ...]
    """Of each row."""
    truth: NDArray[np.int64]
    """Rows: place in `EMOTIONS`."""
    scores: Floats
    """Rows x 3 x 7, senses in the order of `Modality`; zeros where a sense had nothing to say."""
    quality: Floats
    """Rows x 3, in [0, 1]; 0 where a sense had nothing to say."""
    groups: tuple[str, ...] | None = None
    """Speaker or dialogue of each row; None where rows are independent."""

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def heard(self) -> NDArray[np.bool_]:
        """Rows x 3: whether the sense had something to say."""
        return np.asarray(self.quality > 0)

    @property
    def base(self) -> Floats:
        """Rows x 3: quality x confidence, the weight of a sense before trust."""
        return np.asarray(self.quality * self.scores.max(axis=2))

    @property
    def present(self) -> tuple[Modality, ...]:
        """The senses that say something of any row."""
        return tuple(m for place, m in enumerate(MODALITIES) if self.heard[:, place].any())

    def some(self, places: NDArray[Any]) -> ScoredRows:
        """Those at the places given."""
        return ScoredRows(
            ids=tuple(self.ids[int(place)] for place in places),
            truth=self.truth[places],
            scores=self.scores[places],
            quality=self.quality[places],
            groups=None if self.groups is None else tuple(self.groups[int(place)] for place in places),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """Rows, and what was left out on the way."""

    rows: ScoredRows
    """Those that can be used."""
    left_out: Mapping[str, int]
    """Rows that cannot, by reason: `broken`, `unlabelled`, `label:<it>`, `silent` (no sense was sure of anything)."""
    grouped_by: str | None
    """Column that the groups are of."""


def read_scores(lines: Iterable[str], *, labels: Mapping[str, str] | None = None, group: str | None = None) -> Reading:
    """Read JSON lines.

    Args:
        lines: one row each; blank ones are passed over.
        labels: label by id, for rows that have none of their own.
        group: column that says which rows depend on each other; the first of `GROUPS` that all have, when None.

    Raises:
        ScoresUnusable: no row can be used, or one lacks the column `group`.
    """
    left: Counter[str] = Counter()
    kept: list[tuple[str, int, Any, Mapping[str, Any]]] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        row = _row(line, labels or {}, number)
        if isinstance(row, str):
            left[row] += 1
        else:
            kept.append(row)
    if not kept:
        why = ", ".join(f"{count} {reason}" for reason, count in left.most_common(4)) or "the file is empty"
        raise ScoresUnusable(
            f"no row can be used ({why}); a row needs `label`, and `observations` as of attune perceive --batch"
        )
    groups, by = _groups([told for *_, told in kept], group)
    ids, truth, observed, _ = zip(*kept, strict=True)
    return Reading(
        rows=ScoredRows(
            ids=ids,
            truth=np.array(truth, dtype=np.int64),
            scores=np.array([scores for scores, _ in observed]),
            quality=np.array([quality for _, quality in observed]),
            groups=groups,
        ),
        left_out=dict(left.most_common()),
        grouped_by=by,
    )


def _row(line: str, labels: Mapping[str, str], number: int) -> tuple[str, int, Any, Mapping[str, Any]] | str:
    try:
        told = json.loads(line)
        observations = told["observations"]
        observed = _observed(observations)
    except (ValueError, KeyError, TypeError, AttributeError):
        return "broken"
    row_id = str(told.get("id", number))
    label = told.get("label", labels.get(row_id))
    if label is None:
        return "unlabelled"
    if label not in set(Emotion):
        return f"label:{label}"
    if not observed[1].any():
        return "silent"
    return row_id, EMOTIONS.index(Emotion(label)), observed, told


def _observed(observations: Mapping[str, Any]) -> tuple[Floats, Floats]:
    scores, quality = np.zeros((len(MODALITIES), len(EMOTIONS))), np.zeros(len(MODALITIES))
    for place, modality in enumerate(MODALITIES):
        told = observations.get(modality.value)
        if told is None or told.get("status", Status.OK) != Status.OK:
            continue
        values = np.array([float(told["scores"].get(emotion.value, 0.0)) for emotion in EMOTIONS])
        good = float(told.get("quality", 1.0))
        if not (values.min() >= 0 and math.isfinite(values.sum()) and values.sum() > 0 and 0 <= good <= 1):
            raise ValueError(f"scores or quality of {modality} are out of range")
        scores[place], quality[place] = values / values.sum(), good
    return scores, quality


def _groups(rows: list[Mapping[str, Any]], wanted: str | None) -> tuple[tuple[str, ...] | None, str | None]:
    if wanted is not None:
        lacking = sum(row.get(wanted) is None for row in rows)
        if lacking:
            raise ScoresUnusable(f"{lacking} of {len(rows)} rows have no {wanted!r}; name a column that all rows have")
        return tuple(str(row[wanted]) for row in rows), wanted
    for column in GROUPS:
        if all(row.get(column) is not None for row in rows):
            return tuple(str(row[column]) for row in rows), column
    return None, None
