"""Planted leaks are refused, and the rows are named."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from perception.training.errors import LeakFound, TrainingError
from perception.training.splits import (
    Fingerprint,
    Item,
    Unit,
    audio_fingerprint,
    check_leaks,
    image_fingerprint,
    text_fingerprint,
)

pytestmark = pytest.mark.unit

RATE = 16_000


def item(name: str, made: Fingerprint | None = None, *, group: str = "", unit: Unit = "row", corpus: str = "c") -> Item:
    return Item(id=name, corpus=corpus, group=group or name, fingerprint=made, unit=unit)


def picture(seed: int) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    coarse = np.random.default_rng(seed).integers(0, 255, (8, 8), dtype=np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((48, 48), Image.Resampling.BICUBIC))


def jpeg(image: np.ndarray[tuple[int, int], np.dtype[np.uint8]]) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "JPEG", quality=70)
    return np.asarray(Image.open(stream))


def recording(seed: int) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    noise = np.random.default_rng(seed).normal(0, 0.1, 2 * RATE)
    return np.convolve(noise, np.hanning(12), mode="same").astype(np.float32) * 0.2


def leak_of(train: Item, test: Item) -> str:
    """The one leak between the two, among rows that leak nothing."""
    others = [item(f"other {i}", text_fingerprint(f"another sentence, number {i}")) for i in range(4)]
    with pytest.raises(LeakFound) as caught:
        check_leaks({"train": [*others[:2], train], "dev": others[2:3], "test": [test, *others[3:]]})
    (leak,) = caught.value.leaks
    assert str(caught.value).startswith("1 leaks between parts")
    assert "make_splits" in str(caught.value)
    assert str(leak) in str(caught.value)
    assert (leak.a, leak.a_part, leak.b, leak.b_part) == (test.id, "test", train.id, "train")
    return leak.because


def test_the_same_speaker() -> None:
    train, test = item("x", group="anna", unit="speaker"), item("y", group="anna", unit="speaker")
    assert leak_of(train, test) == "the same speaker"


def test_the_same_dialogue() -> None:
    train, test = item("x", group="d7", unit="dialogue"), item("y", group="d7", unit="dialogue")
    assert leak_of(train, test) == "the same dialogue"


def test_the_same_image() -> None:
    made = image_fingerprint(picture(1))
    assert leak_of(item("x", made), item("y", made)) == "the same image"


def test_the_same_image_encoded_again() -> None:
    train, test = item("x", image_fingerprint(picture(1))), item("y", image_fingerprint(jpeg(picture(1))))
    assert leak_of(train, test) == "nearly the same image"


def test_the_same_sentence_with_other_punctuation() -> None:
    train, test = item("x", text_fingerprint("I can't wait!")), item("y", text_fingerprint("i can’t wait..."))
    assert leak_of(train, test) == "nearly the same sentence"


def test_the_same_recording_at_another_gain() -> None:
    sound = recording(1)
    train, test = item("x", audio_fingerprint(sound, RATE)), item("y", audio_fingerprint(sound * 0.4, RATE))
    assert leak_of(train, test) == "nearly the same recording"


def test_the_same_row() -> None:
    made = text_fingerprint("hello")
    assert leak_of(item("x", made), item("x", made)) == "the same id"
    assert leak_of(item("x", group="hash"), item("y", group="hash")) == "the same row"


def test_what_leaks_nothing_passes() -> None:
    check_leaks({})
    check_leaks({"train": [item("a"), item("b", group="a")], "test": [item("c")]})
    check_leaks(
        {
            "train": [item("t1", image_fingerprint(picture(1)), group="1", unit="speaker")],
            "dev": [item("d1", image_fingerprint(picture(2)), group="1", unit="speaker", corpus="other")],
            "test": [item("e1", image_fingerprint(picture(3)), group="3", unit="speaker")],
        }
    )


def test_copies_within_a_part_are_no_leak() -> None:
    made = text_fingerprint("yes")
    check_leaks({"train": [item("a", made), item("b", made)], "test": [item("c", text_fingerprint("no"))]})


def test_a_group_in_three_parts_is_told_of_for_each() -> None:
    anna = {
        part: [item(f"{part}{i}", group="anna", unit="speaker") for i in range(50)] for part in ("train", "dev", "test")
    }
    with pytest.raises(LeakFound) as caught:
        check_leaks(anna)  # type: ignore[arg-type]
    assert [(leak.a, leak.b) for leak in caught.value.leaks] == [("test0", "dev0"), ("test0", "train0")]


def test_many_leaks_are_counted_and_the_first_ten_named() -> None:
    same = [text_fingerprint(f"sentence number {i}") for i in range(1_234)]
    with pytest.raises(LeakFound, match="1,234 leaks") as caught:
        check_leaks(
            {
                "train": [item(f"train/{i}", made) for i, made in enumerate(same)],
                "dev": [item(f"dev/{i}", made) for i, made in enumerate(same)],
            }
        )
    lines = str(caught.value).splitlines()
    assert lines[1].strip() == "'train/0' in train and 'dev/0' in dev: the same sentence"
    assert lines[-1].strip() == "and 1,224 more"
    assert len(lines) == 12
    assert len(caught.value.leaks) == 1_234
    assert isinstance(caught.value, TrainingError)
