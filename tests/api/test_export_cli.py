"""`attune export`: every row, in three forms, whole or not at all, for its owner only."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import stat
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from api.cli.export import export
from api.errors import InputInvalid
from api.export_formats import COLUMNS, encoded
from api.moments import moment_of
from memory import AffectMemory, DatabaseUnusable
from memory.testing import made_turn

pytestmark = pytest.mark.unit

app = typer.Typer()
app.command()(export)

RISKY = ["=1+2", "+1", "-1", "@x", "\t=1", "\r=1", "＝1", "'=1"]


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("past") / "memory.db"

    async def fill() -> None:
        async with await AffectMemory.open(path) as memory:
            for user, session_id, turns in (("local", "mine", 3), ("ann", "hers", len(RISKY))):
                await memory.start_session(
                    session_id=session_id, user_id=user, persona="chat", lang="zh", deployment_context="personal",
                    consent={},
                )  # fmt: skip
                for number in range(1, turns + 1):
                    turn = made_turn(session_id, number)
                    if user == "ann":
                        turn = replace(turn, user_text=RISKY[number - 1], reply='a "quote",\na line')
                    await memory.record_turn(turn)

    asyncio.run(fill())
    return path


def run(*arguments: str | Path) -> str:
    result = CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def kept(db: Path, user: str) -> list[dict[str, Any]]:
    async def rows() -> list[dict[str, Any]]:
        async with await AffectMemory.open(db) as memory:
            return [row async for row in memory.export(user)]

    return asyncio.run(rows())


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_json_and_lines_hold_every_row(db: Path, tmp_path: Path) -> None:
    assert "1 sessions, 3 turns" in run("--db", db, "--out", tmp_path / "a.jsonl")
    lines = (tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == kept(db, "local")
    run("--db", db, "--out", tmp_path / "a.json")
    assert json.loads((tmp_path / "a.json").read_bytes()) == kept(db, "local")
    assert json.loads(run("--db", db, "--json")) == kept(db, "local")


def test_a_table_has_a_row_for_each_turn_and_each_observation(db: Path, tmp_path: Path) -> None:
    run("ann", "--db", db, "--out", tmp_path / "a.csv")
    rows = table(tmp_path / "a.csv")
    kinds = [row["kind"] for row in rows]
    assert kinds[:6] == ["user", "session", "turn", "observation", "observation", "observation"]
    assert kinds.count("turn") == len(RISKY)
    assert list(rows[0]) == list(COLUMNS)
    (turn,) = [row for row in rows if (row["kind"], row["number"]) == ("turn", "1")]
    made = made_turn("hers", 1).affect
    assert made is not None
    assert made.scores is not None
    assert float(turn["sad"]) == pytest.approx(made.scores.values[1], abs=1e-4)
    assert float(turn["valence"]) < 0
    assert turn["reply"] == 'a "quote",\na line'
    assert json.loads(turn["conflicts"])[0]["code"] == "masking"
    heard = next(row for row in rows if row["modality"] == "audio")
    assert (heard["status"], heard["turn_id"], heard["quality"]) == ("ok", turn["turn_id"], "0.8")


def test_every_field_of_every_row_has_a_column(db: Path) -> None:
    from api.export_formats import flat

    for row in kept(db, "ann"):
        for cells in flat(row):
            assert set(cells) - {"scores"} <= set(COLUMNS)


def test_no_cell_is_a_formula(db: Path, tmp_path: Path) -> None:
    run("ann", "--db", db, "--out", tmp_path / "a.csv")
    said = [row["user_text"] for row in table(tmp_path / "a.csv") if row["kind"] == "turn"]
    assert said == [*(f"'{text}" for text in RISKY[:-1]), RISKY[-1]]


def test_an_export_can_be_of_a_time(db: Path, tmp_path: Path) -> None:
    shown = json.loads(run("--db", db, "--json", "--since", "2026-03-01T09:02Z", "--until", "2026-03-01T09:03Z"))
    assert [row["number"] for row in shown if row["kind"] == "turn"] == [2]
    out = tmp_path / "a.jsonl"
    assert json.loads(run("--db", db, "--out", out, "--json", "--until", "2020-01-01"))["rows"] == {"user": 1}


def test_the_file_is_the_owners_alone_and_takes_its_name_when_it_is_whole(
    db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "a.jsonl"
    run("--db", db, "--out", out)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    before = out.read_bytes()

    async def breaks(*_: object, **__: object) -> AsyncIterator[bytes]:
        yield b"half"
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("api.exporting.encoded", breaks)
    with pytest.raises(InputInvalid, match=r"cannot write .*No space left"):
        run("--db", db, "--out", out)
    assert out.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl"]


def test_what_cannot_be_exported_is_named(db: Path, tmp_path: Path) -> None:
    with pytest.raises(InputInvalid, match=r"nobody is called 'bo'.*'local', 'ann'"):
        run("bo", "--db", db, "--json")
    with pytest.raises(InputInvalid, match=r"\.jsonl, \.csv or \.json"):
        run("--db", db, "--out", tmp_path / "a.xlsx")
    with pytest.raises(InputInvalid, match="needs a file"):
        run("--db", db)
    with pytest.raises(InputInvalid, match="cannot write"):
        run("--db", db, "--out", tmp_path / "no" / "a.csv")
    with pytest.raises(InputInvalid, match=r"--since='yesterday' is no time"):
        run("--db", db, "--json", "--since", "yesterday")
    with pytest.raises(InputInvalid, match="no conversations yet"):
        run("--json")
    (tmp_path / "notes.txt").write_text("notes " * 200)
    with pytest.raises(DatabaseUnusable):
        run("--db", tmp_path / "notes.txt", "--json")


@pytest.mark.parametrize("kind", ["jsonl", "json", "csv"])
async def test_no_rows_are_a_whole_file_too(kind: Any) -> None:
    async def none() -> AsyncIterator[dict[str, Any]]:
        for row in ():
            yield row

    told = b"".join([piece async for piece in encoded(none(), kind)]).decode("utf-8-sig")
    assert told == {"jsonl": "", "json": "[]\n", "csv": ",".join(COLUMNS) + "\r\n"}[kind]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("90d", datetime(2026, 1, 1, tzinfo=UTC)),
        ("2 W", datetime(2026, 3, 18, tzinfo=UTC)),
        ("36h", datetime(2026, 3, 30, 12, tzinfo=UTC)),
        ("2026-02-01T10:00+08:00", datetime(2026, 2, 1, 2, tzinfo=UTC)),
    ],
)
def test_a_moment_is_an_age_or_a_day(text: str, moment: datetime) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=90)
    assert moment_of(text, "--since", now=now) == moment


@pytest.mark.parametrize("text", ["", "d", "-3d", "999999w", "2026-13-01", "3 months"])
def test_anything_else_is_no_moment(text: str) -> None:
    with pytest.raises(InputInvalid, match="is no time; write an age such as 90d"):
        moment_of(text, "--since")
