"""Rows of a manifest, and what the senses say of them."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from agent import Senses
from agent.errors import RowInvalid
from agent.manifest import Row, in_order, numbered_lines, parse_line, perceive_row, read_row, why_bad
from perception import AudioClip, EmotionScores, Modality
from perception.testing import ScriptedPerceiver

pytestmark = pytest.mark.unit

HAPPY = EmotionScores.of({"happy": 1.0})


def test_a_row_with_a_part_of_a_recording_and_columns_of_its_own() -> None:
    row = read_row({"id": 1, "audio": "a.wav", "start": 1, "end": 2.5, "speaker": "Ann", "label": "sad"})
    assert (row.start, row.end) == (1.0, 2.5)
    assert row.model_extra == {"speaker": "Ann", "label": "sad"}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"id": 1, "audio": "a", "start": -1}, "start: "),
        ({"id": 1, "audio": "a", "start": 3, "end": 2}, "before it begins"),
        ({"id": 1, "audio": "a", "end": 0}, "before it begins"),
        ({"id": 1, "audio": "a", "end": float("inf")}, "end: "),
        ({"id": 1, "audio": "a", "start": "soon"}, "start: "),
        ({"id": 1}, "none of text, audio and image"),
        ({"id": 1, "text": 5}, "text: "),
        ({"text": "x"}, "id"),
        ([1], "row: "),
        ({"id": 1, "text": "\ud800"}, "half a character"),
    ],
)
def test_rows_that_cannot_be_read(data: Any, reason: str) -> None:
    with pytest.raises(RowInvalid, match=reason):
        read_row(data)


def test_defaults_give_way_to_what_a_row_says() -> None:
    defaults = {"lang": "fr", "crop": True}
    assert read_row({"id": 1, "text": "x", "lang": "en"}, defaults).lang == "en"
    assert read_row({"id": 1, "text": "x"}, defaults).crop


@pytest.mark.parametrize("line", [b"{", b'{"id": NaN}', b"\xff", b"[" * 100_000, b"9" * 5_000])
def test_lines_that_are_not_json(line: bytes) -> None:
    with pytest.raises(RowInvalid, match="not "):
        parse_line(line)


def test_blank_lines_and_a_byte_order_mark_are_no_rows() -> None:
    assert list(numbered_lines([b"\xef\xbb\xbf1\n", b"\n", b" \r\n", b"2"])) == [(1, b"1\n"), (4, b"2")]


async def test_the_part_that_is_meant_is_what_the_sense_hears(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "s.wav", np.repeat([0.1, 0.2], 16_000), 16_000)
    audio = ScriptedPerceiver(Modality.AUDIO, HAPPY)
    senses = Senses(audio=audio)
    result = await perceive_row(senses, Row(id=1, audio="s.wav", start=1.0), tmp_path)
    senses.close()
    (heard,) = audio.seen
    assert isinstance(heard, AudioClip)
    assert np.allclose(heard.samples, 0.2, atol=0.01)
    assert (result.seconds, result.problems) == (1.0, ())
    assert result.perceived.affect
    assert result.perceived.affect.scores == HAPPY


async def test_a_file_that_cannot_be_read_costs_that_file_only(tmp_path: Path) -> None:
    senses = Senses(text=ScriptedPerceiver(Modality.TEXT, HAPPY), vision=ScriptedPerceiver(Modality.VISION, HAPPY))
    result = await perceive_row(senses, Row(id=1, text="fine", image="nowhere.png"), tmp_path)
    senses.close()
    assert [o.modality for o in result.perceived.observations] == [Modality.TEXT]
    assert "nowhere.png" in result.problems[0]


async def test_results_come_in_order_with_a_bounded_number_under_way() -> None:
    under_way, most = 0, 0

    async def job(number: int) -> int:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.001 * (10 - number))
        under_way -= 1
        return number

    async with aclosing(in_order((job(n) for n in range(10)), 3)) as results:
        assert [n async for n in results] == list(range(10))
    assert most == 3


async def test_leaving_early_cancels_what_is_under_way() -> None:
    cancelled: list[int] = []

    async def job(number: int) -> int:
        try:
            await asyncio.sleep(0 if number == 0 else 60)
        except asyncio.CancelledError:
            cancelled.append(number)
            raise
        return number

    async with aclosing(in_order((job(n) for n in range(10)), 4)) as results:
        assert await anext(results) == 0
    assert cancelled == [1, 2, 3]


def test_what_nobody_expected_goes_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    assert why_bad(RowInvalid("why")) == "why"
    assert not caplog.records
    assert why_bad(ZeroDivisionError("by zero")) == "ZeroDivisionError: by zero"
    assert "a row failed unexpectedly" in caplog.text
