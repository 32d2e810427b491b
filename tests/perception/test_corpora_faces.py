"""Corpora of faces: pictures that are files, fields of a table, or parts of an archive."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from perception import Emotion
from perception.training.corpora import load_corpus, recognised
from perception.training.corpora.testing import miniature, touch, write
from perception.training.errors import CorpusOptionInvalid, TrainingDataMissing

pytestmark = pytest.mark.unit

HEADER = "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF\n"


class TestFer2013:
    def test_a_picture_is_decoded_when_it_is_asked_for(self, tmp_path: Path) -> None:
        rows = load_corpus("fer2013", miniature("fer2013", tmp_path)).examples
        assert [(row.emotion, row.split) for row in rows] == [
            (Emotion.HAPPY, "train"), (Emotion.ANGRY, "dev"), (Emotion.NEUTRAL, "test"),
        ]  # fmt: skip
        for row, last in zip(rows, (3, 0, 6), strict=True):
            assert row.image is None
            assert row.pixels is not None
            picture = row.pixels.read()
            assert (picture.shape, picture.dtype) == ((48, 48), np.uint8)
            assert (picture[0, 0], picture[-1, -1]) == (7, last)

    def test_columns_in_another_order_with_quotes_and_windows_line_ends(self, tmp_path: Path) -> None:
        text = 'emotion, Usage, pixels\r\n4,PrivateTest,"1 2 3 4"\r\n'
        (tmp_path / "icml_face_data.csv").write_bytes(text.encode())
        (row,) = load_corpus("fer2013", tmp_path).examples
        assert (row.id, row.emotion, row.split) == ("fer2013/row0", Emotion.SAD, "test")
        assert row.pixels is not None
        assert row.pixels.read().tolist() == [[1, 2], [3, 4]]

    def test_bad_rows_are_counted(self, tmp_path: Path) -> None:
        rows = "3,1 2 3 4,Training\n3,1 2 3,Training\n7,1 2 3 4,Training\nx,1 2 3 4,Training\n3,,Training\nnothing\n\n"
        write(tmp_path / "fer2013.csv", f"emotion,pixels,Usage\n{rows}")
        reading = load_corpus("fer2013", tmp_path)
        assert len(reading.examples) == 1
        assert reading.left_out == {"row": 4, "label:7": 1}

    def test_a_table_that_changed_since_is_an_error(self, tmp_path: Path) -> None:
        table = write(tmp_path / "fer2013.csv", "emotion,pixels,Usage\n3,1 2 3 4,Training\n")
        (row,) = load_corpus("fer2013", tmp_path).examples
        table.write_text("cut off")
        assert row.pixels is not None
        with pytest.raises(TrainingDataMissing, match="no picture in"):
            row.pixels.read()

    def test_another_table_of_that_name_is_an_error(self, tmp_path: Path) -> None:
        write(tmp_path / "fer2013.csv", "emotion,usage\n1,Training\n")
        with pytest.raises(TrainingDataMissing, match="no column 'pixels'"):
            load_corpus("fer2013", tmp_path)

    def test_in_folders_the_name_tells_the_split(self, tmp_path: Path) -> None:
        files = ("train/angry/Training_1.jpg", "test/happy/PublicTest_2.jpg", "test/happy/PrivateTest_3.jpg")
        touch(tmp_path, (*files, "test/odd/PublicTest_4.jpg", "test/sad/me.jpg"))
        reading = load_corpus("fer2013", tmp_path)
        assert {row.id: row.split for row in reading.examples} == {
            "fer2013/Training_1": "train", "fer2013/PublicTest_2": "dev", "fer2013/PrivateTest_3": "test",
        }  # fmt: skip
        assert reading.left_out == {"label:odd": 1, "name": 1}


class TestFerPlus:
    def votes(self, root: Path, *votes: str) -> Path:
        rows = "".join(f"Training,fer{number:07}.png,{vote}\n" for number, vote in enumerate(votes))
        write(root / "fer2013new.csv", HEADER + rows)
        touch(root, (f"fer{number:07}.png" for number in range(len(votes))))
        return root

    def test_by_majority_single_votes_are_slips(self, tmp_path: Path) -> None:
        root = self.votes(tmp_path, "4,3,1,1,1,0,0,0,0,0", "4,4,1,1,0,0,0,0,0,0", "0,0,0,1,6,1,1,0,1,0")
        reading = load_corpus("ferplus", root)
        assert [(row.emotion, row.label) for row in reading.examples] == [
            (Emotion.NEUTRAL, "neutral"), (Emotion.ANGRY, "anger"),
        ]  # fmt: skip
        assert reading.examples[1].extra["votes"] == "0,0,0,1,6,1,1,0,1,0"
        assert reading.left_out == {"mixed": 1}

    def test_by_plurality_most_votes_hold_and_ties_are_left_out(self, tmp_path: Path) -> None:
        votes = ("4,3,3,0,0,0,0,0,0,0", "5,5,0,0,0,0,0,0,0,0", "1,0,0,0,0,0,0,0,0,0")
        reading = load_corpus("ferplus", self.votes(tmp_path, *votes), rule="plurality")
        assert [row.id for row in reading.examples] == ["ferplus/fer0000000", "ferplus/fer0000002"]
        with pytest.raises(CorpusOptionInvalid, match="rule='most'"):
            load_corpus("ferplus", tmp_path, rule="most")

    def test_contempt_unknown_and_no_face_are_left_out_by_name(self, tmp_path: Path) -> None:
        votes = ("9,0,0,0,0,0,0,0,0,0", "0,0,0,0,0,0,0,9,0,0", "0,0,0,0,0,0,0,0,9,0", "0,0,0,0,0,0,0,0,0,9")
        left_out = load_corpus("ferplus", self.votes(tmp_path, *votes)).left_out
        assert left_out == {"label:contempt": 1, "label:unknown": 1, "label:NF": 1}

    def test_images_that_are_not_there_and_rows_without_one_are_counted(self, tmp_path: Path) -> None:
        root = self.votes(tmp_path, *["9,0,0,0,0,0,0,0,0,0"] * 2)
        (root / "fer0000000.png").unlink()
        with (root / "fer2013new.csv").open("a") as stream:
            stream.write("Training,,0,0,0,0,0,0,0,0,0,10\nTraining,fer0000001.png,9,nine\n")
        assert load_corpus("ferplus", root).left_out == {"missing": 1, "unlabelled": 1, "row": 1}

    def test_beside_the_table_of_pixels_rows_belong_together(self, tmp_path: Path) -> None:
        miniature("fer2013", miniature("ferplus", tmp_path))
        rows = load_corpus("ferplus", tmp_path).examples
        assert [(row.id, row.emotion, row.split) for row in rows] == [
            ("ferplus/row0", Emotion.HAPPY, "train"), ("ferplus/row1", Emotion.ANGRY, "dev"),
        ]  # fmt: skip
        assert rows[1].pixels is not None
        assert rows[1].pixels.read()[-1, -1] == 0
        assert set(recognised(tmp_path)) == {"fer2013", "ferplus"}

    def test_tables_of_two_lengths_are_an_error(self, tmp_path: Path) -> None:
        miniature("fer2013", miniature("ferplus", tmp_path))
        with (tmp_path / "fer2013.csv").open("a") as stream:
            stream.write("3,1 2 3 4,Training\n")
        with pytest.raises(TrainingDataMissing, match="differ in length at row 3; one of them is cut off"):
            load_corpus("ferplus", tmp_path)

    def test_as_the_authors_script_unpacks_it(self, tmp_path: Path) -> None:
        table = 'a.png,"(0, 0, 48, 48)",0,9,0,0,0,0,0,0,0,0\nb.png,0,0,0,9,0,0,0,0,0,0\ngone.png,1,2\n'
        write(tmp_path / "data/FER2013Valid/label.csv", table)
        touch(tmp_path / "data/FER2013Valid", ("a.png", "b.png"))
        reading = load_corpus("ferplus", tmp_path)
        assert [(row.emotion, row.split) for row in reading.examples] == [
            (Emotion.HAPPY, "dev"), (Emotion.SAD, "dev"),
        ]  # fmt: skip
        assert reading.left_out == {"missing": 1}

    def test_from_the_packed_archives(self, tmp_path: Path) -> None:
        archived(tmp_path / "face/ferplus_valid.npz", count=3)
        rows = load_corpus("ferplus", tmp_path).examples
        assert [(row.id, row.split) for row in rows] == [(f"ferplus/row{row}", "dev") for row in (100, 101, 102)]
        pixels = rows[2].pixels
        assert pixels is not None
        assert pixels.read().tolist() == [[2, 2], [2, 2]]

    def test_an_archive_of_something_else_is_an_error(self, tmp_path: Path) -> None:
        np.savez(tmp_path / "ferplus_train.npz", votes=np.zeros((1, 10)))
        with pytest.raises(TrainingDataMissing, match="no array 'webp'"):
            load_corpus("ferplus", tmp_path)
        (tmp_path / "ferplus_valid.npz").write_bytes(b"PK broken")
        (tmp_path / "ferplus_train.npz").unlink()
        with pytest.raises(TrainingDataMissing, match="cannot be read"):
            load_corpus("ferplus", tmp_path)


def archived(path: Path, *, count: int) -> None:
    """Faces of two by two pixels, of one shade each, all voted happy."""
    blobs = []
    for shade in range(count):
        stream = io.BytesIO()
        Image.fromarray(np.full((2, 2), shade, dtype=np.uint8)).save(stream, "WEBP", lossless=True)
        blobs.append(stream.getvalue())
    names = ["happiness", "neutral", "surprise", "sadness", "anger", "disgust", "fear", "contempt", "unknown", "NF"]
    votes = np.zeros((count, 10), dtype=np.uint8)
    votes[:, 0] = 10
    path.parent.mkdir(parents=True)
    np.savez(
        path,
        webp=np.frombuffer(b"".join(blobs), dtype=np.uint8),
        offsets=np.cumsum([0, *map(len, blobs)]),
        votes=votes,
        vote_names=np.array(names),
        fer2013_row=np.arange(100, 100 + count),
    )


class TestRafDb:
    def test_labels_count_from_one_in_an_order_of_their_own(self, tmp_path: Path) -> None:
        lines = "".join(f"train_{number:05}.jpg {number}\n" for number in range(1, 8))
        write(tmp_path / "basic/EmoLabel/list_patition_label.txt", lines)
        touch(tmp_path / "basic/Image/aligned", (f"train_{number:05}_aligned.jpg" for number in range(1, 8)))
        rows = load_corpus("raf-db", tmp_path).examples
        assert [row.emotion.value for row in rows] == [
            "surprise", "fear", "disgust", "happy", "sad", "angry", "neutral",
        ]  # fmt: skip

    def test_aligned_faces_go_before_whole_pictures(self, tmp_path: Path) -> None:
        touch(miniature("raf-db", tmp_path), ("Image/original/train_00001.jpg", "Image/zoomed/train_00001.jpg"))
        row = load_corpus("raf-db", tmp_path).examples[0]
        assert row.image == tmp_path / "Image/aligned/train_00001_aligned.jpg"
        assert (row.id, row.split) == ("raf-db/train_00001", "train")

    def test_bad_lines_codes_and_absent_pictures_are_counted(self, tmp_path: Path) -> None:
        with (miniature("raf-db", tmp_path) / "EmoLabel/list_patition_label.txt").open("a") as stream:
            stream.write("train_00001.jpg\n\ntrain_00001.jpg 8\ntrain_09999.jpg 1\n")
        assert load_corpus("raf-db", tmp_path).left_out == {"row": 1, "label:8": 1, "missing": 1}


class TestAffectNet:
    def test_the_table_tells_expression_face_and_circumplex(self, tmp_path: Path) -> None:
        reading = load_corpus("affectnet", miniature("affectnet", tmp_path))
        first, second = reading.examples
        assert (first.id, first.emotion, first.split) == ("affectnet/1/a", Emotion.HAPPY, "train")
        assert first.extra == {"valence": "0.8", "arousal": "0.2", "face": "0,0,9,9"}
        assert (second.emotion, second.split) == (Emotion.ANGRY, "dev")
        assert reading.left_out == {"label:contempt": 1}

    def test_absent_pictures_and_codes_beyond_the_list_are_counted(self, tmp_path: Path) -> None:
        with (miniature("affectnet", tmp_path) / "training.csv").open("a") as stream:
            stream.write("1/z.jpg,0,0,9,9,1,1,0,0\n1/a.jpg,0,0,9,9,1,11,0,0\n1/a.jpg,0,0,9,9,1,10,0,0\n")
        left_out = load_corpus("affectnet", tmp_path).left_out
        assert left_out == {"label:contempt": 1, "missing": 1, "label:11": 1, "label:no face": 1}

    def test_the_smaller_edition_has_a_file_a_number(self, tmp_path: Path) -> None:
        touch(tmp_path, ("train_set/images/5.jpg", "train_set/images/6.jpg", "train_set/images/7.jpg"))
        touch(tmp_path, ("val_set/images/5.jpg", "val_set/images/8.jpg"))
        for place, code in (("train_set", "1"), ("val_set", "7")):
            (tmp_path / place / "annotations").mkdir()
            np.save(tmp_path / place / "annotations/5_exp.npy", np.array(code))
        np.save(tmp_path / "train_set/annotations/5_val.npy", np.array("-0.25"))
        np.save(tmp_path / "train_set/annotations/7_exp.npy", np.array([1, 2]))
        (tmp_path / "val_set/annotations/8_exp.npy").write_bytes(b"broken")
        reading = load_corpus("affectnet", tmp_path)
        (row,) = reading.examples
        assert (row.id, row.emotion, row.extra) == ("affectnet/train_set/5", Emotion.HAPPY, {"valence": "-0.25"})
        assert reading.left_out == {"row": 2, "unlabelled": 1, "label:contempt": 1}


class TestSfew:
    def test_a_still_has_its_film_and_split(self, tmp_path: Path) -> None:
        rows = load_corpus("sfew", miniature("sfew", tmp_path / "SFEW_2").parent).examples
        assert [(row.emotion, row.split) for row in rows] == [
            (Emotion.ANGRY, "train"), (Emotion.NEUTRAL, "train"), (Emotion.HAPPY, "dev"),
        ]  # fmt: skip
        assert rows[0].extra == {"film": "Airheads"}

    def test_the_test_set_has_no_labels(self, tmp_path: Path) -> None:
        touch(miniature("sfew", tmp_path), ("Test/Airheads_000519240_00000006.png", "Train/Sad/x.png"))
        assert load_corpus("sfew", tmp_path).left_out == {"unlabelled": 1, "name": 1}
