"""The card of a run: all that a reader must know, in a form that people and programs read."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from markdown_it import MarkdownIt

from perception import EMOTIONS, Emotion, Modality
from perception.metrics import Figures, Predictions, measure
from perception.models import read_card
from perception.training.cards import Part, Source, Speed, Splits, TrainingReport, write_card
from perception.training.errors import LicenceForbids

pytestmark = pytest.mark.unit

FREE = Source(name="GoEmotions", licence="Apache-2.0 / CC-BY-4.0", commercial=True, rows=1234, note="Reddit comments")
CITED = Source(
    name="EmoDB",
    licence="free for research",
    commercial=False,
    rows=350,
    note="acted",
    citation="Burkhardt et al. 2005",
)
SPLITS = Splits(
    text="By a hash of the dialogue.",
    parts={"train": Part(rows=1200, groups=90), "dev": Part(rows=40, groups=4), "test": Part(rows=30)},
    duplicates=1017,
    digest="5b1d6e",
)
TOUCHED = "Touched once, on 2026-11-02, for release 0.2."


def figures(name: str, *, groups: int | None = 4, absent: Sequence[Emotion] = ()) -> Figures:
    """Of a model that is right more often than not, on 40 rows."""
    rng = np.random.default_rng(7)
    present = [i for i, emotion in enumerate(EMOTIONS) if emotion not in absent]
    truth = np.array([present[i % len(present)] for i in range(38)] + present[:2])
    logits = rng.normal(size=(40, 7))
    logits[np.arange(40), truth] += 2
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    told = Predictions(
        truth=truth,
        probabilities=probabilities,
        groups=None if groups is None else tuple(f"d{i % groups}" for i in range(40)),
        answered=probabilities.max(axis=1) >= 0.4,
    )
    return measure(name, told, resamples=50)


DEV = figures("GoEmotions dev")
TEST = figures("GoEmotions test", groups=None, absent=(Emotion.DISGUST,))


def report(folder: Path, **changed: Any) -> TrainingReport:
    weights = folder / "text-xx-1.npz"
    weights.write_bytes(b"weights")
    known: dict[str, Any] = {
        "model": "text-xx-1",
        "modality": Modality.TEXT,
        "summary": "A model for a test.",
        "weights": (weights,),
        "sources": (FREE,),
        "splits": SPLITS,
        "dev": (DEV,),
        "test": (TEST,),
        "touch": TOUCHED,
        "limits": ("It knows forty rows.",),
        "command": "attune train run text.yaml --data DIR",
        "seed": 3,
        "seconds": 90.0,
        "config_digest": "c0ffee",
        "resampled_by": "dialogue",
        "languages": ("en",),
        "calibration": {"temperature": "0.5, fitted on the development rows"},
        "export": {"parity": "largest difference of a probability 2.2e-07", "int8": "accuracy 0.004 lower"},
        "speed": Speed(median_ms=1.234, item="a sentence of 12 words", machine="an 8-core test machine"),
        "parameters": 602915,
        "epochs": 12,
        "versions": {"python": "3.11.9", "numpy": "2.3.0"},
        "revision": "3ba2b6a",
        "notes": {"recipe": "C 0.2"},
    }
    return TrainingReport(**(known | changed))


def written(folder: Path, **changed: Any) -> str:
    return write_card(report(folder, **changed), folder).read_text(encoding="utf-8")


def front(text: str) -> Any:
    return yaml.safe_load(text.split("---\n")[1])


def tables(text: str) -> list[list[list[str]]]:
    """Cells of each table, as a Markdown parser reads them."""
    found: list[list[list[str]]] = []
    tokens = MarkdownIt("commonmark").enable("table").parse(text.partition("\n---\n")[2])
    for token, before in zip(tokens[1:], tokens, strict=False):
        if token.type == "table_open":
            found.append([])
        elif token.type == "tr_open":
            found[-1].append([])
        elif before.type in {"td_open", "th_open"}:
            found[-1][-1].append(token.content)
    return found


def test_a_card_says_what_a_reader_must_know(tmp_path: Path) -> None:
    text = written(tmp_path)
    for fact in (
        "# text-xx-1",
        "A model for a test.",
        "Licence of the weights: **CC-BY-4.0**.",
        "| GoEmotions | 1,234 | Apache-2.0 / CC-BY-4.0 | yes | Reddit comments |",
        "By a hash of the dialogue.",
        "| train | 1,200 | 90 |",
        "| test | 30 |  |",
        "Duplicates dropped: 1,017. Digest of the split: `5b1d6e`.",
        TOUCHED,
        "### GoEmotions test (40 rows)",
        "### GoEmotions dev (40 rows of 4 dialogues)",
        "bootstrapped over rows.",
        "bootstrapped over dialogues.",
        "- temperature: 0.5, fitted on the development rows",
        "- It knows forty rows.",
        "at work, in education or in hiring",
        "- Diagnosis",
        f"| `text-xx-1.npz` | 7 | `{hashlib.sha256(b'weights').hexdigest()}` |",
        "- parameters: 602,915",
        "median 1.23 ms for a sentence of 12 words, one thread, an 8-core test machine",
        "attune train run text.yaml --data DIR",
        "- time: 1.5 minutes",
        "- seed: 3",
        "- epochs: 12",
        "- settings: digest c0ffee",
        "- code: git 3ba2b6a",
        "- versions: python 3.11.9, numpy 2.3.0",
        "- recipe: C 0.2",
        "- parity: largest difference of a probability 2.2e-07",
        "- int8: accuracy 0.004 lower",
    ):
        assert fact in text, fact
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert [heading[3:] for heading in headings] == [
        "Data", "Splits", "Held-out figures", "Calibration and abstention", "Limits", "Intended use",
        "Speed and size", "Training", "Export",
    ]  # fmt: skip


def test_figures_stand_beside_the_majority_class_with_their_intervals(tmp_path: Path) -> None:
    for measured, rows in zip((TEST, DEV), tables(written(tmp_path))[2:6:2], strict=True):
        assert rows[0] == ["", "accuracy", "UAR", "macro-F1", "weighted F1"]
        assert rows[1][1] == f"{measured.accuracy:.3f} ({measured.intervals['accuracy']})"
        assert rows[1][3].startswith(f"{measured.macro_f1:.3f} (")
        always = [measured.majority] * 40
        truth = [emotion for emotion, count in measured.support.items() for _ in range(count)]
        lazy = measure("lazy", lazily(truth, always[0]), resamples=0)
        told = (lazy.accuracy, lazy.uar, lazy.macro_f1, lazy.weighted_f1)
        assert rows[2] == [f"always `{measured.majority}`", *(f"{value:.3f}" for value in told)]


def lazily(truth: Sequence[Emotion], answer: Emotion) -> Predictions:
    sure = np.tile([float(emotion is answer) for emotion in EMOTIONS], (len(truth), 1))
    return Predictions(truth=np.array([EMOTIONS.index(emotion) for emotion in truth]), probabilities=sure)


def test_recall_and_confusion_are_of_the_classes_present(tmp_path: Path) -> None:
    rows = tables(written(tmp_path))[3]
    assert [row[0].strip("*") for row in rows[1:]] == [*TEST.support]
    assert Emotion.DISGUST not in TEST.support
    for row in rows[1:]:
        emotion = Emotion(row[0].strip("*"))
        counts = [int(n) for n in row[1:9]]
        assert tuple(counts[:7]) == TEST.confusion[EMOTIONS.index(emotion)]
        assert sum(counts[:7]) == counts[7] == TEST.support[emotion]
        assert row[9:] == [f"{TEST.recall[emotion]:.2f}", f"{TEST.f1[emotion]:.2f}"]


def test_calibration_tells_coverage_and_risk(tmp_path: Path) -> None:
    header, test, dev = tables(written(tmp_path))[6]
    assert header[1] == "ECE"
    assert (test[0], dev[0]) == ("GoEmotions test", "GoEmotions dev")
    assert DEV.coverage is not None
    assert DEV.answered_accuracy is not None
    assert dev[1] == f"{DEV.ece:.3f}"
    assert dev[-2:] == [f"{DEV.coverage:.1%}", f"{1 - DEV.answered_accuracy:.1%}"]


def test_a_model_without_threshold_and_intervals_claims_neither(tmp_path: Path) -> None:
    plain = replace(DEV, coverage=None, answered_accuracy=None, intervals={})
    text = written(tmp_path, dev=(plain,), test=(), touch="")
    assert "No interval was computed." in text
    assert "bootstrapped" not in text
    assert tables(text)[4][1][-2:] == ["", ""]


def test_a_test_split_that_nothing_touched_is_said_to_be_so(tmp_path: Path) -> None:
    text = written(tmp_path, test=(), touch="")
    assert "The test split was not touched." in text
    assert front(text)["model-index"][0]["results"][0]["dataset"] == {
        "name": "GoEmotions dev",
        "type": "GoEmotions dev",
        "split": "dev",
    }


def test_cross_validated_figures_are_not_called_development_figures(tmp_path: Path) -> None:
    text = write_card(replace(report(tmp_path), crossed=True, test=(), touch=""), tmp_path).read_text(encoding="utf-8")
    assert "Each was judged by a model that never met its dialogue." in text
    assert "Development rows" not in text
    assert "not touched" not in text


def test_what_was_not_measured_is_left_out_or_said(tmp_path: Path) -> None:
    text = written(tmp_path, speed=None, parameters=None, epochs=None, revision="", versions={}, export={})
    assert "- speed: not measured" in text
    for absent in ("parameters:", "epochs:", "code: git", "versions:", "None"):
        assert absent not in text


def test_programs_read_the_front_matter(tmp_path: Path) -> None:
    path = write_card(report(tmp_path), tmp_path)
    told = front(path.read_text(encoding="utf-8"))
    assert (told["license"], told["language"], told["pipeline_tag"]) == ("cc-by-4.0", ["en"], "text-classification")
    assert told["datasets"] == ["GoEmotions"]
    values = {each["name"]: each["value"] for each in told["model-index"][0]["results"][0]["metrics"]}
    assert values == {
        "accuracy": round(TEST.accuracy, 4),
        "UAR": round(TEST.uar, 4),
        "macro-F1": round(TEST.macro_f1, 4),
    }
    card = read_card(path)
    assert (path.name, card.model, card.licence, card.commercial) == ("text-xx-1.md", "text-xx-1", "CC-BY-4.0", True)
    assert card.files == report(tmp_path).files()
    assert card.files["text-xx-1.npz"].bytes == 7


def test_the_hub_reads_it_too(tmp_path: Path) -> None:
    hub = pytest.importorskip("huggingface_hub")
    card = hub.ModelCard.load(write_card(report(tmp_path, sources=(FREE, CITED)), tmp_path))
    assert (card.data.license, card.data.license_name) == ("other", "research-non-commercial")
    assert card.data.eval_results[0].dataset_name == "GoEmotions test"
    assert [each.metric_value for each in card.data.eval_results] == [
        round(value, 4) for value in (TEST.accuracy, TEST.uar, TEST.macro_f1)
    ]


def test_one_non_commercial_set_makes_the_weights_so(tmp_path: Path) -> None:
    text = written(tmp_path, sources=(FREE, CITED))
    assert "Licence of the weights: **research, non-commercial**." in text
    assert "Commercial use is not allowed by EmoDB (free for research)." in text
    assert "| EmoDB | 350 | free for research | no | acted. Burkhardt et al. 2005 |" in text
    assert front(text)["attune"]["commercial"] is False


def test_a_commercial_policy_says_what_it_left_out(tmp_path: Path) -> None:
    text = written(tmp_path, policy="commercial", left_out=(CITED,))
    assert "Left out, because the weights policy was `commercial`: EmoDB (free for research)." in text
    assert "no set had to be left out" in written(tmp_path, policy="commercial")
    with pytest.raises(LicenceForbids, match="EmoDB"):
        report(tmp_path, policy="commercial", sources=(FREE, CITED))


def test_weights_that_may_not_be_shared_get_no_card(tmp_path: Path) -> None:
    closed = replace(CITED, name="TESS", licence="CC-BY-NC-ND-4.0")
    with pytest.raises(LicenceForbids, match="TESS"):
        write_card(report(tmp_path, sources=(FREE, closed)), tmp_path)
    assert not (tmp_path / "text-xx-1.md").exists()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"test": ()}, "ledger's sentence come only together"),
        ({"touch": ""}, "ledger's sentence come only together"),
        ({"dev": ()}, "needs weights and development figures"),
        ({"weights": ()}, "needs weights and development figures"),
        ({"model": "text-yy-1"}, r"are named text-yy-1\.<anything>, got 'text-xx-1\.npz'"),
    ],
)
def test_a_report_that_does_not_hold_together_is_refused(tmp_path: Path, changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        report(tmp_path, **changed)


NASTY = "pipes | and \\| back\\slashes, <b>tags</b>\nand lines: `x` #1 ---"


def test_names_cannot_break_a_table_or_the_front_matter(tmp_path: Path) -> None:
    source = Source(name=NASTY, licence="MIT | own", commercial=True, rows=1, note=NASTY, citation=NASTY)
    text = written(
        tmp_path,
        sources=(source, FREE),
        dev=(replace(DEV, name=NASTY),),
        splits=replace(SPLITS, parts={NASTY: Part(rows=1)}, text=NASTY),
        notes={NASTY: NASTY},
        limits=(NASTY,),
    )
    assert front(text)["datasets"] == [NASTY, "GoEmotions"]
    assert read_card(tmp_path / "text-xx-1.md").licence == "CC-BY-4.0"
    found = tables(text)
    assert len(found) == len(tables(written(tmp_path)))
    for rows in found:
        assert {len(row) for row in rows} == {len(rows[0])}
    assert found[0][1][2] == "MIT | own"
    assert "<b>" not in text.partition("\n---\n")[2]
    rendered = MarkdownIt("commonmark").enable("table").render(text.partition("\n---\n")[2])
    assert "pipes | and \\| back\\slashes, &lt;b&gt;tags" in rendered.partition("<td>")[2].partition("</td>")[0]


def test_the_same_report_gives_the_same_card(tmp_path: Path) -> None:
    assert written(tmp_path) == written(tmp_path)
