"""`attune history`: tables, JSON, pictures, and what it says when there is nothing to show."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
from PIL import Image
from typer.testing import CliRunner

from api.cli.history import history, history_app
from api.errors import InputInvalid
from api.life_plot import plot_life
from api.lifetime import prune as delete
from api.plots import plot_history
from memory import AffectMemory, DatabaseUnusable, SessionAmbiguous, SessionUnknown, TimelineBucket
from memory.testing import made_affect, made_turn
from perception import Affect, Conflict, Emotion

pytestmark = pytest.mark.unit

app = typer.Typer()
app.command()(history)


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("past") / "memory.db"

    async def fill() -> None:
        async with await AffectMemory.open(path) as memory:
            for session_id, turns in (("first-walk", 2), ("fresh-start", 0), ("second-talk", 3)):
                await memory.start_session(
                    session_id=session_id, persona="chat", lang="zh", deployment_context="personal", consent={}
                )
                for number in range(1, turns + 1):
                    turn = made_turn(session_id, number)
                    if number == 3:
                        turn = replace(turn, affect=None, user_text="[bold]loud[/bold] \x1b[31mred")
                    await memory.record_turn(turn)

    asyncio.run(fill())
    return path


def run(*arguments: str | Path) -> str:
    """Standard output of `attune history` on a wide terminal; errors pass through, as they do to the root command."""
    result = CliRunner().invoke(app, [str(a) for a in arguments], env={"COLUMNS": "160"}, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_without_a_session_it_lists_the_latest_first(db: Path) -> None:
    header, *rows = run("--db", db).splitlines()
    assert header.split() == ["session", "started", "persona", "turns", "last", "emotion"]
    assert [row.split()[0] for row in rows] == ["second-t", "fresh-st", "first-wa"]
    assert rows[1].split()[-2:] == ["0", "-"]
    assert rows[2].split()[-3:] == ["2", "angry", "0.70"]
    assert len(run("--db", db, "--limit", "1").splitlines()) == 2


def test_a_session_is_shown_turn_by_turn(db: Path) -> None:
    shown = run("first", "--db", db)
    assert "first-walk, begun" in shown
    assert "This is what was typed in turn 1" in shown
    assert "sad 0.60" in shown
    assert "text 67%, audio 33%, vision: no_face" in shown
    assert shown == run("first-walk", "--db", db)


def test_last_is_the_newest_and_what_was_said_is_no_markup(db: Path) -> None:
    shown = run("last", "--db", db)
    assert "second-talk" in shown
    assert "[bold]loud[/bold]" in shown
    assert "\x1b" not in shown


def test_json_is_an_array_of_turns_with_affect_and_observations(db: Path) -> None:
    turns = json.loads(run("second", "--json", "--db", db))
    assert [turn["number"] for turn in turns] == [1, 2, 3]
    assert turns[0]["affect"]["top"] == "sad"
    assert turns[0]["observations"]["vision"]["status"] == "no_face"
    assert "features" not in turns[0]["observations"]["text"]
    assert turns[2]["affect"] is None
    assert [turn["number"] for turn in json.loads(run("second", "--json", "--limit", "2", "--db", db))] == [2, 3]
    assert json.loads(run("--json", "--db", db))[0]["session_id"] == "second-talk"


def test_a_session_without_turns_is_an_empty_table(db: Path) -> None:
    assert "fresh-start" in run("fresh", "--db", db)
    assert json.loads(run("fresh", "--json", "--db", db)) == []


def test_a_wrong_name_reaches_the_root_as_an_error_of_memory(db: Path) -> None:
    with pytest.raises(SessionUnknown, match="did you mean second-talk"):
        run("second-walk", "--db", db)
    with pytest.raises(SessionAmbiguous, match="few more characters"):
        run("f", "--db", db)


def test_a_file_that_is_no_database_reaches_the_root(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("notes " * 200)
    with pytest.raises(DatabaseUnusable, match=r"notes\.txt"):
        run("--db", tmp_path / "notes.txt")


def test_a_database_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["--db", str(tmp_path / "none.db")])
    assert result.exit_code == 2
    assert not (tmp_path / "none.db").exists()


def test_before_the_first_conversation_it_says_how_to_begin_one(tmp_path: Path) -> None:
    assert "attune chat" in run()
    assert json.loads(run("--json")) == []
    with pytest.raises(SessionUnknown):
        run("last")
    assert list(tmp_path.iterdir()) == [], "looking leaves nothing behind"


def test_the_database_of_the_settings_is_read(db: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "attune.sqlite3").write_bytes(db.read_bytes())
    monkeypatch.setenv("ATTUNE_DATA_DIR", str(folder))
    assert run().splitlines()[1].startswith("second-t")


def test_a_plot_is_drawn_of_the_session_named_or_the_last(db: Path, tmp_path: Path) -> None:
    for arguments in (["first"], []):
        out = tmp_path / f"{len(arguments)}.png"
        assert run(*arguments, "--plot", "--out", out, "--db", db).strip() == str(out)
        with Image.open(out) as image:
            assert image.size == (1500, 900)
    assert json.loads(run("first", "--plot", "--out", tmp_path / "a.svg", "--json", "--db", db))


def test_a_plot_needs_a_file_that_can_be_drawn_to(db: Path, tmp_path: Path) -> None:
    with pytest.raises(InputInvalid, match="--out belong together"):
        run("--plot", "--db", db)
    with pytest.raises(InputInvalid, match="--out belong together"):
        run("--out", tmp_path / "a.png", "--db", db)
    for name in ("a.doc", "no/such/folder/a.png"):
        with pytest.raises(InputInvalid, match="cannot draw to"):
            run("--plot", "--out", tmp_path / name, "--db", db)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("count", [0, 1, 2, 13, 120])
def test_a_conversation_of_any_length_becomes_a_picture(tmp_path: Path, count: int, lang: str) -> None:
    turns = [made_turn("s", number) for number in range(1, count + 1)]
    plot_history(turns, tmp_path / "a.png", lang=lang)
    with Image.open(tmp_path / "a.png") as image:
        assert image.size == (1500, 900)


def test_turns_without_affect_and_conflicts_can_be_seen(tmp_path: Path) -> None:
    torn = replace(made_affect(Emotion.HAPPY), conflicts=(Conflict(code="masking"),))
    calm = replace(made_affect(Emotion.HAPPY), conflicts=())
    unknown = Affect(scores=None, shares=(), conflicts=(), reliability=0.0, observations=())
    pictures = set()
    for name, affect in (("torn", torn), ("calm", calm), ("unknown", unknown)):
        turns = [made_turn("s", 1, affect=calm), made_turn("s", 2, affect=affect), made_turn("s", 3, affect=calm)]
        plot_history(turns, tmp_path / f"{name}.png")
        with Image.open(tmp_path / f"{name}.png") as image:
            pictures.add(image.tobytes())
    assert len(pictures) == 3
    plot_history([replace(made_turn("s"), affect=None)], tmp_path / "none.png")
    plot_history([], tmp_path / "empty.png")
    assert (tmp_path / "none.png").read_bytes() == (tmp_path / "empty.png").read_bytes()


def test_the_command_itself_imports_nothing_heavy() -> None:
    # the package's door imports every command; what counts here is this one
    module = Path(history.__code__.co_filename)
    code = (
        f"import sys, runpy; runpy.run_path({str(module)!r}); "
        "print([name for name in ('numpy', 'sqlalchemy', 'matplotlib') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def attune(*arguments: str | Path) -> str:
    """Standard output of `attune history` as it stands in the root command."""
    root = typer.Typer()
    root.add_typer(history_app, name="history")
    root.callback()(lambda: None)
    found = ["history", *(str(a) for a in arguments)]
    result = CliRunner().invoke(root, found, env={"COLUMNS": "160", "LANG": "C.UTF-8"}, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_conversation_is_named_without_a_word_before_it(db: Path) -> None:
    assert attune("--db", db) == run("--db", db) == attune("show", "--db", db)
    assert attune("last", "--json", "--db", db) == run("last", "--json", "--db", db)
    shown = attune("--help")
    assert "attune history prune --older-than 90d" in shown
    assert "--older-than" in attune("prune", "--help")


def test_a_person_is_shown_over_time(db: Path) -> None:
    header, row = run("--user", "local", "--since", "2026-03-01", "--db", db).splitlines()
    assert header.split() == ["from", "turns", "emotion", "valence", "arousal", "reliability"]
    assert row.split()[2] == "5"
    shown = json.loads(run("--since", "2026-03-01T00:00Z", "--until", "2026-03-01T09:02Z", "--json", "--db", db))
    assert (shown["user_id"], shown["turns"]) == ("local", 5), "hours count whole"
    assert [point["number"] for point in shown["points"]] == [1, 1], "turns do not"
    assert shown["buckets"][0]["felt"] == 4
    assert shown["since"] == "2026-03-01T00:00:00+00:00"
    assert "Nothing was said" in run("--since", "1h", "--db", db)
    assert len(run("--user", "local", "--db", db).splitlines()) == 4, "without a time, their conversations"


def test_a_person_over_time_is_drawn(db: Path, tmp_path: Path) -> None:
    out = tmp_path / "life.png"
    assert run("--user", "local", "--plot", "--out", out, "--db", db).strip() == str(out)
    with Image.open(out) as image:
        assert image.size == (1500, 900)
    with pytest.raises(InputInvalid, match="cannot draw to"):
        run("--user", "local", "--plot", "--out", tmp_path / "life.doc", "--db", db)


def test_what_does_not_go_together_is_said(db: Path) -> None:
    with pytest.raises(InputInvalid, match="leave out --user"):
        run("last", "--since", "3d", "--db", db)
    with pytest.raises(InputInvalid, match=r"--user='bo': nobody.*'local'"):
        run("--user", "bo", "--since", "3d", "--db", db)
    with pytest.raises(InputInvalid, match="--until='soon'"):
        run("--until", "soon", "--db", db)


def _bucket(hour: int, *, felt: bool = True) -> TimelineBucket:
    since = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=hour)
    scores = made_affect(Emotion.SAD).scores if felt else None
    return TimelineBucket(
        since=since, until=since + timedelta(hours=1), turns=3, felt=3 * felt, scores=scores, reliability=0.5
    )


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("hours", [[], [0], [0, 1, 2], [0, 1, 5, 6], range(100)])
def test_any_time_becomes_a_picture(tmp_path: Path, hours: Sequence[int], lang: str) -> None:
    plot_life([_bucket(hour) for hour in hours], tmp_path / "a.png", lang=lang)
    with Image.open(tmp_path / "a.png") as image:
        assert image.size == (1500, 900)


def test_gaps_and_hours_without_a_reading_can_be_seen(tmp_path: Path) -> None:
    first, last = _bucket(0), _bucket(2)
    pictures = set()
    for name, between in (("said", [_bucket(1)]), ("unread", [_bucket(1, felt=False)]), ("gap", [])):
        plot_life([first, *between, last], tmp_path / f"{name}.png")
        pictures.add((tmp_path / f"{name}.png").read_bytes())
    plot_life([_bucket(1, felt=False)], tmp_path / "none.png")
    assert len(pictures) == 3


def test_pruning_says_first_how_much_it_would_delete(tmp_path: Path, db: Path) -> None:
    copy = tmp_path / "memory.db"
    copy.write_bytes(db.read_bytes())
    before = json.loads(attune("prune", "--older-than", "2026-03-01T09:02Z", "--dry-run", "--json", "--db", copy))
    assert (before["turns"], before["sessions"], before["dry_run"]) == (2, 0, True)
    assert "2 turns" in attune("prune", "--older-than", "2026-03-01T09:02Z", "--dry-run", "--db", copy)
    assert len(json.loads(attune("first", "--json", "--db", copy))) == 2
    done = json.loads(attune("prune", "--older-than", "2026-03-01T09:02Z", "--json", "--db", copy))
    assert (done["turns"], done["dry_run"]) == (2, False)
    assert [turn["number"] for turn in json.loads(attune("first", "--json", "--db", copy))] == [2]
    assert "Deleted: 0 turns" in attune("prune", "--older-than", "2026-03-01T09:02Z", "--db", copy)
    assert json.loads(attune("prune", "--older-than", "0h", "--json", "--db", copy))["sessions"] == 3
    with pytest.raises(InputInvalid, match="--older-than='old'"):
        attune("prune", "--older-than", "old", "--db", copy)


def test_pruning_makes_a_file_of_an_early_version_able_to_shrink(tmp_path: Path, db: Path) -> None:
    copy = tmp_path / "memory.db"
    copy.write_bytes(db.read_bytes())
    with closing(sqlite3.connect(copy)) as other:
        other.execute("PRAGMA journal_mode = DELETE")
        other.execute("PRAGMA auto_vacuum = NONE")
        other.execute("VACUUM")
        other.execute("PRAGMA journal_mode = WAL")
    attune("prune", "--older-than", "0h", "--db", copy)
    with closing(sqlite3.connect(copy)) as other:
        assert other.execute("PRAGMA auto_vacuum").fetchone() == (2,)
        assert other.execute("PRAGMA freelist_count").fetchone() == (0,)


def test_pruning_what_is_not_there_does_nothing(tmp_path: Path) -> None:
    assert "Deleted: 0 turns" in attune("prune", "--older-than", "1d")
    assert list(tmp_path.iterdir()) == []


def test_a_person_at_a_terminal_is_asked_first(tmp_path: Path, db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "memory.db"
    copy.write_bytes(db.read_bytes())
    asked: list[str] = []
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr("typer.confirm", lambda question, **_: bool(asked.append(question)))
    with pytest.raises(typer.Exit):
        delete(copy, datetime.now(UTC), dry_run=False, as_json=False, yes=False, lang="en")
    assert asked[0].startswith("Delete 5 turns")
    assert len(json.loads(attune("first", "--json", "--db", copy))) == 2
    delete(copy, datetime.now(UTC), dry_run=False, as_json=False, yes=True, lang="zh")
    assert json.loads(attune("--json", "--db", copy)) == []
