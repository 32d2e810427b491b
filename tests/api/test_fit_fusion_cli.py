"""`attune fit-fusion`: rows of scores, manifests and corpora in, a trust that a persona can include out."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from api.cli.app import app
from api.errors import InputInvalid
from perception import EMOTIONS, Modality
from perception.errors import ScoresUnusable
from perception.fusion.fitting import fit_trust, read_scores, simplex, stack
from perception.fusion.fitting.fit import answers
from personas.policy import Policy

pytestmark = pytest.mark.unit


def scores(random: np.random.Generator, truth: int, right: float) -> dict[str, float]:
    told = random.dirichlet(np.ones(7) * 0.6)
    told[truth if random.random() < right else random.integers(7)] += 0.8
    return dict(zip(map(str, EMOTIONS), (told / told.sum()).round(4).tolist(), strict=True))


def row(number: int, random: np.random.Generator, right: tuple[float, ...] = (0.6, 0.3, 0.8)) -> dict[str, Any]:
    truth = int(random.integers(7))
    return {
        "id": number,
        "label": str(EMOTIONS[truth]),
        "dialogue": f"d{number // 5}",
        "observations": {
            str(modality): {"status": "ok", "quality": 1.0, "scores": scores(random, truth, part)}
            for modality, part in zip(Modality, right, strict=True)
        },
    }


def some(count: int = 400, seed: int = 0) -> list[dict[str, Any]]:
    random = np.random.default_rng(seed)
    return [row(number, random) for number in range(count)]


def written(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join(json.dumps(each) + "\n" for each in rows), encoding="utf-8")
    return path


def ran(*words: str) -> Any:
    return CliRunner().invoke(app, ["fit-fusion", *words])


def report(*words: str) -> Any:
    result = ran(*words, "--json", "--resamples", "20")
    assert result.exit_code == 0, result.exception
    return json.loads(result.stdout)


class TestFitting:
    def test_within_half_a_point_of_the_known_optimum(self) -> None:
        """The optimum is known: labels are what a trust of 0.5, 0.14 and 0.36 answers, but for a tenth of them."""
        known = {Modality.VISION: 0.5, Modality.AUDIO: 0.14, Modality.TEXT: 0.36}
        random = np.random.default_rng(1)
        rows = [row(number, random) for number in range(2400)]
        told = answers(read_scores(map(json.dumps, rows)).rows, known, "log")
        for each, emotion in zip(rows, told, strict=True):
            each["label"] = str(EMOTIONS[int(random.integers(7)) if random.random() < 0.1 else int(emotion)])
        seen, unseen = (read_scores(map(json.dumps, part)).rows for part in (rows[:1200], rows[1200:]))
        found = fit_trust(seen, metric="accuracy", resamples=0).trust
        best, got = (float((answers(unseen, trust, "log") == unseen.truth).mean()) for trust in (known, found))
        assert best > 0.88
        assert got >= best - 0.005
        assert all(abs(found[sense] - known[sense]) <= 0.06 for sense in Modality)

    def test_every_share_of_trust_is_tried(self) -> None:
        trusts = simplex()
        assert len(trusts) == 1326
        assert trusts.sum(axis=1) == pytest.approx(np.ones(1326))
        with pytest.raises(ValueError, match="divide 1"):
            simplex(0.03)

    def test_the_better_sense_is_trusted_more_and_nothing_beats_the_fit(self) -> None:
        fit = fit_trust(read_scores(map(json.dumps, some())).rows, resamples=30)
        assert fit.trust[Modality.TEXT] > fit.trust[Modality.AUDIO]
        assert all(rival.gain >= 0 for rival in fit.rivals.values())
        assert set(fit.rivals) == {"vision", "audio", "text", "equal"}
        for sense, interval in fit.intervals.items():
            assert interval.low <= fit.trust[sense] <= interval.high

    def test_one_sense_alone_gets_all_trust_there_is(self) -> None:
        rows = some(60)
        for each in rows:
            each["observations"] = {"text": each["observations"]["text"]}
        fit = fit_trust(read_scores(map(json.dumps, rows)).rows, resamples=0)
        assert fit.trust[Modality.TEXT] > 0
        assert fit.score.accuracy == fit.rivals["text"].score.accuracy

    def test_stacking_is_judged_on_rows_it_did_not_see(self) -> None:
        stacked = stack(read_scores(map(json.dumps, some())).rows)
        assert stacked.held_out.accuracy > 0.5
        assert stacked.predictions.probabilities.sum(axis=1) == pytest.approx(np.ones(400))
        few = [each for each in some(40) if each["label"] in {"happy", "sad"}]
        with pytest.raises(ScoresUnusable, match="three emotions"):
            stack(read_scores(map(json.dumps, few)).rows)


class TestReading:
    def test_what_cannot_be_used_is_counted_by_reason(self) -> None:
        good = some(20)
        silent = {**good[0], "observations": {"text": {"status": "empty", "quality": 0, "scores": None}}}
        strange = {**good[0], "label": "bored"}
        unlabelled = {name: value for name, value in good[0].items() if name != "label"}
        negative = json.loads(json.dumps(good[1]))
        negative["observations"]["text"]["scores"]["sad"] = -1
        lines = [*map(json.dumps, [*good, silent, strange, unlabelled, negative]), "{half", "[1]", ""]
        reading = read_scores(lines)
        assert len(reading.rows) == 20
        assert dict(reading.left_out) == {"broken": 3, "silent": 1, "label:bored": 1, "unlabelled": 1}
        assert reading.grouped_by == "dialogue"

    def test_nothing_to_fit_to_says_why(self) -> None:
        with pytest.raises(ScoresUnusable, match="2 broken"):
            read_scores(["x", "y"])
        with pytest.raises(ScoresUnusable, match="empty"):
            read_scores([])
        with pytest.raises(ScoresUnusable, match="'film'"):
            read_scores(map(json.dumps, some(3)), group="film")


class TestCommand:
    def test_the_folder_has_what_a_persona_can_include(self, tmp_path: Path) -> None:
        told = report(str(written(tmp_path / "s.jsonl", some())), "--out", str(tmp_path / "out"), "--stacking")
        block = yaml.safe_load((tmp_path / "out" / "trust.yaml").read_text("utf-8"))
        assert Policy.model_validate(block["perception"]).weights == {
            Modality(name): trust for name, trust in told["trust"].items()
        }
        assert sum(told["trust"].values()) == pytest.approx(1.0)
        assert told["data"]["groups"] == 80
        assert told["method"]["combinations"] == 1326
        assert {"words-first", "reference", "balanced"} <= set(told["rivals"])
        assert told["stacking"]["held_out"]["accuracy"] > 0.5
        assert json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))["trust"] == told["trust"]
        for picture in ("simplex.png", "confusion.png"):
            assert (tmp_path / "out" / picture).read_bytes().startswith(b"\x89PNG")

    def test_labels_may_be_in_another_file(self, tmp_path: Path) -> None:
        rows = some(60)
        labels = written(tmp_path / "labels.jsonl", [{"id": each["id"], "felt": each.pop("label")} for each in rows])
        data = written(tmp_path / "s.jsonl", rows)
        told = report(str(data), "--labels", str(labels), "--label-column", "felt", "--out", str(tmp_path / "out"))
        assert told["data"]["rows"] == 60

    @pytest.mark.parametrize(("lang", "words"), [("en", "the figure to believe"), ("zh", "以此为准")])
    def test_people_read_it_in_their_language(self, tmp_path: Path, lang: str, words: str) -> None:
        data = written(tmp_path / "s.jsonl", some(60))
        result = ran(str(data), "--out", str(tmp_path / "out"), "--lang", lang, "--resamples", "0")
        assert result.exit_code == 0
        assert words in result.stdout
        assert "trust.yaml" in result.stdout

    def test_what_is_wrong_is_said(self, tmp_path: Path) -> None:
        data = str(written(tmp_path / "s.jsonl", some(20)))
        (tmp_path / "empty.jsonl").touch()
        for words, kind, match in (
            ((str(tmp_path / "none.jsonl"),), InputInvalid, "cannot read"),
            ((str(tmp_path / "empty.jsonl"),), InputInvalid, "is empty"),
            ((data, "--step", "0.3", "--out", str(tmp_path / "out")), InputInvalid, "--step 0.3"),
            ((data, "--out", data), InputInvalid, "cannot write"),
            ((data, "--group", "film"), ScoresUnusable, "'film'"),
        ):
            result = ran(*words)
            assert result.exit_code == 1
            assert isinstance(result.exception, kind), result.exception
            assert match in str(result.exception)


def meld(folder: Path, rows: list[tuple[str, str]]) -> Path:
    folder.mkdir()
    columns = ["Sr No.", "Utterance", "Speaker", "Emotion", "Sentiment", "Dialogue_ID", "Utterance_ID"]
    with (folder / "dev_sent_emo.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(columns)
        for number, (words, emotion) in enumerate(rows):
            table.writerow([number, words, "Ann", emotion, "neutral", number // 2, number % 2])
    return folder


@pytest.mark.model
class TestEvidence:
    WORDS = (
        ("I am so happy for you, this is wonderful!", "joy"),
        ("I miss her so much, I can't stop crying.", "sadness"),
        ("How dare you lie to me, I'm furious!", "anger"),
        ("I'm terrified, something is out there.", "fear"),
        ("That is disgusting, I feel sick.", "disgust"),
        ("Oh my God! I can't believe it, what a surprise!", "surprise"),
    )

    def test_melds_layout_is_felt_once(self, tmp_path: Path) -> None:
        data, out = meld(tmp_path / "MELD.Raw", [*self.WORDS]), tmp_path / "out"
        told = report(str(data), "--out", str(out), "--metric", "accuracy")
        assert told["data"]["name"] == "MELD"
        assert told["data"]["grouped_by"] == "dialogue"
        assert told["data"]["heard"]["text"] >= 4
        (kept,) = out.glob("scores-*.jsonl")
        lines = kept.read_text("utf-8").splitlines()
        assert len(lines) == len(self.WORDS)
        # a run that was killed leaves half a line, and the next one goes on from there
        kept.write_text("\n".join([*lines[:2], lines[2][:30]]), encoding="utf-8")
        assert report(str(data), "--out", str(out), "--metric", "accuracy")["figures"] == told["figures"]
        again = kept.read_text("utf-8").splitlines()
        assert again[:2] == lines[:2]
        assert [json.loads(each)["id"] for each in again] == [json.loads(each)["id"] for each in lines]

    def test_a_manifest_with_a_row_that_cannot_be_felt(self, tmp_path: Path) -> None:
        labels = {"joy": "happy", "sadness": "sad", "anger": "angry"}
        rows = [{"id": n, "text": words, "label": labels.get(e, e)} for n, (words, e) in enumerate(self.WORDS)]
        data = written(tmp_path / "rows.jsonl", [*rows, {"id": "broken", "label": "sad", "audio": "none.wav"}])
        told = report(str(data), "--out", str(tmp_path / "out"))
        assert told["data"]["rows"] + sum(told["data"]["left_out"].values()) == 7
        assert told["data"]["left_out"]["silent"] >= 1

    def test_a_split_that_is_not_there(self, tmp_path: Path) -> None:
        result = ran(str(meld(tmp_path / "MELD.Raw", [*self.WORDS])), "--split", "test")
        assert isinstance(result.exception, InputInvalid)
        assert "--split all" in str(result.exception)
