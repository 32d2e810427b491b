"""Media on its way to a turn: what waits for a message stays small, whatever the frames look like."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from api.live.inbox import Inbox, decode
from api.wire import BinaryFrame, MediaKind, UserMessage, WireError
from perception.media import MediaLimits

pytestmark = pytest.mark.unit

MESSAGE = UserMessage(type="user.message")


def samples(payload: bytes, at: int = 0) -> BinaryFrame:
    return BinaryFrame(kind=MediaKind.PCM16, counter=0, captured_at_ms=at, payload=payload)


def picture(payload: bytes) -> BinaryFrame:
    return BinaryFrame(kind=MediaKind.JPEG, counter=0, captured_at_ms=0, payload=payload)


def test_many_tiny_frames_cost_what_they_hold() -> None:
    inbox = Inbox()
    inbox.start_recording()
    tracemalloc.start()
    try:
        for moment in range(200_000):
            inbox.take(samples(b"\1", 1_700_000_000_000 + moment))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000


async def test_samples_cut_anywhere_are_put_together_and_dated_by_the_first() -> None:
    inbox = Inbox()
    inbox.start_recording()
    wave = np.arange(-50, 50, dtype="<i2").tobytes()
    for at, part in ((1_000, wave[:7]), (2_000, wave[7:8]), (3_000, wave[8:])):
        inbox.take(samples(part, at))
    inbox.end_recording()
    clip = (await decode(inbox.collect(MESSAGE))).clip
    assert clip is not None
    assert (clip.samples * 32_768).astype(int).tolist() == [*range(-50, 50)]
    assert clip.captured_at.timestamp() == 1.0
    assert inbox.collect(MESSAGE).recording is None


async def test_half_a_sample_at_the_end_is_left_out() -> None:
    inbox = Inbox()
    inbox.start_recording()
    inbox.take(samples(bytes(101)))
    inbox.end_recording()
    decoded = await decode(inbox.collect(MESSAGE))
    assert decoded.clip is not None
    assert (len(decoded.clip.samples), decoded.failures) == (50, ())


async def test_half_a_sample_alone_is_no_recording() -> None:
    inbox = Inbox()
    inbox.start_recording()
    inbox.take(samples(b"\1"))
    with pytest.raises(WireError, match="no samples"):
        inbox.end_recording()
    inbox.start_recording()
    inbox.take(samples(b"\1"))
    (failure,) = (await decode(inbox.collect(MESSAGE))).failures
    assert "two bytes a sample" in str(failure)


def test_a_recording_ends_at_its_limit_to_the_byte() -> None:
    inbox = Inbox(MediaLimits(audio_seconds=1.0))
    inbox.start_recording()
    inbox.take(samples(bytes(31_999)))
    inbox.take(samples(b"\0"))
    with pytest.raises(WireError, match="over the limit of 1 s"):
        inbox.take(samples(b"\0"))
    inbox.take(samples(bytes(1_000_000)))  # told once, and kept from then on no more
    inbox.end_recording()
    assert inbox.collect(MESSAGE).recording is None


def test_of_pictures_only_the_latest_is_kept() -> None:
    inbox = Inbox()
    tracemalloc.start()
    try:
        for number in range(100):
            inbox.take(picture(bytes([number]) * 1_000_000))
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 1_100_000
    assert inbox.collect(MESSAGE).picture is not None
    assert inbox.collect(MESSAGE).picture is None
