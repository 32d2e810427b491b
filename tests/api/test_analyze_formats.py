"""Tables in every format, in and out, and what is wrong with their rows."""

from __future__ import annotations

import csv
import gzip
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from api.analyze import Analyzed
from api.analyze.testing import WordScorer, run
from api.analyze.values import COLUMNS
from api.errors import InputInvalid

pytestmark = pytest.mark.unit

CELLS = "ok broken broken broken ok empty broken ok broken ok ok broken ok broken"
OBJECTS = "ok broken broken empty empty broken empty broken broken broken ok broken broken ok"
TEXTS = ["so happy", "sad,\nand sad again", 'he said "angry"', "well", "好 happy"]


def write_csv(path: Path, rows: list[list[str]], **options: Any) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, **options).writerows(rows)
    return path


def read_csv(path: Path, **options: Any) -> list[dict[str, str]]:
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return list(csv.DictReader(text.decode("utf-8-sig").splitlines(keepends=True), **options))


def causes(found: Analyzed) -> dict[int, list[str]]:
    assert found.errors is not None
    lines = [json.loads(line) for line in found.errors.read_text(encoding="utf-8").splitlines()]
    return {line["row"]: [each["cause"] for each in line["causes"]] for line in lines}


def statuses(path: Path) -> list[str]:
    return [row["attune_status"] for row in read_csv(path)]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return write_csv(tmp_path / "in.csv", [["id", "text"], *[[str(i), text] for i, text in enumerate(TEXTS)]])


def test_a_csv_file_keeps_its_columns_and_gets_ours(table: Path, tmp_path: Path) -> None:
    found = run(table, tmp_path / "out.csv")
    rows = read_csv(tmp_path / "out.csv")
    assert [row["text"] for row in rows] == TEXTS
    assert list(rows[0]) == ["id", "text", *COLUMNS]
    assert [row["attune_emotion"] for row in rows] == ["happy", "sad", "angry", "neutral", "happy"]
    assert [row["attune_sentiment"] for row in rows] == ["positive", "negative", "negative", "neutral", "positive"]
    assert [row["attune_status"] for row in rows] == ["ok", "ok", "ok", "uncertain", "ok"]
    assert sum(float(rows[0][f"attune_{name}"]) for name in ("happy", "sad", "neutral")) <= 1
    assert found.errors is None
    assert found.report["rows"]["answered"] == 4
    assert not list(tmp_path.glob("*.part"))
    assert not list(tmp_path.glob("*progress*"))


@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".tsv", ".jsonl", ".jsonl.gz", ".parquet"])
@pytest.mark.parametrize("made", [".csv", ".tsv.gz", ".jsonl", ".parquet"])
def test_every_format_into_every_other(table: Path, tmp_path: Path, made: str, ending: str) -> None:
    if ".parquet" in (made, ending):
        pytest.importorskip("pyarrow")
    first, second, last = tmp_path / f"first{made}", tmp_path / f"second{ending}", tmp_path / "last.jsonl"
    run(table, first)
    strip(first, tmp_path / f"stripped{made}")
    run(tmp_path / f"stripped{made}", second)
    strip(second, tmp_path / f"again{ending}")
    run(tmp_path / f"again{ending}", last)
    rows = [json.loads(line) for line in last.read_text(encoding="utf-8").splitlines()]
    assert [(row["id"], row["text"]) for row in rows] == [(str(i), text) for i, text in enumerate(TEXTS)]
    assert [row["attune_emotion"] for row in rows] == ["happy", "sad", "angry", "neutral", "happy"]


def strip(path: Path, out: Path) -> None:
    """The original columns of an output, in its own format."""
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        pq.write_table(pq.read_table(path).select(["id", "text"]), out)
        return
    if ".jsonl" in path.name:
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        kept = [{key: row[key] for key in ("id", "text")} for row in map(json.loads, raw.splitlines())]
        data = "".join(json.dumps(row) + "\n" for row in kept).encode()
    else:
        delimiter = "\t" if ".tsv" in path.name else ","
        rows = [[row["id"], row["text"]] for row in read_csv(path, delimiter=delimiter)]
        data = write_csv(out.with_suffix(".tmp"), [["id", "text"], *rows], delimiter=delimiter).read_bytes()
    out.write_bytes(gzip.compress(data) if out.suffix == ".gz" else data)


def test_the_ways_of_a_csv_file_are_kept(tmp_path: Path) -> None:
    source = tmp_path / "excel.csv"
    source.write_bytes('\ufeffid;text\r\n1;so happy, really\r\n2;"a;b"\r\n'.encode())
    run(source, tmp_path / "out.csv")
    data = (tmp_path / "out.csv").read_bytes()
    assert data.startswith("\ufeffid;text;attune_status".encode())
    assert data.count(b"\r\n") == 3
    assert b'2;"a;b";uncertain' in data
    # another format has ways of its own
    run(source, tmp_path / "out.tsv")
    assert (tmp_path / "out.tsv").read_bytes().decode("utf-8-sig").startswith("id\ttext\tattune_status")


def test_lines_that_end_in_a_carriage_return_alone(tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_bytes(b'id,text\r1,so happy\r2,"sad\rvery"\r')
    run(tmp_path / "old.csv", tmp_path / "out.csv", batch_size=1)
    assert [row["attune_emotion"] for row in read_csv(tmp_path / "out.csv")] == ["happy", "sad"]


def test_objects_are_kept_to_the_letter(tmp_path: Path) -> None:
    lines = ['{"text": "happy", "price": 1.00, "big": 12345678901234567890123}', '{ "text":"好" }']
    (tmp_path / "in.jsonl").write_text("\n".join(lines), encoding="utf-8")
    run(tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    first, second = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
    assert first.startswith('{"text": "happy", "price": 1.00, "big": 12345678901234567890123, "attune_status": "ok"')
    assert second.startswith('{ "text":"好", "attune_status"')
    assert json.loads(first)["attune_sentiment"] == "positive"


def test_broken_rows_of_a_csv_file_are_counted_listed_and_written(tmp_path: Path) -> None:
    lines = [
        b"id,text,label",
        b"1,so happy,x",
        b"2,too few",
        b"3,too,many,cells",
        b"4,caf\xe9 happy,x",
        b"5,happy,caf\xe9",
        b"6,,x",
        b"7,a\0b,x",
        b"8,happy,,,",
        b'9,"never closed,x',
        b"10,sad,x",
        b'11,"a "stray" happy",x',
        b"",
        b"12," + b"h" * (1 << 20) + b"appy,x",
        b"13,angry,x",
        b'14,"open at the end',
    ]
    (tmp_path / "in.csv").write_bytes(b"\n".join(lines))
    found = run(tmp_path / "in.csv", tmp_path / "out.csv", label="label")
    assert causes(found) == {
        2: ["wrong_columns"],
        3: ["wrong_columns"],
        4: ["invalid_utf8"],
        5: ["invalid_utf8"],
        6: ["empty_text"],
        7: ["nul_byte"],
        9: ["unclosed_quote", "wrong_columns"],
        11: ["stray_quote"],
        12: ["over_long"],
        14: ["unclosed_quote", "wrong_columns"],
    }
    data = (tmp_path / "out.csv").read_bytes()
    assert b"4,caf\xe9 happy,x,broken" in data
    assert b"5,happy,caf\xe9,ok,happy" in data
    rows = list(csv.DictReader(data.decode("utf-8", "replace").splitlines()))
    assert len(rows) == 14
    assert [row["attune_status"] for row in rows] == [
        "ok",
        "broken",
        "broken",
        "broken",
        "ok",
        "empty",
        "broken",
        "ok",
        "broken",
        "ok",
        "ok",
        "broken",
        "ok",
        "broken",
    ]
    assert rows[1]["id"] == "2"
    assert found.report["rows"]["faulty"] == 10
    assert found.report["faults"]["causes"]["wrong_columns"] == 4
    assert found.report["faults"]["first"][0]["line"] == 3


def test_broken_rows_of_a_jsonl_file(tmp_path: Path) -> None:
    lines = [
        b'{"text": "so happy"}',
        b"{nonsense",
        b"[1, 2]",
        b'{"other": 1}',
        b'{"text": null}',
        b'{"text": 5}',
        b'{"text": "  "}',
        b'{"text": "\xff happy"}',
        b'{"text": "a\\u0000b"}',
        b'{"text": "\\ud800"}',
        b'{"text": "sad", "x": "\xff"}',
        b'{"text": ' + b"[" * 100_000,
        b"",
        b'{"text": "' + b"x" * (5 << 20) + b'"}',
        b'{"text": "angry"}',
    ]
    (tmp_path / "in.jsonl").write_bytes(b"\n".join(lines))
    found = run(tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    assert causes(found) == {
        2: ["invalid_json"],
        3: ["not_an_object"],
        4: ["missing_text"],
        5: ["null_text"],
        6: ["not_text"],
        7: ["empty_text"],
        8: ["invalid_utf8"],
        9: ["nul_byte"],
        10: ["invalid_utf8"],
        11: ["invalid_utf8"],
        12: ["invalid_json"],
        13: ["over_long"],
    }
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_bytes().decode("utf-8", "replace").splitlines()]
    assert [row["attune_status"] for row in rows] == (
        [
            "ok",
            "broken",
            "broken",
            "empty",
            "empty",
            "broken",
            "empty",
            "broken",
            "broken",
            "broken",
            "ok",
            "broken",
            "broken",
            "ok",
        ]
    )


def test_keys_that_come_late_have_no_column_in_a_table(tmp_path: Path) -> None:
    rows = [*[{"text": "happy"}] * 1000, {"text": "sad", "late": 1}]
    (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, rows)))
    found = run(tmp_path / "in.jsonl", tmp_path / "out.csv")
    assert causes(found) == {1001: ["late_key"]}
    assert read_csv(tmp_path / "out.csv")[-1]["attune_emotion"] == "sad"


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    table = pa.table(
        {
            "text": pa.array(["happy", None, "", "sad"] * 200),
            "n": pa.array(range(800), pa.int16()),
            "at": pa.array(range(800), pa.timestamp("ns", "UTC")),
            "kind": pa.array(["a", "b"] * 400).dictionary_encode(),
            "tags": pa.array([["x"], []] * 400),
            "pair": pa.array([{"a": 1, "b": None}, None] * 400),
            "none": pa.nulls(800),
            "price": pa.array([Decimal("1.10"), None] * 400, pa.decimal128(9, 2)),
            "many": pa.array([str(i) for i in range(800)]).dictionary_encode(),
        }
    )
    pq.write_table(table, tmp_path / "in.parquet", row_group_size=170)
    found = run(tmp_path / "in.parquet", tmp_path / "out.parquet", batch_size=64)
    out = pq.read_table(tmp_path / "out.parquet")
    assert out["at"].combine_chunks().equals(table["at"].combine_chunks())
    assert out.drop(["at", *COLUMNS]).to_pylist() == table.drop(["at"]).to_pylist()
    assert out.select(table.column_names).schema.equals(table.schema)
    assert out["attune_status"].to_pylist()[:4] == ["ok", "empty", "empty", "ok"]
    assert out.schema.field("attune_happy").type == pa.float64()
    assert found.report["faults"]["causes"] == {"null_text": 200, "empty_text": 200}
    run(tmp_path / "in.parquet", tmp_path / "out.csv")
    second = read_csv(tmp_path / "out.csv")[1]
    assert (second["n"], second["price"], second["tags"]) == ("1", "", "[]")
    assert second["at"].endswith("00:00:00.000000001Z")


def test_a_parquet_text_of_bytes_that_are_no_characters(tmp_path: Path) -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    raw = pa.array([b"happy", b"caf\xe9 happy", None], pa.binary())
    text = pa.StringArray.from_buffers(3, raw.buffers()[1], raw.buffers()[2], raw.buffers()[0])
    pq.write_table(pa.table({"text": text}), tmp_path / "in.parquet")
    found = run(tmp_path / "in.parquet", tmp_path / "out.parquet")
    assert causes(found) == {2: ["invalid_utf8"], 3: ["null_text"]}
    assert pq.read_table(tmp_path / "out.parquet")["attune_status"].to_pylist() == ["ok", "broken", "empty"]


def test_chinese_in_gb18030(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes("编号,留言\n1,好 happy\n".encode("gb18030"))
    with pytest.raises(InputInvalid, match="gb18030"):
        run(tmp_path / "in.csv", tmp_path / "out.csv", text="留言")
    run(tmp_path / "in.csv", tmp_path / "out.csv", text="留言", encoding="gb18030")
    assert read_csv(tmp_path / "out.csv")[0]["留言"] == "好 happy"


def test_a_table_without_rows(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("id,text\n")
    found = run(tmp_path / "in.csv", tmp_path / "out.csv", report=tmp_path / "report")
    assert (tmp_path / "out.csv").read_text().startswith("id,text,attune_status")
    assert found.report["rows"]["total"] == 0
    if pytest.importorskip("pyarrow"):
        run(tmp_path / "in.csv", tmp_path / "out.parquet")
        assert (tmp_path / "out.parquet").stat().st_size > 100


def test_the_language_is_handed_on(table: Path, tmp_path: Path) -> None:
    scorer = WordScorer()
    run(table, tmp_path / "out.csv", scorer=scorer, lang="zh")
    assert {each.lang for each in scorer.seen} == {"zh"}


def test_columns_of_one_name_are_kept_by_place(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("x,text,x\n1,happy,2\n")
    run(tmp_path / "in.csv", tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text().splitlines()[1].startswith("1,happy,2,ok")
    with pytest.raises(InputInvalid, match="several columns"):
        run(tmp_path / "in.csv", tmp_path / "out.jsonl")
