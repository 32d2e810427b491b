"""People's own data: folders of classes, tables, labels in their words, and corpora of other distributions."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from perception import EMOTIONS, Emotion
from perception.training.corpora import (
    Corpus,
    Example,
    LeftOut,
    Row,
    Span,
    corpus,
    corpus_names,
    detect_corpus,
    emotion_of,
    load_corpus,
    recognised,
    registry,
    write_manifest,
)
from perception.training.corpora.testing import miniature, touch, write
from perception.training.errors import CorpusOptionInvalid, TrainingDataMissing, UnknownCorpus

pytestmark = pytest.mark.unit


class TestLabels:
    @pytest.mark.parametrize(
        ("label", "emotion"),
        [
            ("Happiness", "happy"), (" joy ", "happy"), ("ANG", "angry"), ("Fearful", "fear"), ("sadness", "sad"),
            ("pleasant_surprise", "surprise"), ("Pleasant-Surprised", "surprise"), ("no emotion", "neutral"),
            ("disgusted", "disgust"), ("高兴", "happy"), ("悲傷", "sad"), ("愤怒", "angry"), ("害怕", "fear"),
            ("吃惊", "surprise"), ("厌恶", "disgust"), ("平静", "neutral"),
        ],
    )  # fmt: skip
    def test_synonyms_mean_one_of_the_seven(self, label: str, emotion: str) -> None:
        assert emotion_of(label) == emotion

    @pytest.mark.parametrize("label", ["", "0", "3", "boredom", "contempt", "calm", "frustrated", "positive", "他"])
    def test_what_is_none_of_the_seven_is_not_guessed(self, label: str) -> None:
        assert emotion_of(label) is None

    @pytest.mark.parametrize("emotion", EMOTIONS)
    def test_the_seven_mean_themselves(self, emotion: Emotion) -> None:
        assert emotion_of(emotion) is emotion

    def test_own_meanings_go_first_and_differ_in_case_at_will(self) -> None:
        own = {"Mad": Emotion.HAPPY, "joyeux_tres": Emotion.HAPPY}
        assert emotion_of("mad", own) is Emotion.HAPPY
        assert emotion_of("Joyeux-Tres", own) is Emotion.HAPPY


class TestFolder:
    def test_classes_are_read_in_any_language_with_splits_or_without(self, tmp_path: Path) -> None:
        touch(tmp_path, ("Validation/生气/1.png", "训练/joy/deep/er/2.wav", "sad/3.mp4", "test/fear/4.JPG"))
        rows = load_corpus("folder", tmp_path).examples
        assert [(row.id, row.emotion.value, row.split) for row in rows] == [
            ("Validation/生气/1.png", "angry", "dev"), ("sad/3.mp4", "sad", None), ("test/fear/4.JPG", "fear", "test"),
            ("训练/joy/deep/er/2.wav", "happy", "train"),
        ]  # fmt: skip
        assert [row.audio is not None for row in rows] == [False, True, False, True]
        assert [row.image is not None for row in rows] == [True, False, True, False]

    def test_a_text_file_is_a_text(self, tmp_path: Path) -> None:
        write(tmp_path / "happy/a.txt", "It works.\nAt last.\n")
        write(tmp_path / "happy/b.txt", "  \n")
        reading = load_corpus("folder", tmp_path)
        assert [row.text for row in reading.examples] == ["It works.\nAt last."]
        assert reading.left_out == {"row": 1}

    def test_unknown_classes_and_loose_files_are_counted(self, tmp_path: Path) -> None:
        touch(tmp_path, ("happy/1.png", "bored/1.png", "bored/2.png", "3.png", "happy/notes.md"))
        assert load_corpus("folder", tmp_path).left_out == {"label:bored": 2, "unlabelled": 1}

    def test_classes_can_be_given_a_meaning(self, tmp_path: Path) -> None:
        touch(tmp_path, ("0/1.png", "1/1.png"))
        rows = load_corpus("folder", tmp_path, labels={"0": "anger", "1": "高兴"}).examples
        assert [(row.emotion, row.label) for row in rows] == [(Emotion.ANGRY, "0"), (Emotion.HAPPY, "1")]
        with pytest.raises(CorpusOptionInvalid, match="'0' is to mean 'meh', which is no emotion; there are happy"):
            load_corpus("folder", tmp_path, labels={"0": "meh"})


class TestTable:
    def test_columns_are_guessed(self, tmp_path: Path) -> None:
        header = "Utterance,Emotion,Speaker_ID,Dialogue ID,Language,Split\n"
        rows = "Hi.,joy,a,d1,English,Training\nOh,sad,b,d1,zh-CN,val\n"
        first, second = load_corpus("table", write(tmp_path / "t.csv", header + rows)).examples
        assert (first.id, first.emotion, first.text, first.speaker) == ("1", Emotion.HAPPY, "Hi.", "a")
        assert (first.dialogue, first.lang, first.split) == ("d1", "en", "train")
        assert (second.lang, second.split, second.context) == ("zh", "dev", ())

    def test_columns_can_be_named(self, tmp_path: Path) -> None:
        table = write(tmp_path / "t.csv", "text,label,tweet,gold\nwrong,sad,right,joyeux\n")
        options = {"text": "tweet", "label": "gold", "labels": {"joyeux": "happy"}}
        (row,) = load_corpus("table", table, **options).examples
        assert (row.text, row.emotion, row.label) == ("right", Emotion.HAPPY, "joyeux")

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"text": "words"}, "no column 'words' to be the text; the table has 'text', 'label'"),
            ({"mood": "label"}, "'mood' is no use of a column; there are text, audio"),
            ({"labels": {"x": "y"}}, "'x' is to mean 'y'"),
        ],
    )
    def test_wrong_options_are_named(self, tmp_path: Path, options: dict[str, str], message: str) -> None:
        table = write(tmp_path / "t.csv", "text,label\nHi,joy\n")
        with pytest.raises(CorpusOptionInvalid, match=message):
            load_corpus("table", table, **options)

    def test_a_table_without_labels_says_what_it_has(self, tmp_path: Path) -> None:
        table = write(tmp_path / "t.csv", "text,stars\nHi,5\n")
        with pytest.raises(TrainingDataMissing, match="no column that looks like label; it has 'text', 'stars'"):
            load_corpus("table", table)

    def test_dialogues_give_context_in_their_order(self, tmp_path: Path) -> None:
        table = "text,label,dialogue\nA,joy,1\nB,odd,1\nX,sad,2\nC,sad,1\n"
        rows = load_corpus("table", write(tmp_path / "t.csv", table)).examples
        assert [row.context for row in rows] == [(), (), ("A", "B")]

    def test_a_row_of_several_labels_counts_where_they_agree(self, tmp_path: Path) -> None:
        table = "text;label\na;joy,happiness\nb;joy|anger\nc;boredom\nd;\n"
        reading = load_corpus("table", write(tmp_path / "t.csv", table))
        assert [(row.text, row.label) for row in reading.examples] == [("a", "joy,happiness")]
        assert reading.left_out == {"mixed": 1, "label:boredom": 1, "unlabelled": 1}

    def test_paths_are_relative_to_the_table_or_to_a_folder(self, tmp_path: Path) -> None:
        touch(tmp_path, ("in/a.wav", "in/b.png", "other/a.wav"))
        table = write(tmp_path / "in/t.tsv", "path\tlabel\na.wav\tsad\nb.png\tjoy\ngone.wav\tsad\nc.xyz\tsad\n")
        reading = load_corpus("table", table)
        assert [row.audio or row.image for row in reading.examples] == [tmp_path / "in/a.wav", tmp_path / "in/b.png"]
        assert reading.left_out == {"missing": 1, "row": 1}
        (row,) = load_corpus("table", table, files=tmp_path / "other").examples
        assert row.audio == tmp_path / "other/a.wav"

    def test_parts_of_recordings(self, tmp_path: Path) -> None:
        touch(tmp_path, ("a.wav",))
        rows = "a.wav,sad,1,2.5\na.wav,sad,,2\na.wav,sad,2,1\na.wav,sad,1,\na.wav,sad,x,3\na.wav,sad,,\n"
        reading = load_corpus("table", write(tmp_path / "t.csv", f"audio,label,start,end\n{rows}"))
        assert [row.span for row in reading.examples] == [Span(start=1.0, end=2.5), Span(start=0.0, end=2.0), None]
        assert reading.left_out == {"row": 3}

    def test_json_lines_with_contexts(self, tmp_path: Path) -> None:
        lines = [{"id": 7, "text": "So.", "label": ["joy", "joy"], "context": ["Well.", "Hm."]}, {"id": 8, "label": 3}]
        text = "\n".join([*map(json.dumps, lines), "{broken", "[1]", ""])
        reading = load_corpus("table", write(tmp_path / "t.jsonl", text))
        (row,) = reading.examples
        assert (row.id, row.context) == ("7", ("Well.", "Hm."))
        assert reading.left_out == {"row": 2, "label:3": 1}

    def test_ids_that_are_not_unique_are_no_ids(self, tmp_path: Path) -> None:
        rows = load_corpus("table", write(tmp_path / "t.csv", "id,text,label\n1,a,joy\n1,b,joy\n")).examples
        assert [row.id for row in rows] == ["1", "2"]

    def test_quotes_of_a_tsv_are_kept_unless_they_hold_a_field(self, tmp_path: Path) -> None:
        table = 'text\tlabel\n"Stop" he said\tsad\n"a ""b"" c"\tsad\n"\tsad\n'
        rows = load_corpus("table", write(tmp_path / "t.tsv", table)).examples
        assert [row.text for row in rows] == ['"Stop" he said', 'a "b" c', '"']

    def test_splits_may_be_tables_of_their_own(self, tmp_path: Path) -> None:
        for name in ("train", "test"):
            write(tmp_path / f"{name}_data.csv", "text,label\nHi,joy\n")
        rows = load_corpus("table", tmp_path).examples
        assert [(row.id, row.split) for row in rows] == [("test_data/1", "test"), ("train_data/1", "train")]
        write(tmp_path / "more.csv", "text,label\nHi,joy\n")
        with pytest.raises(TrainingDataMissing, match=r"several tables .*more\.csv"):
            load_corpus("table", tmp_path)

    def test_packed_tables_are_read_and_foreign_encodings_are_named(self, tmp_path: Path) -> None:
        (tmp_path / "t.csv.gz").write_bytes(gzip.compress("文本,标签\n好,高兴\n".encode()))
        (row,) = load_corpus("table", tmp_path).examples
        assert (row.text, row.emotion) == ("好", Emotion.HAPPY)
        (tmp_path / "u.csv").write_bytes("文本,标签\n好,高兴\n".encode("gb18030"))
        with pytest.raises(TrainingDataMissing, match="write it as UTF-8"):
            load_corpus("table", tmp_path / "u.csv")


class TestManifest:
    def lines(self, path: Path) -> list[dict[str, object]]:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]

    def test_a_manifest_reads_back_as_the_same_rows(self, tmp_path: Path) -> None:
        reading = load_corpus("iemocap", miniature("iemocap", tmp_path / "corpus"))
        manifest = tmp_path / "out/rows.jsonl"
        assert write_manifest(reading, manifest) == len(reading.examples)
        back = load_corpus("table", manifest).examples
        for row, same in zip(reading.examples, back, strict=True):
            assert same.audio is not None
            assert same.audio.resolve() == row.audio
            for field in ("id", "emotion", "text", "context", "speaker", "dialogue", "lang", "split"):
                assert getattr(same, field) == getattr(row, field)

    def test_paths_are_relative_and_spans_kept(self, tmp_path: Path) -> None:
        touch(tmp_path, ("a.wav",))
        table = write(tmp_path / "t.csv", "audio,label,start,end\na.wav,sad,1,2\n")
        write_manifest(load_corpus("table", table), tmp_path / "out/m.jsonl")
        assert self.lines(tmp_path / "out/m.jsonl") == [
            {"id": "1", "audio": "../a.wav", "start": 1.0, "end": 2.0, "label": "sad", "corpus": "table"}
        ]

    def test_the_words_of_actors_are_no_text(self, tmp_path: Path) -> None:
        write_manifest(load_corpus("tess", miniature("tess", tmp_path / "tess")), tmp_path / "m.jsonl")
        row = self.lines(tmp_path / "m.jsonl")[0]
        assert (row["transcript"], row["label"], "text" in row) == ("Say the word back.", "angry", False)
        assert row["gender"] == "female"

    def test_pictures_that_are_no_files_become_some(self, tmp_path: Path) -> None:
        told: list[tuple[int, int]] = []
        reading = load_corpus("fer2013", miniature("fer2013", tmp_path / "fer"))
        write_manifest(reading, tmp_path / "m.jsonl", progress=lambda done, total: told.append((done, total)))
        rows = self.lines(tmp_path / "m.jsonl")
        assert [row["image"] for row in rows] == [f"m_images/00000{number}.png" for number in (1, 2, 3)]
        assert all(row["crop"] is True for row in rows)
        back = load_corpus("table", tmp_path / "m.jsonl").examples
        assert [row.emotion for row in back] == [row.emotion for row in reading.examples]
        assert told[-1] == (3, 3)

    def test_a_place_that_cannot_be_written_is_named(self, tmp_path: Path) -> None:
        reading = load_corpus("table", miniature("table", tmp_path))
        write(tmp_path / "file", "")
        with pytest.raises(TrainingDataMissing, match="cannot write"):
            write_manifest(reading, tmp_path / "file" / "m.jsonl")


class Haiku(Corpus):
    """A corpus of somebody else."""

    name = "haiku"
    title = "Haiku"
    modalities = ("text",)
    licence = "CC0-1.0"
    layout = "haiku.txt"

    def rows(self, root: Path) -> Iterator[Row]:
        if not (root / "haiku.txt").is_file():
            raise TrainingDataMissing(f"no haiku.txt in {str(root)!r}")
        yield Example(id="1", emotion=Emotion.HAPPY, text="frog")
        yield Example(id="1", emotion=Emotion.SAD, text="pond")
        yield LeftOut(reason="label", detail="melancholy")


class TestRegistry:
    @pytest.fixture(autouse=True)
    def own_registry(self, monkeypatch: pytest.MonkeyPatch) -> None:
        corpus_names()
        monkeypatch.setattr(registry, "_decorated", dict(registry._decorated))

    def test_an_unknown_corpus_is_named_with_those_there_are(self, tmp_path: Path) -> None:
        with pytest.raises(UnknownCorpus, match=r"no corpus is called 'oracle'; there are: affectnet, .*xed"):
            load_corpus("oracle", tmp_path)

    def test_options_a_corpus_does_not_know_are_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(CorpusOptionInvalid, match="'ravdess' does not take these options"):
            load_corpus("ravdess", tmp_path, calm="happy")

    def test_a_decorated_corpus_is_found_and_each_id_counts_once(self, tmp_path: Path) -> None:
        assert corpus(Haiku) is Haiku
        assert "haiku" in corpus_names()
        write(tmp_path / "haiku.txt", "")
        assert detect_corpus(tmp_path) == "haiku"
        reading = load_corpus("haiku", tmp_path)
        assert [row.id for row in reading.examples] == ["haiku/1"]
        assert reading.left_out == {"duplicate": 1, "label:melancholy": 1}

    def test_one_of_another_distribution_is_imported_when_it_is_asked_for(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        point = EntryPoint(name="poems", value="poems_of_nobody:Poems", group="attune.corpora")

        def points(*, group: str, name: str | None = None) -> list[EntryPoint]:
            return [point] if group == "attune.corpora" and name in (None, "poems") else []

        monkeypatch.setattr(registry, "entry_points", points)
        assert "poems" in corpus_names()
        with pytest.raises(ModuleNotFoundError, match="poems_of_nobody"):
            load_corpus("poems", tmp_path)

    def test_own_layouts_count_only_where_no_published_one_is(self, tmp_path: Path) -> None:
        assert recognised(miniature("sfew", tmp_path / "sfew")) == ("sfew",)
        assert recognised(miniature("folder", tmp_path / "folder")) == ("folder",)

    def test_several_corpora_in_a_folder_are_to_be_named(self, tmp_path: Path) -> None:
        miniature("tess", miniature("emodb", tmp_path))
        with pytest.raises(TrainingDataMissing, match="holds several corpora: emodb, tess; name the one that is meant"):
            detect_corpus(tmp_path)
        assert len(load_corpus("tess", tmp_path).examples) == 2

    def test_an_unknown_layout_is_an_error_that_lists_the_known(self, tmp_path: Path) -> None:
        with pytest.raises(TrainingDataMissing, match=r"is in no layout that is known; there are: affectnet"):
            detect_corpus(tmp_path)
