"""What every loader of a corpus keeps to, on miniatures in the layouts of their authors."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from perception import EMOTIONS
from perception.training.corpora import (
    REASONS,
    Example,
    corpus_class,
    corpus_names,
    create_corpus,
    detect_corpus,
    load_corpus,
    recognised,
)
from perception.training.corpora.testing import miniature
from perception.training.errors import TrainingDataMissing

pytestmark = pytest.mark.unit

NAMES = corpus_names()
SPEAKERS = {"ravdess", "crema-d", "emodb", "tess", "savee", "jl-corpus", "nemo", "esd", "meld", "iemocap"}
every_corpus = pytest.mark.parametrize("name", NAMES)


@every_corpus
def test_ids_are_unique_and_the_order_is_fixed(name: str, tmp_path: Path) -> None:
    root = miniature(name, tmp_path)
    first, second = load_corpus(name, root), load_corpus(name, root)
    ids = [example.id for example in first.examples]
    assert len(ids) >= 2
    assert len(set(ids)) == len(ids)
    assert first.examples == second.examples
    assert first.left_out == second.left_out


@every_corpus
def test_labels_splits_and_speakers_are_what_they_may_be(name: str, tmp_path: Path) -> None:
    for example in load_corpus(name, miniature(name, tmp_path)).examples:
        assert example.emotion in EMOTIONS
        assert example.label
        assert example.split in {"train", "dev", "test", None}
        assert example.lang is None or re.fullmatch("[a-z]{2}", example.lang)
        assert name not in SPEAKERS or example.speaker


@every_corpus
def test_rows_have_the_evidence_the_corpus_speaks_of(name: str, tmp_path: Path) -> None:
    corpus = corpus_class(name)
    for example in load_corpus(name, miniature(name, tmp_path)).examples:
        there = {
            "text": example.text is not None,
            "audio": example.audio is not None,
            "vision": example.image is not None or example.pixels is not None,
        }
        assert any(there[sense] for sense in corpus.modalities)
        for path in (example.audio, example.image):
            assert path is None or path.is_file()


@every_corpus
def test_names_of_rows_speakers_and_dialogues_can_be_mixed_with_other_corpora(name: str, tmp_path: Path) -> None:
    corpus = corpus_class(name)
    for example in load_corpus(name, miniature(name, tmp_path)).examples:
        for each in (example.id, example.speaker, example.dialogue):
            assert corpus.generic or each is None or each.startswith(f"{name}/")


@every_corpus
def test_a_folder_is_recognised_by_its_layout(name: str, tmp_path: Path) -> None:
    root = miniature(name, tmp_path)
    assert detect_corpus(root) == name
    (tmp_path / "empty").mkdir()
    assert not create_corpus(name).recognises(tmp_path / "empty")
    assert not create_corpus(name).recognises(tmp_path / "absent")


@every_corpus
def test_reading_lazily_gives_the_same(name: str, tmp_path: Path) -> None:
    root = miniature(name, tmp_path)
    corpus = create_corpus(name)
    assert tuple(corpus.examples(root)) == corpus.read(root).examples


@every_corpus
def test_what_is_left_out_is_counted_by_known_reasons(name: str, tmp_path: Path) -> None:
    reading = load_corpus(name, miniature(name, tmp_path))
    assert {key.partition(":")[0] for key in reading.left_out} <= set(REASONS)
    assert all(count > 0 for count in reading.left_out.values())


@every_corpus
def test_a_folder_without_it_is_an_error_that_says_where_and_what(name: str, tmp_path: Path) -> None:
    with pytest.raises(TrainingDataMissing, match=re.escape(repr(str(tmp_path)))):
        load_corpus(name, tmp_path)
    with pytest.raises(TrainingDataMissing, match="is not there; it should look like: "):
        load_corpus(name, tmp_path / "absent")
    with pytest.raises(TrainingDataMissing):
        list(create_corpus(name).examples(tmp_path))


@every_corpus
def test_a_file_is_a_folder_to_none_but_tables(name: str, tmp_path: Path) -> None:
    note = tmp_path / "note.md"
    note.write_text("nothing", encoding="utf-8")
    with pytest.raises(TrainingDataMissing):
        load_corpus(name, note)
    assert recognised(note) == ()


@every_corpus
def test_its_licence_is_said_and_no_wish(name: str) -> None:
    corpus = corpus_class(name)
    assert corpus.title
    assert corpus.licence
    assert corpus.layout
    assert corpus.generic or (corpus.citation and corpus.url.startswith("http"))
    if re.search(r"NC|research|none|GPL|yours", corpus.licence):
        assert not corpus.commercial


def test_those_that_may_be_used_commercially_are_these() -> None:
    free = {name for name in NAMES if corpus_class(name).commercial}
    assert free == {"brighter", "cped", "crema-d", "goemotions", "jl-corpus", "xed"}


def test_a_row_is_frozen() -> None:
    example = Example(id="1", emotion=EMOTIONS[0])
    with pytest.raises(AttributeError):
        example.id = "2"  # type: ignore[misc]


def test_listing_imports_nothing_heavy() -> None:
    code = (
        "import sys; from perception.training.corpora import corpus_class, corpus_names\n"
        "for name in corpus_names(): corpus_class(name)\n"
        "heavy = {'torch', 'sklearn', 'scipy', 'librosa', 'PIL', 'pandas', 'cv2', 'onnxruntime', 'soundfile'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or None)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
