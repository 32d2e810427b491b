"""The bench of a long history: what it tells, and that its histories are what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals.bench import bench_history

pytestmark = pytest.mark.unit


def test_it_tells_times_sizes_and_what_pruning_left(tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    done = bench_history(tmp_path, turns=1000, runs=3, progress=lambda at, of, _: steps.append((at, of)))
    shown = done.as_dict()
    assert (shown["turns"], shown["sessions"]) == (1000, 50)
    assert set(shown["timeline_ms"]) == {"newest", "range", "life"}
    assert shown["mood_ms"] > 0
    assert 300 < shown["db_bytes_per_turn"] < 2000
    assert 400 < shown["prune"]["turns"] <= 500
    assert shown["prune"]["db_bytes_after"] > 0
    assert shown["prune"]["longest_write_ms"] > 0
    assert len(shown["cases"]) == 14
    assert "range_many / range_few" in shown["ratios"]
    assert {"machine", "yardstick", "notes"} <= set(shown)
    assert all(at <= of for at, of in steps)
