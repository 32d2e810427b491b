"""The bench of a long stream: what it counts, with a sense that costs nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli.app import app
from evals.bench import bench_stream
from evals.bench import stream as module
from perception import AudioClip, Modality, Observation, Status

pytestmark = pytest.mark.model


class Quick:
    model = "quick"

    def warm_up(self) -> None:
        """There is nothing to load."""

    def perceive(self, evidence: AudioClip, /) -> Observation:
        return Observation(modality=Modality.AUDIO, status=Status.UNCERTAIN, model=self.model)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("perception.audio.EmbeddedAudio", Quick)


def test_a_stream_is_felt_to_its_end() -> None:
    told: list[tuple[int, int]] = []
    done = bench_stream(2, progress=lambda at, of, _line: told.append((at, of)))
    assert told == [(1, 2), (2, 2)]
    assert done.seconds == pytest.approx(120.0)
    assert done.utterances > 30
    assert done.estimates > done.utterances
    assert len(done.memory_mb) == 2
    assert 0.9 < done.growth < 1.2


def test_the_command_prints_json_for_programs_and_lines_for_people() -> None:
    shown = CliRunner().invoke(app, ["bench", "stream", "--minutes", "2"])
    assert shown.exit_code == 0
    assert "after one minute" in shown.output
    printed = CliRunner().invoke(app, ["bench", "stream", "--minutes", "2", "--json"])
    assert {"cpu_rtf", "growth", "memory_at_the_end_mb"} <= json.loads(printed.stdout).keys()


def test_where_memory_is_not_told_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "_STATM", tmp_path / "nothing")
    with pytest.raises(RuntimeError, match="Linux only"):
        bench_stream(2)
