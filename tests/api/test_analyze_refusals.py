"""What cannot be analysed, or cannot be written, is refused before anything is touched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from api.analyze.testing import run
from api.errors import InputInvalid

pytestmark = pytest.mark.unit


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "in.csv"
    path.write_text("id,text\n1,so happy\n2,sad\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "data", "options", "message"),
    [
        ("in.csv", b"id,txet\n1,a\n", {}, "'id', 'txet'; did you mean 'txet'?"),
        ("in.csv", b"id,text\n1,a\n", {"label": "mood"}, "--label-column 'mood' is not in 'in.csv'"),
        ("in.csv", b"", {}, "no header"),
        ("in.csv", b"text,text\n1,a\n", {}, "the name of 2 columns"),
        ("in.csv", b"text,attune_emotion\n1,a\n", {}, "'attune_emotion' already"),
        ("in.csv", "id,text\n".encode("utf-16"), {}, "UTF-16"),
        ("in.jsonl", b'{"words": "a"}\n', {}, "keys in the first 1 rows are 'words'"),
        ("in.jsonl", b'[{"text": "a"}]\n', {}, "JSON array"),
        ("in.jsonl", b"\n\n", {}, "empty"),
        ("in.csv.gz", b"id,text\n", {}, "gzip"),
        ("in.txt", b"id,text\n", {}, "--format"),
        ("in.csv", b"id,text\n1,a\n", {"lang": "fr"}, "auto, en or zh"),
        ("in.csv", b"id,text\n1,a\n", {"kind": "xml"}, "csv, tsv, jsonl, parquet"),
        ("in.csv", b"id,text\n1,a\n", {"encoding": "latin-1"}, "gb18030"),
        ("in.parquet", b"PAR1 not really", {}, "no whole Parquet file"),
    ],
)
def test_what_cannot_begin(tmp_path: Path, name: str, data: bytes, options: dict[str, Any], message: str) -> None:
    if ".parquet" in name:
        pytest.importorskip("pyarrow")
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputInvalid) as error:
        run(tmp_path / name, tmp_path / "out.csv", **options)
    assert message in str(error.value)
    assert not (tmp_path / "out.csv").exists()
    assert not (tmp_path / "out.csv.part").exists()


def test_where_the_output_cannot_go(table: Path, tmp_path: Path) -> None:
    (tmp_path / "link.csv").hardlink_to(table)
    (tmp_path / "folder.csv").mkdir()
    places = {
        table: "the input itself",
        tmp_path / "link.csv": "the input itself",
        tmp_path / "folder.csv": "a folder",
        tmp_path / "nowhere" / "out.csv": "there is no folder",
        tmp_path / "out.xlsx": "tells no format",
        tmp_path / "out.parquet.gz": "leave the .gz out",
    }
    for out, message in places.items():
        with pytest.raises(InputInvalid, match=message):
            run(table, out)
    (tmp_path / "out.csv").write_text("precious")
    with pytest.raises(InputInvalid, match="--fresh"):
        run(table, tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text() == "precious"
    run(table, tmp_path / "out.csv", fresh=True)
    assert len((tmp_path / "out.csv").read_text().splitlines()) == 3


def test_a_list_of_broken_rows_is_not_replaced_by_its_own(table: Path, tmp_path: Path) -> None:
    source = tmp_path / "out.csv.errors.jsonl"
    source.write_text('{"text": "happy"}\n')
    with pytest.raises(InputInvalid, match="choose another --out"):
        run(source, tmp_path / "out.csv")
    assert source.read_text() == '{"text": "happy"}\n'


def test_what_cannot_be_read(tmp_path: Path) -> None:
    for source, message in (
        (tmp_path / "no.csv", "No such file"),
        (tmp_path, "a folder"),
        (Path("/dev/null"), "plain"),
    ):
        with pytest.raises(InputInvalid, match=message):
            run(source, tmp_path / "out.csv", kind="csv")


def test_parquet_without_pyarrow(table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow.parquet", None)
    with pytest.raises(InputInvalid, match=r"attune-agent\[analyze\]"):
        run(table, tmp_path / "out.parquet")
