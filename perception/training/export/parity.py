"""Whether an exported model answers as the trained one does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from perception.training.errors import ParityFailed

Rows = TypeVar("Rows", bound=Sequence[Any] | NDArray[Any])

_TIE: Final = 1e-6


@dataclass(frozen=True, kw_only=True, slots=True)
class Parity:
    """How far the answers of two models are from each other."""

    rows: int
    """How many were compared."""
    max_difference: float
    """Largest difference of a value, in the unit of the answers."""
    mean_difference: float
    """Mean difference of a value."""
    agreement: float
    """Part of the rows with the same top class, in [0, 1]; tops within a millionth of each other count as the same."""
    worst: int
    """Place of the row with the largest difference."""


def check_parity(
    reference: Callable[[Rows], NDArray[Any]],
    exported: Callable[[Rows], NDArray[Any]],
    rows: Rows,
    *,
    max_difference: float = 1e-4,
    min_agreement: float = 1.0,
) -> Parity:
    """Compare two models row by row.

    Args:
        reference: the trained model: rows -> values (n x classes), probabilities or decision values.
        exported: the model read back from its file, likewise; `OnnxRunner` is one.
        rows: what both take: an array, or texts.
        max_difference: largest difference of a value that is allowed.
        min_agreement: part of the rows that must have the same top class, in [0, 1].

    Raises:
        ParityFailed: the models differ by more; it names the worst row.
        ValueError: there are no rows.
    """
    if not len(rows):
        raise ValueError("parity needs at least one row to compare")
    ours, theirs = (np.asarray(answer(rows), dtype=np.float64) for answer in (reference, exported))
    if ours.shape != theirs.shape or ours.ndim != 2 or len(ours) != len(rows):
        raise ParityFailed(
            f"{len(rows)} rows were answered in shapes {ours.shape} by the reference and {theirs.shape} by the export; "
            "both must give rows x classes: look at which output is compared"
        )
    apart = _apart(ours, theirs)
    differs = _differs(ours, theirs)
    found = Parity(
        rows=len(ours),
        max_difference=float(apart.max()),
        mean_difference=float(apart.mean()),
        agreement=float(1 - differs.mean()),
        worst=int(apart.max(axis=1).argmax()),
    )
    if found.max_difference > max_difference:
        told = f"more than {max_difference:g} is not allowed"
        raise _failed(found, found.worst, ours, theirs, told)
    if found.agreement < min_agreement:
        row = int(np.where(differs, apart.max(axis=1), -1).argmax())
        told = f"only {found.agreement:.2%} of the rows have the same top class, of {min_agreement:.2%} asked for"
        raise _failed(found, row, ours, theirs, told)
    return found


def _apart(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Difference of each value; infinite where one is not finite, whatever the other is."""
    finite = np.isfinite(ours) & np.isfinite(theirs)
    apart: NDArray[np.float64] = np.subtract(ours, theirs, out=np.full(ours.shape, np.inf), where=finite)
    return np.abs(apart)


def _differs(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Where the top class is another, and not by a tie that rounding breaks."""
    rows, top = np.arange(len(ours)), theirs.argmax(axis=1)
    return np.asarray((ours.argmax(axis=1) != top) & (ours.max(axis=1) > ours[rows, top] + _TIE))


def _failed(found: Parity, row: int, ours: NDArray[np.float64], theirs: NDArray[np.float64], told: str) -> ParityFailed:
    return ParityFailed(
        f"the export answers otherwise than the trained model: {told}. Row {row} of {found.rows} differs by "
        f"{_apart(ours[row], theirs[row]).max():.3g}: {_short(ours[row])} by the reference, {_short(theirs[row])} by "
        "the export; look for preparation of rows that is not in the graph, or for a module exported in training mode"
    )


def _short(values: NDArray[np.float64]) -> str:
    return "[" + " ".join(f"{value:.4f}" for value in values) + "]"
