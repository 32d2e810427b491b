"""Copies of pictures, texts and recordings are told from others that are only alike."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from perception.training.splits import Fingerprint, Item, audio_fingerprint, find_twins, image_fingerprint
from perception.training.splits import text_fingerprint as of_text
from perception.training.splits.fingerprints import same_words

pytestmark = pytest.mark.unit

RATE = 16_000
Picture = NDArray[np.uint8]
Sound = NDArray[np.float32]


def kinds(*prints: Fingerprint) -> list[str]:
    """What `find_twins` says of each pair it finds."""
    items = [Item(id=str(i), corpus="c", group=str(i), fingerprint=each) for i, each in enumerate(prints)]
    return [f"{twin.a}-{twin.b} {twin.kind}" for twin in find_twins(items)]


# pictures


def face(seed: int) -> Picture:
    """An aligned face as any other: oval, eyes, brows, mouth, a light from one side."""
    random = np.random.default_rng(seed)
    between = random.integers

    def at(x: int, y: int) -> tuple[int, int]:
        return int(x + between(-9, 10)), int(y + between(-9, 10))

    image = np.full((192, 192), between(20, 230), dtype=np.uint8)
    skin = int(between(110, 220))
    cv2.ellipse(image, at(96, 96), (int(between(50, 80)), int(between(70, 95))), 0, 0, 360, skin, -1)
    image[: int(between(10, 45))] = between(0, 120)
    for side in (62, 130):
        cv2.ellipse(image, at(side, 76), (int(between(6, 16)), int(between(3, 10))), 0, 0, 360, skin - 80, -1)
        cv2.line(image, at(side - 16, 56), at(side + 16, 56), skin - 60, int(between(2, 7)))
    cv2.ellipse(image, at(96, 140), (int(between(14, 36)), int(between(2, 18))), 0, 0, 360, skin - 70, -1)
    light = np.linspace(random.uniform(-40, 40), random.uniform(-40, 40), 192)[None, :]
    folds_and_hair = cv2.GaussianBlur(random.normal(0, 450, (192, 192)), (0, 0), 5)
    lit = np.clip(image + light + folds_and_hair, 0, 255).astype(np.uint8)
    return np.asarray(cv2.resize(lit, (48, 48), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def as_jpeg(image: Picture, quality: int = 60) -> Picture:
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "JPEG", quality=quality)
    return np.asarray(Image.open(stream))


def brighter(image: Picture) -> Picture:
    return np.clip(image.astype(int) + 25, 0, 255).astype(np.uint8)


def marked(image: Picture) -> Picture:
    return np.asarray(cv2.putText(image.copy(), "pix", (14, 46), cv2.FONT_HERSHEY_PLAIN, 0.6, 220), dtype=np.uint8)


CHANGES = {
    "JPEG": as_jpeg,
    "twice the size": lambda image: cv2.resize(image, (96, 96), interpolation=cv2.INTER_CUBIC),
    "smaller": lambda image: cv2.resize(image, (36, 36), interpolation=cv2.INTER_AREA),
    "brighter": brighter,
    "less contrast": lambda image: (image * 0.6 + 40).astype(np.uint8),
    "marked": marked,
    "in colour": lambda image: cv2.cvtColor(image, cv2.COLOR_GRAY2RGB),
    "a little closer": lambda image: cv2.resize(image[1:-1, 1:-1], (48, 48), interpolation=cv2.INTER_LINEAR),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_picture_is_nearly_the_same(change: str) -> None:
    prints = [image_fingerprint(face(seed)) for seed in range(20)]
    changed = [image_fingerprint(CHANGES[change](face(seed))) for seed in range(20)]
    assert kinds(*prints, *changed) == [f"{i}-{i + 20} near" for i in range(20)]


def test_the_same_pixels_are_the_same_picture_in_the_same_shape_only() -> None:
    image = face(1)
    assert kinds(image_fingerprint(image), image_fingerprint(image.copy())) == ["0-1 exact"]
    assert image_fingerprint(image).exact != image_fingerprint(image.reshape(24, 96)).exact


def test_aligned_faces_of_many_people_are_no_twins() -> None:
    assert kinds(*(image_fingerprint(face(seed)) for seed in range(400))) == []


def test_pictures_of_one_tone_are_twins_only_if_they_are_the_same() -> None:
    black, grey = np.zeros((48, 48), dtype=np.uint8), np.full((48, 48), 90, dtype=np.uint8)
    assert kinds(*map(image_fingerprint, (black, grey, black))) == ["0-2 exact"]


@pytest.mark.parametrize("shape", [(48,), (0, 48), (48, 48, 4), (1, 48, 48, 3)])
def test_what_is_no_picture_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="height x width"):
        image_fingerprint(np.zeros(shape, dtype=np.uint8))
    with pytest.raises(ValueError, match="float64"):
        image_fingerprint(np.zeros((48, 48)))  # type: ignore[arg-type]


# texts


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("I'm so sorry", "i’m so sorry....."),
        ("Whoa", "WHOA!!"),
        ("That is sooo good", "that is soooooo good"),
        ("看这个 http://t.cn/abc哈哈", "看这个http://t.cn/xyz哈哈！"),
        ("@anna you rock", "@bob_2 you rock"),
        ("好的~", "好的"),
        ("ＯＫ，好", "ok,好"),
        ("I ❤️ it", "I ❤ it"),
        ("café", "cafe\u0301"),
        ("哈哈哈哈哈", "哈哈哈"),
    ],
)
def test_texts_that_differ_in_no_word_are_nearly_the_same(one: str, other: str) -> None:
    assert kinds(of_text(one), of_text(other), of_text("something else")) in (["0-1 near"], ["0-1 exact"])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("I am fine", "I am not fine"),
        ("god", "good"),
        ("It cost 1000", "It cost 10000"),
        ("fine 🙂", "fine 😭"),
        ("發財", "发财"),
        ("!!!", "..."),
        ("@anna", "@bob"),
        ("http://t.cn/abc", "http://t.cn/xyz"),
        ("", "!"),
        ("write to a@b.org", "write to a@c.org"),
    ],
)
def test_texts_that_differ_in_a_word_are_others(one: str, other: str) -> None:
    assert kinds(of_text(one), of_text(other)) == []


def test_outer_spaces_and_the_form_of_unicode_make_no_other_text() -> None:
    assert kinds(of_text(" café\n"), of_text("cafe\u0301"), of_text("!!!"), of_text(" !!!")) == [
        "0-1 exact",
        "2-3 exact",
    ]


@given(st.text(max_size=30))
def test_what_is_left_of_a_text_is_stable(text: str) -> None:
    assert of_text(text) == of_text(text)
    assert same_words(f"  {text}!  ") == same_words(text)


# recordings


def sentence(take: int, *, seconds: float = 2.4) -> Sound:
    """A voice that says the same each time, a little otherwise in each take: pace, pitch, loudness, breath."""
    words, random = np.random.default_rng(0), np.random.default_rng(1000 + take)
    count = int(seconds * RATE * random.uniform(0.95, 1.05))
    knots = np.linspace(0, 1, 14)
    moved = np.sort(np.clip(knots + random.normal(0, 0.012, 14), 0, 1))
    time = np.interp(np.linspace(0, 1, count), knots, moved)
    follow = lambda low, high, spread: np.interp(  # noqa: E731
        time, knots, words.uniform(low, high, 14) * random.normal(1, spread, 14)
    )
    pitch, formants = follow(110, 240, 0.04), [follow(300, 800, 0.05), follow(900, 2000, 0.05)]
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    sound = sum(
        np.sin(k * phase) * sum(np.exp(-(((k * pitch - formant) / 120) ** 2)) for formant in formants)
        for k in range(1, 14)
    )
    voiced = np.abs(follow(0.2, 1, 0.1)) * sound + random.normal(0, 0.01, count)
    return (0.5 * voiced / np.abs(voiced).max()).astype(np.float32)


def encoded(samples: Sound, kind: str, subtype: str, level: float = 0.8) -> Sound:
    stream = io.BytesIO()
    soundfile.write(stream, samples, RATE, format=kind, subtype=subtype, compression_level=level)
    stream.seek(0)
    read: Sound = soundfile.read(stream, dtype="float32")[0]
    return read


def opus(samples: Sound) -> Sound:
    return encoded(samples, "OGG", "OPUS")


COPIES = {
    "another gain": lambda samples: samples * 0.3,
    "clipped": lambda samples: np.clip(samples * 2.5, -1, 1),
    "Opus": opus,
    "MP3": lambda samples: encoded(samples, "MP3", "MPEG_LAYER_III"),
    "trimmed": lambda samples: samples[1_777:-2_345],
    "all of it": lambda samples: opus(0.4 * samples[1_500:]),
    "noise": lambda samples: samples + np.random.default_rng(5).normal(0, 0.005, len(samples)).astype(np.float32),
}


@pytest.mark.parametrize("change", COPIES)
def test_a_copy_of_a_recording_is_found_among_other_takes(change: str) -> None:
    takes = [audio_fingerprint(sentence(take), RATE) for take in range(6)]
    copies = [audio_fingerprint(COPIES[change](sentence(take)).astype(np.float32), RATE) for take in range(6)]
    assert kinds(*takes, *copies) == [f"{i}-{i + 6} near" for i in range(6)]


def test_a_copy_at_another_rate_is_found() -> None:
    half = sentence(1)[::2]
    assert kinds(audio_fingerprint(sentence(1), RATE), audio_fingerprint(half, RATE // 2)) == ["0-1 near"]


def test_the_same_sentence_in_many_takes_is_no_twin() -> None:
    assert kinds(*(audio_fingerprint(sentence(take), RATE) for take in range(40))) == []


def test_digital_silence_around_a_recording_changes_nothing() -> None:
    samples = sentence(0)
    padded = np.concatenate([np.zeros(900, np.float32), samples, np.zeros(4_000, np.float32)])
    assert kinds(audio_fingerprint(samples, RATE), audio_fingerprint(padded, RATE)) == ["0-1 exact"]


@pytest.mark.parametrize("length", [0, 1, 100, 5_000, 6_100])
def test_clips_too_short_to_say_are_twins_only_if_they_are_the_same(length: int) -> None:
    samples = sentence(0)[:length]
    louder = np.asarray(samples * 1.5, dtype=np.float32)
    found = kinds(*(audio_fingerprint(each, RATE) for each in (samples, samples.copy(), louder)))
    assert found == (["0-1 exact"] if length else ["0-1 exact", "0-2 exact"])


def test_held_tones_come_to_an_end_and_silence_is_like_nothing() -> None:
    tone = np.sin(np.arange(8 * RATE) * 2 * np.pi * 440 / RATE).astype(np.float32) * 0.4
    prints = [
        audio_fingerprint(each, RATE) for each in (tone, np.zeros(RATE, np.float32), tone * 0.5, tone[: 4 * RATE])
    ]
    assert not [pair for pair in kinds(*prints) if "1" in pair]


@pytest.mark.parametrize(
    ("samples", "rate"),
    [(np.zeros((2, 9), np.float32), RATE), (np.array([np.nan], np.float32), RATE), (np.zeros(9, np.float32), 4_000)],
)
def test_what_is_no_recording_is_refused(samples: Sound, rate: int) -> None:
    with pytest.raises(ValueError, match="one row of finite samples"):
        audio_fingerprint(samples, rate)
