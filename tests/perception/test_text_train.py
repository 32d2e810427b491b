"""Training the text sense on a miniature corpus that is made here."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from perception import EMOTIONS, Emotion, Utterance
from perception.text import EmbeddedText
from perception.text.model import load_model
from perception.training import text_fit
from perception.training.card import write_card
from perception.training.errors import TrainingDataMissing, TrainingError
from perception.training.report import TrainingReport
from perception.training.text import train_text
from perception.training.text_data import Corpus, Row, gather
from perception.training.text_phrases import phrases
from perception.training.text_sources import GRID

pytestmark = pytest.mark.train

TELLING = {
    "happy": ("joyful", "开心"),
    "sad": ("weeping", "伤心"),
    "angry": ("furious", "愤怒"),
    "fear": ("afraid", "害怕"),
    "surprise": ("astonished", "惊讶"),
    "disgust": ("nauseous", "恶心"),
    "neutral": ("ordinary", "普通"),
}
PLACES = ("home", "school", "work", "sea", "market", "station", "garden", "office")
CHINESE_PLACES = "家里学校公司海边市场车站花园医院"


def english(emotion: str, i: int) -> str:
    return f"i was {TELLING[emotion][0]} at the {PLACES[i % 8]} on day {i}"


def chinese(emotion: str, i: int) -> str:
    return f"{CHINESE_PLACES[i % 8 * 2 :][:2]}的第{i}天我很{TELLING[emotion][1]}"


def write(path: Path, header: str, rows: list[str]) -> None:
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write("\n".join([header, *rows]) + "\n")


@pytest.fixture(scope="module")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The two required corpora, 7 emotions x 40 rows each to train on and 5 to measure on."""
    folder = tmp_path_factory.mktemp("corpora")
    parts = (("train", range(40)), ("dev", range(40, 45)))
    rows = [f"{part}\t{english(e, i)}\t{e}" for part, days in parts for e in TELLING for i in days]
    write(folder / "goemotions.tsv.gz", "split\ttext\tlabel7", [*rows, "train\tboth\t", *rows[:3]])
    rows = [f"{part}\tvirus\t{chinese(e, i)}\t{e}" for part, days in parts for e in TELLING for i in days]
    write(folder / "zh_smp2020_ewect.tsv.gz", "split\tdomain\ttext\tlabel7", rows)
    return folder


@pytest.fixture(scope="module")
def trained(corpora: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[TrainingReport, ...]]:
    out = tmp_path_factory.mktemp("trained")
    return out, train_text(corpora, out, minutes=0.0)


def test_a_report_a_language_with_figures_of_rows_not_trained_on(
    trained: tuple[Path, tuple[TrainingReport, ...]],
) -> None:
    out, reports = trained
    assert [report.model for report in reports] == ["text-en-tfidf-1", "text-zh-tfidf-1"]
    for report in reports:
        assert report.weights == (out / f"{report.model}.npz",)
        (figures,) = report.figures
        assert figures.rows == 35
        assert figures.accuracy > 0.9
        assert report.sources[0].rows == 280
    english_report, chinese_report = reports
    assert english_report.licence == "CC-BY-4.0"
    assert chinese_report.licence == "research, non-commercial"


def test_the_weights_are_read_by_the_sense(trained: tuple[Path, tuple[TrainingReport, ...]]) -> None:
    sense = EmbeddedText(weights=trained[0])
    sense.warm_up()
    for text in ("i was weeping at the sea", "我很伤心"):
        seen = sense.perceive(Utterance(text=text))
        assert seen.scores is not None
        assert seen.scores.top is Emotion.SAD


def test_the_same_seed_gives_the_same_weights(
    corpora: Path, trained: tuple[Path, tuple[TrainingReport, ...]], tmp_path: Path
) -> None:
    train_text(corpora, tmp_path, minutes=0.0)
    for report in trained[1]:
        first, second = load_model(report.weights[0]), load_model(tmp_path / report.weights[0].name)
        np.testing.assert_array_equal(first.coefficients, second.coefficients)


def test_progress_runs_from_nothing_to_all(corpora: Path, tmp_path: Path) -> None:
    told: list[tuple[float, str]] = []
    train_text(corpora, tmp_path, minutes=0.0, progress=lambda fraction, words: told.append((fraction, words)))
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions)
    assert (fractions[0], told[-1]) == (0.0, (1.0, "done"))


def test_a_missing_corpus_is_named_with_its_file(tmp_path: Path) -> None:
    with pytest.raises(TrainingDataMissing, match=r"GoEmotions train is not in .*goemotions\.tsv") as caught:
        train_text(tmp_path, tmp_path / "out", minutes=1.0)
    assert isinstance(caught.value, TrainingError)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"no gzip", "cannot be read"),
        (gzip.compress(b"split\tutterance\ntrain\thi\n"), "has no column 'label7'"),
        (gzip.compress(b"split\ttext\tlabel7\ntrain\thi\thappy\n"), "too few"),
    ],
    ids=["damaged", "another table", "one row"],
)
def test_a_corpus_that_is_not_what_it_should_be(corpora: Path, tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "goemotions.tsv.gz").write_bytes(content)
    (tmp_path / "zh_smp2020_ewect.tsv.gz").write_bytes((corpora / "zh_smp2020_ewect.tsv.gz").read_bytes())
    with pytest.raises(TrainingDataMissing, match=said):
        train_text(tmp_path, tmp_path / "out", minutes=1.0)


def test_no_text_and_no_dialogue_crosses_the_parts(tmp_path: Path) -> None:
    rows = [f"d{i // 4}\tline number {i}\thappy" for i in range(400)] + ["d1\tLine  number 399\tsad", "d3\tok\tsad"]
    write(tmp_path / "talk.tsv.gz", "dialogue_id\ttext\tlabel7", rows)
    corpus = Corpus(name="Talk", file="talk", licence="CC0-1.0", where={}, held_out=0.3, tuned_on=True)
    split = gather(tmp_path, [corpus])
    parts = [split.fit, split.tune, split.held_out["Talk"]]
    texts = [{row.text for row in part} for part in parts]
    assert sum(map(len, parts)) == len(set.union(*texts)) == 401
    assert all(texts)
    dialogues = [{int(text.split()[-1]) // 4 for text in part if text != "ok"} for part in texts]
    assert sum(map(len, dialogues)) == 100


def test_temperature_and_threshold_are_found() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 7, 2000).astype(np.intp)
    logits = rng.normal(size=(2000, 7)).astype(np.float32)
    logits[np.arange(2000), truth] += 2
    overconfident = logits * 4
    temperature = text_fit.temperature(overconfident, truth)
    # classes two standard deviations apart call for a scale of two; the logits were scaled by four
    assert 1.7 < temperature < 2.3
    calm = text_fit.softmax(overconfident / temperature)
    assert text_fit.calibration_error(calm, truth) < text_fit.calibration_error(text_fit.softmax(overconfident), truth)
    assert 0.3 <= text_fit.threshold(calm, truth) < 0.6


def test_a_class_without_rows_is_ruled_out() -> None:
    rows = [Row(text=english(e, i), emotion=Emotion(e)) for e in ("happy", "sad") for i in range(20)]
    settings = GRID["en"][0]
    model = text_fit.fit("text-xx-1", rows, text_fit.features(rows, settings.blocks), settings, seed=0)
    scores = text_fit.softmax(model.logits("i was weeping at the sea"))
    assert scores.argmax() == EMOTIONS.index(Emotion.SAD)
    assert max(scores[2:]) < 0.01


def test_the_plain_phrases_are_labelled_and_clean() -> None:
    for lang in ("en", "zh"):
        rows = list(phrases(lang))
        assert {row["label7"] for row in rows} == set(EMOTIONS)
        assert not [row["text"] for row in rows if set("{}|") & set(row["text"])]
        by_text = {(row["text"], row["label7"]) for row in rows}
        assert len({text for text, _ in by_text}) == len(by_text), "a phrase has two labels"


def test_a_card_is_written_of_the_run(trained: tuple[Path, tuple[TrainingReport, ...]], tmp_path: Path) -> None:
    text = write_card(trained[1][0], tmp_path).read_text(encoding="utf-8")
    assert "attune train text" in text
    assert "GoEmotions dev (35 rows)" in text
