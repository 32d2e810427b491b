"""Points of the curves of a report, for programs; the page draws its own."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from perception.metrics import Predictions, reliability, risk_coverage

POINTS: Final = 100
"""Of the risk-coverage curve."""


def curves(predictions: Predictions) -> dict[str, Any]:
    """Bins of the reliability diagram, and up to `POINTS` points of the risk-coverage curve, rounded to 4 digits."""
    bins, curve = reliability(predictions), risk_coverage(predictions)
    kept = np.unique(np.linspace(0, len(curve.coverage) - 1, POINTS).round().astype(int))
    return {
        "reliability": [
            {"from": round(low, 4), "to": round(high, 4), "rows": int(n), **_bin(confidence, accuracy, int(n))}
            for low, high, confidence, accuracy, n in zip(
                bins.edges[:-1].tolist(),
                bins.edges[1:].tolist(),
                bins.confidence.tolist(),
                bins.accuracy.tolist(),
                bins.count.tolist(),
                strict=True,
            )
        ],
        "risk_coverage": [
            {"coverage": round(c, 4), "risk": round(r, 4), "threshold": round(t, 4)}
            for c, r, t in zip(
                curve.coverage[kept].tolist(), curve.risk[kept].tolist(), curve.threshold[kept].tolist(), strict=True
            )
        ],
    }


def _bin(confidence: float, accuracy: float, rows: int) -> dict[str, float | None]:
    if not rows:
        return {"confidence": None, "accuracy": None}
    return {"confidence": round(confidence, 4), "accuracy": round(accuracy, 4)}
