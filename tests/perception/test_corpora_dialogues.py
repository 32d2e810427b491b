"""Corpora of dialogues: words with what was said before, and the sound where it is there."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from perception import Emotion
from perception.training.corpora import Span, load_corpus
from perception.training.corpora.testing import miniature, touch, write
from perception.training.errors import CorpusOptionInvalid, TrainingDataMissing

pytestmark = pytest.mark.unit


class TestMeld:
    def test_an_utterance_has_its_split_its_speaker_and_what_was_said_before(self, tmp_path: Path) -> None:
        rows = load_corpus("meld", miniature("meld", tmp_path)).examples
        assert [row.id for row in rows[:2]] == ["meld/train/0_0", "meld/train/0_1"]
        assert [row.split for row in rows] == ["train", "train", "dev", "dev", "test", "test"]
        first, second = rows[:2]
        assert (first.emotion, first.speaker, first.dialogue) == (Emotion.ANGRY, "meld/Ann", "meld/train/0")
        assert second.context == (first.text,)
        assert rows[2].context == ()

    def test_punctuation_that_was_published_as_control_characters_is_mended(self, tmp_path: Path) -> None:
        assert load_corpus("meld", miniature("meld", tmp_path)).examples[0].text == "The soup, it’s cold."

    def test_films_are_found_by_the_split_in_the_folders(self, tmp_path: Path) -> None:
        rows = load_corpus("meld", miniature("meld", tmp_path)).examples
        assert [row.audio is not None for row in rows] == [True, False, False, False, False, True]
        assert rows[0].audio == tmp_path / "train_splits/dia0_utt0.mp4"

    def test_a_recording_goes_before_the_film(self, tmp_path: Path) -> None:
        touch(miniature("meld", tmp_path), ("train/audio/dia0_utt0.wav", "train/final_videos_testdia0_utt1.mp4"))
        rows = load_corpus("meld", tmp_path).examples
        assert rows[0].audio == tmp_path / "train/audio/dia0_utt0.wav"
        assert rows[1].audio is None

    def test_what_is_left_out_is_context_nevertheless(self, tmp_path: Path) -> None:
        header = "Utterance,Speaker,Emotion,Dialogue_ID,Utterance_ID\n"
        rows = "Hm.,Ann,boredom,0,0\n,Ann,joy,0,1\nYes!,Ann,joy,0,2\nNo.,Ann,joy,zero,3\n"
        write(tmp_path / "MELD.Raw/dev_sent_emo.csv", header + rows)
        reading = load_corpus("meld", tmp_path)
        (row,) = reading.examples
        assert (row.text, row.context) == ("Yes!", ("Hm.",))
        assert reading.left_out == {"row": 2, "label:boredom": 1}

    def test_a_table_without_its_columns_is_an_error(self, tmp_path: Path) -> None:
        write(tmp_path / "train_sent_emo.csv", "Utterance,Emotion\nHi,joy\n")
        with pytest.raises(TrainingDataMissing, match=r"no column 'Speaker', but 'Utterance', 'Emotion'; is it the"):
            load_corpus("meld", tmp_path)

    def test_an_empty_table_is_an_error(self, tmp_path: Path) -> None:
        write(tmp_path / "train_sent_emo.csv", "")
        with pytest.raises(TrainingDataMissing, match="is empty; get it again"):
            load_corpus("meld", tmp_path)


class TestIemocap:
    def test_a_turn_has_words_sound_speaker_and_ratings(self, tmp_path: Path) -> None:
        rows = load_corpus("iemocap", miniature("iemocap", tmp_path)).examples
        first, second = rows
        assert (first.id, first.emotion, first.label) == ("iemocap/Ses01F_impro01_F000", Emotion.HAPPY, "exc")
        assert (first.text, first.speaker) == ("The bus came early.", "iemocap/Ses01F")
        assert first.audio == tmp_path / "Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_F000.wav"
        assert first.span is None
        assert first.extra == {
            "session": "01", "gender": "female", "kind": "improvised", "valence": "2.5000", "activation": "2.5000",
            "dominance": "2.5000", "folded": "excited",
        }  # fmt: skip
        assert second.context == ("The bus came early.", "Mine did not.")
        assert second.dialogue == first.dialogue == "iemocap/Ses01F_impro01"

    def test_frustrated_and_undecided_turns_are_left_out(self, tmp_path: Path) -> None:
        reading = load_corpus("iemocap", miniature("iemocap", tmp_path))
        assert reading.left_out == {"label:frustrated": 1, "label:raters differ": 1}

    def test_frustrated_counts_as_angry_on_request(self, tmp_path: Path) -> None:
        rows = load_corpus("iemocap", miniature("iemocap", tmp_path), frustrated="angry").examples
        (angry,) = (row for row in rows if row.emotion is Emotion.ANGRY)
        assert (angry.speaker, angry.extra["folded"]) == ("iemocap/Ses01M", "frustrated")
        with pytest.raises(CorpusOptionInvalid, match="'sad' is neither 'leave-out' nor 'angry'"):
            load_corpus("iemocap", tmp_path, frustrated="sad")

    def test_where_turns_are_not_cut_out_they_are_parts_of_their_dialogue(self, tmp_path: Path) -> None:
        miniature("iemocap", tmp_path)
        for path in (tmp_path / "Session1/sentences/wav/Ses01F_impro01").iterdir():
            path.unlink()
        touch(tmp_path, ("Session1/dialog/wav/Ses01F_impro01.wav",))
        first = load_corpus("iemocap", tmp_path).examples[0]
        assert first.audio == tmp_path / "Session1/dialog/wav/Ses01F_impro01.wav"
        assert first.span == Span(start=6.2901, end=8.2357)

    def test_without_words_the_sound_is_enough_and_without_both_there_is_nothing(self, tmp_path: Path) -> None:
        miniature("iemocap", tmp_path)
        (tmp_path / "Session1/dialog/transcriptions/Ses01F_impro01.txt").unlink()
        (tmp_path / "Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_F001.wav").unlink()
        reading = load_corpus("iemocap", tmp_path)
        assert [row.text for row in reading.examples] == [None]
        assert reading.left_out["missing"] == 1

    def test_what_single_raters_said_is_no_label(self, tmp_path: Path) -> None:
        miniature("iemocap", tmp_path)
        own = "[6.2901 - 8.2357]\tSes01F_impro01_F009\tsad\t[2.5, 2.5, 2.5]\n"
        write(tmp_path / "Session1/dialog/EmoEvaluation/Self-evaluation/Ses01F_impro01_f.txt", own)
        assert len(load_corpus("iemocap", tmp_path).examples) == 2

    def test_a_turn_nobody_rated_is_context_and_counted(self, tmp_path: Path) -> None:
        spoken = miniature("iemocap", tmp_path) / "Session1/dialog/transcriptions/Ses01F_impro01.txt"
        with spoken.open("a", encoding="utf-8") as stream:
            stream.write("Ses01F_impro01_M009 [011.5000-011.9000]: Anyway.\nA NOTE: nothing\n")
        reading = load_corpus("iemocap", tmp_path)
        assert reading.left_out["unlabelled"] == 1
        assert reading.examples[1].context[-1] == "Anyway."


class TestPackedText:
    def test_a_number_names_a_dialogue_in_its_split_only(self, tmp_path: Path) -> None:
        rows = load_corpus("emorynlp", miniature("emorynlp", tmp_path)).examples
        assert [row.dialogue for row in rows] == ["emorynlp/train/0", "emorynlp/train/0", "emorynlp/dev/0"]
        assert rows[1].context == ("The train was late.", "Which one?")
        assert (rows[1].id, rows[1].speaker, rows[1].label) == ("emorynlp/train/0_2", "emorynlp/Ann", "anger")

    def test_a_row_without_one_emotion_is_left_out(self, tmp_path: Path) -> None:
        assert load_corpus("emorynlp", miniature("emorynlp", tmp_path)).left_out == {"label:puzzled": 1}

    @pytest.mark.parametrize("place", ["xed.tsv.gz", "text/xed.tsv.gz"])
    def test_it_is_read_packed_from_a_folder_or_as_the_file(self, tmp_path: Path, place: str) -> None:
        table = "lang\ttext\tlabels8\tlabel7\ncn\t好。\tjoy\thappy\nen\t\tjoy\thappy\nen\tOh.\tjoy,anger\t\n"
        path = tmp_path / place
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(gzip.compress(table.encode()))
        for root in (tmp_path, path):
            reading = load_corpus("xed", root)
            assert [(row.id, row.lang, row.text) for row in reading.examples] == [("xed/1", "zh", "好。")]
            assert reading.left_out == {"row": 1, "mixed": 1}

    def test_a_cut_off_file_is_an_error(self, tmp_path: Path) -> None:
        whole = gzip.compress(b"text\tlabel7\n" + b"a\thappy\n" * 5000)
        (tmp_path / "xed.tsv.gz").write_bytes(whole[:-20])
        with pytest.raises(TrainingDataMissing, match="cannot be read"):
            load_corpus("xed", tmp_path)

    def test_labels_in_columns_of_their_own_are_joined(self, tmp_path: Path) -> None:
        header = "lang\tid\ttext\tanger\tdisgust\tfear\tjoy\tsadness\tsurprise\tlabel7\n"
        rows = (
            "chn\tc1\t好。\t0\t0\t0\t1\t0\t0\thappy\n"
            "eng\te1\tSo.\t0\t0\t0\t0\t0\t0\tneutral\n"
            "eng\te2\tNo\t1\t1\t0\t0\t0\t0\t\n"
        )
        write(tmp_path / "brighter_semeval2025_t11_trackA.tsv", header + rows)
        reading = load_corpus("brighter", tmp_path)
        labelled = [(row.id, row.label, row.lang) for row in reading.examples]
        assert labelled == [("brighter/c1", "joy", "zh"), ("brighter/e1", "neutral", "en")]
        assert reading.left_out == {"mixed": 1}

    def test_a_dialogue_in_two_languages_is_one_dialogue(self, tmp_path: Path) -> None:
        header = "dialogue_id\tutterance_id\ttext\temotion\tlabel7\n"
        write(tmp_path / "xdailydialog_en.tsv", header + "d1\t0\tGood.\t4\thappy\nd1\t1\tIs it?\t0\tneutral\n")
        write(tmp_path / "xdailydialog_zh.tsv", header + "d1\t0\t好。\t4\thappy\nd1\t1\t是吗？\t0\tneutral\n")
        rows = load_corpus("xdailydialog", tmp_path).examples
        assert [row.id for row in rows] == [
            f"xdailydialog/{lang}/d1_{turn}" for lang in ("en", "zh") for turn in (0, 1)
        ]
        assert {row.dialogue for row in rows} == {"xdailydialog/d1"}
        assert rows[3].context == ("好。",)
        assert [row.lang for row in rows] == ["en", "en", "zh", "zh"]


class TestGoEmotions:
    def test_labels_are_grouped_as_the_authors_do(self, tmp_path: Path) -> None:
        rows = load_corpus("goemotions", miniature("goemotions", tmp_path)).examples
        assert [(row.id, row.emotion, row.label, row.split) for row in rows] == [
            ("goemotions/e1", Emotion.HAPPY, "joy", "train"),
            ("goemotions/e2", Emotion.SURPRISE, "curiosity,confusion", "train"),
            ("goemotions/e4", Emotion.NEUTRAL, "neutral", "dev"),
        ]

    def test_labels_of_several_groups_are_left_out(self, tmp_path: Path) -> None:
        assert load_corpus("goemotions", miniature("goemotions", tmp_path)).left_out == {"mixed": 1}

    def test_numbers_are_places_in_the_list_beside_the_tables(self, tmp_path: Path) -> None:
        write(tmp_path / "data/emotions.txt", "anger\ngrief\n\n")
        write(tmp_path / "data/test.tsv", '"Quoted" it is\t0\ta\nNo.\t1\tb\nNo!\t2\tc\n')
        reading = load_corpus("goemotions", tmp_path)
        assert [(row.emotion, row.text) for row in reading.examples] == [
            (Emotion.ANGRY, '"Quoted" it is'), (Emotion.SAD, "No."),
        ]  # fmt: skip
        assert reading.left_out == {"label:2": 1}

    def test_lines_that_are_no_rows_are_counted(self, tmp_path: Path) -> None:
        write(tmp_path / "train.tsv", "Yes.\t17\ta\nNo.\tjoy\tb\nNo.\t17\n \t17\tc\n\n")
        assert load_corpus("goemotions", tmp_path).left_out == {"row": 3}

    def test_the_packed_table_goes_before_the_published(self, tmp_path: Path) -> None:
        write(tmp_path / "goemotions.tsv", "split\tid\ttext\tlabels28\tlabel7\ntrain\tx1\tJoy.\tjoy\thappy\n")
        (row,) = load_corpus("goemotions", miniature("goemotions", tmp_path)).examples
        assert (row.id, row.label) == ("goemotions/x1", "joy")
