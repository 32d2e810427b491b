"""Word error rate: what counts, what does not, and what a manifest may hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from api.cli.app import app
from evals.errors import ManifestUnusable
from evals.transcription import evaluate_transcription, normalise, summary_lines, write_transcription
from perception import SAMPLE_RATE, AudioClip, Status, Transcript

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "lang", "words"),
    [
        ("Say the word, “Dog”!", None, "say the word dog"),
        ("Don’t — well-known ÉTÉ", "en", "don't well known été"),
        ("I'm 21, it is 1,900 or 105.", "en", "i'm twenty one it is one thousand nine hundred or one hundred five"),
        ("007 and 3rd and 12345", "en", "007 and 3rd and 12345"),
        ("今天 3 点，OK？", "zh", "今 天 三 点 ok"),
        ("ＡＢＣ 12", "zh", "abc 12"),
        ("...", None, ""),
    ],
)
def test_only_words_count(text: str, lang: str | None, words: str) -> None:
    assert " ".join(normalise(text, lang=lang)) == words


class Parrot:
    """Says what the test wants, clip by clip."""

    model = "parrot"

    def __init__(self, *said: str) -> None:
        self._said = list(said)
        self.langs: list[str | None] = []

    def warm_up(self) -> None:
        """There is nothing to load."""

    def transcribe(self, clip: AudioClip, /, *, lang: str | None = None) -> Transcript:
        self.langs.append(lang)
        text = self._said.pop(0)
        status = Status.OK if text else Status.NO_SPEECH
        return Transcript(status=status, model=self.model, text=text, seconds=clip.seconds)


def manifest(folder: Path, *rows: Mapping[str, Any]) -> Path:
    soundfile.write(folder / "a.wav", np.zeros(SAMPLE_RATE, dtype=np.float32), SAMPLE_RATE)
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps({"id": k, "audio": "a.wav", **row}) + "\n" for k, row in enumerate(rows)))
    return path


def test_errors_are_counted_by_kind_and_corpus(tmp_path: Path) -> None:
    path = manifest(
        tmp_path,
        {"reference": "say the word dog", "corpus": "one", "lang": "en"},
        {"text_reference": "say the word cat", "corpus": "one"},
        {"text": "kids are talking", "corpus": "two"},
    )
    parrot = Parrot("Say the word dock.", "", "Kids are talking now")
    found = evaluate_transcription(path, {"parrot": parrot})
    one, two, both = found.models["parrot"]
    assert (one.name, two.name, both.name) == ("one", "two", "all")
    assert one.as_dict() | {"rtf": 0, "cpu_rtf": 0, "interval": None} == {
        "name": "one", "clips": 2, "words": 8, "wer": 0.625, "interval": None, "drawn": "clip", "substitutions": 1,
        "deletions": 4, "insertions": 0, "clips_without_error": 0, "statuses": {"ok": 1, "no_speech": 1},
        "seconds": 2.0, "rtf": 0, "cpu_rtf": 0,
    }  # fmt: skip
    assert two.wer == pytest.approx(1 / 3)
    assert both.wer == pytest.approx(6 / 11)
    assert both.interval is not None
    assert both.interval.low <= both.wer <= both.interval.high
    assert two.interval is None
    assert parrot.langs == ["en", None, None]


def test_the_same_seed_gives_the_same_interval_and_speakers_are_drawn_whole(tmp_path: Path) -> None:
    rows = [{"reference": "one two", "speaker": f"s{k % 5}"} for k in range(20)]
    path = manifest(tmp_path, *rows)
    said = ["one two" if k % 5 else "one" for k in range(20)]
    first, again = (evaluate_transcription(path, {"p": Parrot(*said)}).models["p"][-1] for _ in range(2))
    assert first.drawn == "speaker"
    assert first.interval == again.interval
    free = evaluate_transcription(path, {"p": Parrot(*said)}, resamples=0).models["p"][-1]
    assert free.interval is None


def test_bad_rows_are_counted_and_stop_nothing(tmp_path: Path) -> None:
    path = manifest(tmp_path, {"reference": "yes"}, {"reference": "?!"}, {"reference": "no", "audio": "gone.wav"})
    with path.open("a") as file:
        file.write('{"id": 9, "text": "no audio"}\nno json\n')
    found = evaluate_transcription(path, {"p": Parrot("yes")})
    assert [each.line for each in found.broken] == [2, 4, 5, 3]
    assert found.models["p"][-1].wer == 0
    assert "gone.wav" in found.broken[-1].reason


@pytest.mark.parametrize("text", ["", '{"id": 1, "audio": "a.wav"}\n'])
def test_a_manifest_without_usable_rows(tmp_path: Path, text: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(text)
    with pytest.raises(ManifestUnusable, match=r"rows\.jsonl"):
        evaluate_transcription(path, {})
    with pytest.raises(ManifestUnusable, match="check the path"):
        evaluate_transcription(tmp_path / "none.jsonl", {})


def test_no_row_that_can_be_heard_is_an_error(tmp_path: Path) -> None:
    path = manifest(tmp_path, {"reference": "no", "audio": "gone.wav"})
    with pytest.raises(ManifestUnusable, match=r"gone\.wav"):
        evaluate_transcription(path, {"p": Parrot()})


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_report_and_the_table(tmp_path: Path, lang: str) -> None:
    path = manifest(tmp_path, {"reference": "yes"}, {"reference": "?"})
    found = evaluate_transcription(path, {"parrot": Parrot("yes")})
    report = json.loads(write_transcription(found, tmp_path / "out").read_text())
    assert report["models"]["parrot"][0]["wer"] == 0
    assert report["broken"][0]["line"] == 2
    rows = [json.loads(line) for line in (tmp_path / "out" / "rows.jsonl").read_text().splitlines()]
    assert [(row["id"], row["hypothesis"]) for row in rows] == [(0, "yes")]
    assert any("parrot" in line and "0.0%" in line for line in summary_lines(found, lang))
    with pytest.raises(ManifestUnusable, match="--out"):
        write_transcription(found, path)


def test_a_model_that_writes_no_speech_is_refused(tmp_path: Path) -> None:
    path = manifest(tmp_path, {"reference": "yes"})
    ran = CliRunner().invoke(app, ["eval", "transcription", "--manifest", str(path), "--models", "smollm2-135m"])
    assert ran.exit_code != 0
    assert "whisper-base" in str(ran.exception)
