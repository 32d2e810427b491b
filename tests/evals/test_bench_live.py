"""The bench of the live link: what it counts, beside matrices and beside a chat model."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from langchain_core.messages import BaseMessage
from typer.testing import CliRunner

from api.cli.app import app
from evals.bench import bench_live
from evals.bench import stream as module
from perception import ModelMissing

pytestmark = pytest.mark.model


class Talker:
    name = "talker"
    languages = None

    def __init__(self) -> None:
        self.said = 0
        self.closed = False

    async def stream(self, messages: Sequence[BaseMessage], *, max_tokens: int = 256) -> AsyncIterator[str]:
        import asyncio

        for _ in range(max_tokens):
            await asyncio.sleep(0.01)
            self.said += 1
            yield "so "

    async def warm_up(self, messages: Sequence[BaseMessage] = ()) -> None:
        """There is nothing to load."""

    async def aclose(self) -> None:
        self.closed = True


def test_beside_a_chat_model() -> None:
    talker, steps = Talker(), list[tuple[int, int]]()
    done = bench_live(1.0, chat_model=talker, progress=lambda at, of, _line: steps.append((at, of)))
    assert done.beside == "a reply of talker"
    assert talker.said
    assert talker.closed
    frames = done.statistics
    assert frames.offered == 30 == frames.dropped + frames.read
    assert frames.published == len(done.ages_ms) >= 1
    assert all(age >= 0 for age in done.ages_ms)
    assert steps[-1] == (0, 1)
    shown = json.loads(json.dumps(done.as_dict()))
    assert {"updates_a_second", "age_ms", "frames", "memory_settled_mb"} <= shown.keys()


def test_the_command_prints_json_for_programs_and_lines_for_people(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(store: object, name: str) -> Path:
        raise ModelMissing(name, f"attune models get {name}")

    monkeypatch.setattr("perception.models.store.ModelStore.path", nowhere)
    shown = CliRunner().invoke(app, ["bench", "live", "--seconds", "1"])
    assert shown.exit_code == 0, shown.output
    assert "multiplies matrices" in shown.output
    assert "pictures offered" in shown.output
    printed = CliRunner().invoke(app, ["bench", "live", "--seconds", "1", "--json"])
    assert json.loads(printed.stdout)["frames"]["offered"] == 30


def test_no_time_at_all() -> None:
    with pytest.raises(ValueError, match="seconds above 0"):
        bench_live(0)


def test_where_memory_is_not_told_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "_STATM", tmp_path / "nothing")
    with pytest.raises(RuntimeError, match="Linux only"):
        bench_live(1)
