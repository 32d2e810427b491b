"""Corpora of speech: what the names of files say, and what breaks the rule."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from perception import Emotion
from perception.training.corpora import Example, Span, load_corpus
from perception.training.corpora.testing import miniature, touch, write
from perception.training.errors import TrainingDataMissing

pytestmark = pytest.mark.unit


def read(name: str, root: Path, *files: str) -> tuple[dict[str, Example], dict[str, int]]:
    """Examples by id without the name of the corpus, and what was left out."""
    touch(root, files)
    reading = load_corpus(name, root)
    return {row.id.removeprefix(f"{name}/"): row for row in reading.examples}, dict(reading.left_out)


class TestRavdess:
    def test_a_name_says_all(self, tmp_path: Path) -> None:
        rows, _ = read("ravdess", tmp_path, "Actor_12/03-01-06-01-02-01-12.wav")
        row = rows["03-01-06-01-02-01-12"]
        assert (row.emotion, row.label, row.speaker, row.lang) == (Emotion.FEAR, "fearful", "ravdess/12", "en")
        assert row.text == "Dogs are sitting by the door."
        assert row.extra == {
            "channel": "speech", "gender": "female", "intensity": "normal", "repetition": "1", "sentence": "2"
        }  # fmt: skip

    def test_calm_counts_as_neutral_and_says_so(self, tmp_path: Path) -> None:
        rows, _ = read("ravdess", tmp_path, "03-02-02-02-01-02-23.wav")
        row = rows["03-02-02-02-01-02-23"]
        assert (row.emotion, row.label, row.extra["folded"]) == (Emotion.NEUTRAL, "calm", "calm")
        assert (row.extra["channel"], row.extra["gender"]) == ("song", "male")

    def test_films_count_where_their_sound_is_nowhere_else(self, tmp_path: Path) -> None:
        films = ("01-01-03-01-01-01-01.mp4", "01-01-04-01-01-01-01.mp4", "02-01-04-01-01-01-01.mp4")
        rows, left_out = read("ravdess", tmp_path, *films, "03-01-03-01-01-01-01.wav")
        assert sorted(rows) == ["01-01-04-01-01-01-01", "03-01-03-01-01-01-01"]
        assert left_out == {"silent": 1, "twin": 1}

    @pytest.mark.parametrize(
        "stem", ["03-01-09-01-01-01-01", "03-01-05-01-01-01-25", "03-01-05-01-01-01", "3-1-5-1-1-1-1", "take one"]
    )
    def test_names_that_break_the_rule_are_counted(self, tmp_path: Path, stem: str) -> None:
        rows, left_out = read("ravdess", tmp_path, "03-01-05-01-01-01-01.wav", f"{stem}.wav")
        assert len(rows) == 1
        assert left_out == {"name": 1}

    def test_a_copy_of_the_whole_tree_counts_once(self, tmp_path: Path) -> None:
        name = "Actor_01/03-01-05-01-01-01-01.wav"
        rows, left_out = read("ravdess", tmp_path, name, f"audio_speech_actors_01-24/{name}")
        assert rows["03-01-05-01-01-01-01"].audio == tmp_path / name
        assert left_out == {"duplicate": 1}

    def test_hidden_files_are_nothing(self, tmp_path: Path) -> None:
        name = "03-01-05-01-01-01-01.wav"
        _, left_out = read("ravdess", tmp_path, name, f"._{name}", f"__MACOSX/{name}", f".cache/{name}", "README.txt")
        assert left_out == {}

    def test_only_bad_names_are_an_error_that_counts_them(self, tmp_path: Path) -> None:
        with pytest.raises(TrainingDataMissing, match=r"RAVDESS: no example in .*Actor_12/03-.*; left out: 2 x name"):
            read("ravdess", tmp_path, "a.wav", "b.wav")


class TestCremaD:
    def test_a_name_says_all(self, tmp_path: Path) -> None:
        rows, _ = read("crema-d", tmp_path, "AudioWAV/1001_IEO_HAP_HI.wav", "AudioWAV/1091_DFA_NEU_XX.wav")
        row = rows["1001_IEO_HAP_HI"]
        assert (row.emotion, row.speaker, row.text) == (Emotion.HAPPY, "crema-d/1001", "It's eleven o'clock.")
        assert row.extra == {"sentence": "IEO", "intensity": "high"}
        assert rows["1091_DFA_NEU_XX"].extra == {"sentence": "DFA"}

    def test_of_a_clip_in_two_formats_the_truer_counts(self, tmp_path: Path) -> None:
        rows, left_out = read("crema-d", tmp_path, "AudioMP3/1001_DFA_ANG_XX.mp3", "AudioWAV/1001_DFA_ANG_XX.wav")
        assert rows["1001_DFA_ANG_XX"].audio == tmp_path / "AudioWAV/1001_DFA_ANG_XX.wav"
        assert left_out == {"duplicate": 1}

    def test_other_codes_are_bad_names(self, tmp_path: Path) -> None:
        _, left_out = read("crema-d", tmp_path, "1040_ITH_SAD_X.wav", "1040_ITH_BOR_XX.wav", "0999_ITH_SAD_XX.wav")
        assert left_out == {"name": 2}


class TestEmoDb:
    def test_a_name_says_all(self, tmp_path: Path) -> None:
        rows, _ = read("emodb", tmp_path, "wav/03a01Fa.wav", "wav/16b09Td.wav", "wav/08a07N.wav")
        row = rows["03a01Fa"]
        assert (row.emotion, row.label, row.speaker, row.lang) == (Emotion.HAPPY, "happiness", "emodb/03", "de")
        assert row.text == "Der Lappen liegt auf dem Eisschrank."
        assert row.extra == {"gender": "male", "sentence": "a01", "version": "a"}
        assert rows["16b09Td"].extra["gender"] == "female"

    def test_boredom_is_left_out(self, tmp_path: Path) -> None:
        rows, left_out = read("emodb", tmp_path, "03a01Fa.wav", "03a01Lb.wav", "03a02Lb.wav", "03a01Xa.wav")
        assert len(rows) == 1
        assert left_out == {"label:boredom": 2, "name": 1}


class TestTess:
    def test_a_name_says_all_whatever_the_folder(self, tmp_path: Path) -> None:
        rows, _ = read("tess", tmp_path, "YAF_pleasant_surprised/YAF_back_ps.wav", "x/OAF_back_angry.wav")
        row = rows["YAF_back_ps"]
        assert (row.emotion, row.label, row.speaker) == (Emotion.SURPRISE, "ps", "tess/YAF")
        assert row.text == "Say the word back."

    def test_the_one_file_that_is_published_with_a_slip_counts(self, tmp_path: Path) -> None:
        rows, _ = read("tess", tmp_path, "OAF_neutral/OA_bite_neutral.wav")
        assert rows["OA_bite_neutral"].speaker == "tess/OAF"

    def test_other_names_are_counted(self, tmp_path: Path) -> None:
        _, left_out = read("tess", tmp_path, "OAF_back_sad.wav", "OAF_back_bored.wav", "MAF_back_sad.wav")
        assert left_out == {"name": 2}


class TestSavee:
    def test_the_speaker_is_a_folder_or_in_the_name(self, tmp_path: Path) -> None:
        rows, _ = read("savee", tmp_path, "AudioData/DC/a01.wav", "AudioData/JE/a01.wav", "KL_su15.wav")
        assert {row.speaker for row in rows.values()} == {"savee/DC", "savee/JE", "savee/KL"}
        assert rows["KL_su15"].emotion is Emotion.SURPRISE

    @pytest.mark.parametrize(
        ("code", "emotion"),
        [("a", "angry"), ("d", "disgust"), ("f", "fear"), ("h", "happy"), ("n", "neutral"), ("sa", "sad")],
    )
    def test_the_longer_code_goes_first(self, tmp_path: Path, code: str, emotion: str) -> None:
        rows, _ = read("savee", tmp_path, f"JK_{code}03.wav")
        assert rows[f"JK_{code}03"].emotion == emotion

    def test_a_file_of_nobody_is_counted(self, tmp_path: Path) -> None:
        rows, left_out = read("savee", tmp_path, "DC/a01.wav", "a02.wav", "DC/x01.wav", "DC/a1.wav")
        assert list(rows) == ["DC_a01"]
        assert left_out == {"name": 3}


class TestJlCorpus:
    def test_secondary_emotions_count_where_they_mean_one_of_the_seven(self, tmp_path: Path) -> None:
        files = ("female1_angry_10a_1.wav", "male1_excited_3b_2.wav", "male1_anxious_1_1.wav")
        rows, _ = read("jl-corpus", tmp_path, *files)
        assert [row.emotion for row in rows.values()] == [Emotion.ANGRY, Emotion.FEAR, Emotion.HAPPY]
        row = rows["male1_excited_3b_2"]
        assert row.extra == {"gender": "male", "sentence": "3b", "take": "2", "folded": "excited"}
        assert rows["female1_angry_10a_1"].speaker == "jl-corpus/female1"

    def test_the_rest_is_counted_by_label(self, tmp_path: Path) -> None:
        files = ("male2_sad_15b_2.wav", "male2_assertive_1_1.wav", "male2_concerned_1_1.wav", "child1_sad_1_1.wav")
        _, left_out = read("jl-corpus", tmp_path, *files)
        assert left_out == {"label:assertive": 1, "label:concerned": 1, "name": 1}


class TestNemo:
    def test_a_name_says_all(self, tmp_path: Path) -> None:
        rows, left_out = read("nemo", tmp_path, "samples/PC1_surprised_3.wav", "SB0_bored_1.wav", "SB0.wav")
        row = rows["PC1_surprised_3"]
        assert (row.emotion, row.speaker, row.lang) == (Emotion.SURPRISE, "nemo/PC1", "pl")
        assert left_out == {"label:bored": 1, "name": 1}


class TestEsd:
    def test_language_is_that_of_the_speaker(self, tmp_path: Path) -> None:
        rows, _ = read("esd", tmp_path, "0010/Sad/0010_001051.wav", "0011/Sad/0011_001051.wav")
        assert [row.lang for row in rows.values()] == ["zh", "en"]
        assert rows["0010_001051"].extra == {"sentence": "1"}

    def test_a_folder_of_a_split_is_kept(self, tmp_path: Path) -> None:
        rows, _ = read("esd", miniature("esd", tmp_path))
        row = rows["0011_001401"]
        assert (row.split, row.label, row.emotion) == ("dev", "Surprise", Emotion.SURPRISE)

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
    def test_sentences_are_read_in_the_encodings_they_come_in(self, tmp_path: Path, encoding: str) -> None:
        (tmp_path / "0001").mkdir()
        (tmp_path / "0001/0001.txt").write_text("0001_000351\t雨停了。\t生气\r\n\r\nbroken\r\n", encoding=encoding)
        rows, _ = read("esd", tmp_path, "0001/Angry/train/0001_000351.wav", "0001/Angry/test/0001_000352.wav")
        assert [row.text for row in rows.values()] == ["雨停了。", None]

    def test_other_folders_and_names_are_counted(self, tmp_path: Path) -> None:
        files = ("0001/Angry/0001_000351.wav", "0001/Bored/0001_000352.wav", "0021/Sad/0021_000001.wav")
        _, left_out = read("esd", tmp_path, *files)
        assert left_out == {"label:Bored": 1, "name": 1}


class TestPackedVoice:
    """One file a speaker, and a table of where the clips are."""

    def table(self, root: Path, *rows: dict[str, str]) -> Path:
        columns = ("corpus", "split", "file", "start", "frames", "orig", "text")
        path = write(root / "voice/metadata.csv", "")
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, columns, restval="")
            writer.writeheader()
            writer.writerows(rows)
        touch(root / "voice", ("ravdess/rav01.opus",))
        return root

    def row(self, **fields: str) -> dict[str, str]:
        usual = {"corpus": "ravdess", "split": "val", "file": "ravdess/rav01.opus", "start": "16000", "frames": "8000"}
        return {**usual, "orig": "03-01-05-01-01-01-01.wav", **fields}

    @pytest.mark.parametrize("inside", ["", "voice"])
    def test_a_clip_is_a_part_of_its_file(self, tmp_path: Path, inside: str) -> None:
        root = self.table(tmp_path, self.row(text="the kids"))
        (row,) = load_corpus("ravdess", root / inside).examples
        assert row.audio == tmp_path / "voice/ravdess/rav01.opus"
        assert row.span == Span(start=1.0, end=1.5)
        assert (row.id, row.emotion, row.speaker) == ("ravdess/03-01-05-01-01-01-01", Emotion.ANGRY, "ravdess/01")
        assert (row.split, row.text) == ("dev", "the kids")

    def test_each_corpus_takes_its_own_rows(self, tmp_path: Path) -> None:
        root = self.table(tmp_path, self.row(), self.row(corpus="emodb", orig="03a01Fa.wav"))
        assert [row.id for row in load_corpus("emodb", root).examples] == ["emodb/03a01Fa"]

    def test_bad_rows_cost_themselves(self, tmp_path: Path) -> None:
        bad = [
            {"orig": "01.wav"}, {"orig": "03-01-05-01-01-01-02.wav", "start": "one"},
            {"orig": "03-01-05-01-01-01-03.wav", "frames": "0"},
            {"orig": "03-01-05-01-01-01-04.wav", "file": "gone.opus"}, {},
        ]  # fmt: skip
        reading = load_corpus("ravdess", self.table(tmp_path, self.row(), *(self.row(**fields) for fields in bad)))
        assert len(reading.examples) == 1
        assert reading.left_out == {"row": 2, "duplicate": 1, "missing": 1, "name": 1}

    def test_another_table_of_that_name_is_not_it(self, tmp_path: Path) -> None:
        write(tmp_path / "metadata.csv", "speaker,age\n1,30\n")
        rows, _ = read("ravdess", tmp_path, "03-01-05-01-01-01-01.wav")
        assert len(rows) == 1
