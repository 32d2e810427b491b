"""The live link: nothing queues, broken pictures are counted, people come and go."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO

import numpy as np
import pytest
import skimage.data
from PIL import Image

from perception import Emotion, EmotionScores, Frame, Modality, Observation, Status
from perception.live import LiveFaces, LiveUpdate
from perception.vision import EmbeddedVision, HaarDetector, TrackedFace

pytestmark = pytest.mark.model

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def jpeg(pixels: object | None = None) -> bytes:
    held = BytesIO()
    Image.fromarray(np.zeros((8, 8, 3), np.uint8) if pixels is None else np.asarray(pixels)).save(held, "JPEG")
    return held.getvalue()


def moment(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


class Gate:
    """A sense that waits at a gate, and tells what it read."""

    face: TrackedFace | None = None

    def __init__(self, *, is_open: bool = True) -> None:
        self.open, self.entered = threading.Event(), threading.Semaphore(0)
        self.read_at: list[datetime] = []
        self.error: Exception | None = None
        self.began = 0
        if is_open:
            self.open.set()

    def track(self) -> Gate:
        self.began += 1
        return self

    def read(self, frame: Frame) -> Observation:
        self.entered.release()
        self.open.wait(10)
        if self.error is not None:
            raise self.error
        self.read_at.append(frame.captured_at)
        happy = EmotionScores.of({"happy": 0.9, "neutral": 0.1})
        return Observation(
            modality=Modality.VISION, status=Status.OK, model="m", scores=happy, quality=1.0,
            captured_at=frame.captured_at,
        )  # fmt: skip


class Clock:
    def __init__(self) -> None:
        self.now = BEGAN

    def __call__(self) -> datetime:
        return self.now


Make = Callable[..., LiveFaces]


@pytest.fixture
def make() -> Iterator[Make]:
    made: list[LiveFaces] = []

    def link(sense: object, *args: object, **kwargs: object) -> LiveFaces:
        made.append(LiveFaces(sense, *args, **kwargs))  # type: ignore[arg-type]
        return made[-1]

    yield link
    for each in made:
        each.close()


def settle(link: LiveFaces) -> None:
    """Until nothing is under way."""
    for _ in range(2000):
        done = link.statistics
        if done.offered == done.dropped + done.read + done.failed:
            return
        time.sleep(0.005)
    pytest.fail(f"still under way: {link.statistics}")


class TestNothingQueues:
    def test_the_newest_takes_the_place_of_the_one_that_waits(self, make: Make) -> None:
        gate = Gate(is_open=False)
        link = make(gate)
        link.offer("ann", jpeg(), moment(0))
        assert gate.entered.acquire(timeout=10)
        for at in range(1, 50):
            assert link.offer("ann", jpeg(), moment(at / 30))
        assert link.statistics.dropped == 48
        gate.open.set()
        settle(link)
        assert gate.read_at == [moment(0), moment(49 / 30)]
        done = link.statistics
        assert (done.offered, done.dropped, done.read, done.failed) == (50, 48, 2, 0)
        assert done.as_dict()["offered"] == 50

    def test_many_people_have_their_turns_on_one_thread(self, make: Make) -> None:
        gate = Gate(is_open=False)
        link = make(gate)
        for at in range(20):
            for name in ("ann", "bob", "cleo"):
                link.offer(name, jpeg(), moment(at))
        gate.open.set()
        settle(link)
        assert gate.began == 3
        assert gate.read_at.count(moment(19)) == 3

    def test_what_comes_late_is_dropped(self, make: Make) -> None:
        link = make(Gate())
        assert link.offer("ann", jpeg(), moment(1))
        assert not link.offer("ann", jpeg(), moment(0.5))
        assert not link.offer("ann", jpeg(), moment(1))

    def test_a_clock_that_was_set_back_goes_on(self, make: Make) -> None:
        link = make(Gate())
        assert link.offer("ann", jpeg(), moment(500))
        assert link.offer("ann", jpeg(), moment(1))


class TestUpdates:
    def test_with_age_and_the_steady_emotion(self, make: Make) -> None:
        clock, told = Clock(), list[LiveUpdate]()
        link = make(Gate(), told.append, clock=clock)
        for step in range(20):
            clock.now = moment(step / 10 + 0.08)
            link.offer("ann", jpeg(), moment(step / 10))
            settle(link)
        assert {update.person for update in told} == {"ann"}
        assert [update.age_ms for update in told] == pytest.approx([80.0] * 20)
        assert told[-1].affect.emotion is Emotion.HAPPY
        assert told[0].affect.emotion is None

    def test_so_many_a_second_at_most(self, make: Make) -> None:
        clock, told = Clock(), list[LiveUpdate]()
        link = make(Gate(), told.append, clock=clock, a_second=5)
        for step in range(60):
            clock.now = moment(step / 30)
            link.offer("ann", jpeg(), clock.now)
            settle(link)
        assert len(told) == link.statistics.published == 10
        assert link.statistics.read == 60

    def test_a_camera_ahead_of_us_is_not_younger_than_now(self, make: Make) -> None:
        told: list[LiveUpdate] = []
        link = make(Gate(), told.append, clock=Clock())
        link.offer("ann", jpeg(), moment(3600))
        settle(link)
        assert told[0].age_ms == 0

    async def test_watching(self, make: Make) -> None:
        link = make(Gate(), a_second=1000)
        got: list[datetime] = []

        async def watcher() -> None:
            got.extend([update.observation.captured_at async for update in link.watch("ann")])

        watching = asyncio.create_task(watcher())
        await asyncio.sleep(0)
        for at in range(5):
            link.offer("bob", jpeg(), moment(at))
            link.offer("ann", jpeg(), moment(at))
            await asyncio.to_thread(settle, link)
            await asyncio.sleep(0.01)
        await asyncio.to_thread(link.close)
        await asyncio.wait_for(watching, 5)
        assert got == sorted(got)
        assert got[-1] == moment(4)
        assert [update async for update in link.watch("ann")] == []

    async def test_who_is_slow_gets_the_newest(self, make: Make) -> None:
        link = make(Gate(), a_second=10_000)
        updates = link.watch("ann")
        first = asyncio.create_task(anext(updates))
        await asyncio.sleep(0)
        for at in range(8):
            link.offer("ann", jpeg(), moment(at))
            await asyncio.to_thread(settle, link)
            await asyncio.sleep(0.005)
        await first
        assert (await anext(updates)).observation.captured_at == moment(7)
        await updates.aclose()  # type: ignore[attr-defined]


class TestBrokenPictures:
    @pytest.mark.parametrize("data", [b"", b"no picture", jpeg()[:200], jpeg()[:-30] * 2, bytes(2_000_000)])
    def test_are_counted(self, make: Make, data: bytes) -> None:
        link = make(Gate())
        link.offer("ann", data, moment(0))
        settle(link)
        link.offer("ann", jpeg(), moment(1))
        settle(link)
        done = link.statistics
        assert done.offered == 2
        assert done.read >= 1
        assert done.failed + done.read == 2

    def test_a_reader_that_raises_ends_nothing(self, make: Make, caplog: pytest.LogCaptureFixture) -> None:
        gate = Gate()
        gate.error = ZeroDivisionError("oh")
        link = make(gate)
        link.offer("ann", jpeg(), moment(0))
        settle(link)
        assert link.statistics.failed == 1
        assert "could not be read" in caplog.text
        gate.error = None
        link.offer("ann", jpeg(), moment(1))
        settle(link)
        assert link.statistics.read == 1


class TestPeople:
    def test_whoever_left_is_told_no_more(self, make: Make) -> None:
        gate, told = Gate(is_open=False), list[LiveUpdate]()
        link = make(gate, told.append)
        link.offer("ann", jpeg(), moment(0))
        assert gate.entered.acquire(timeout=10)
        link.offer("ann", jpeg(), moment(1))
        link.leave("ann")
        link.leave("nobody")
        gate.open.set()
        settle(link)
        assert told == []
        assert link.people == ()
        assert link.statistics.dropped == 1
        link.offer("ann", jpeg(), moment(2))
        settle(link)
        assert gate.began == 2
        assert len(told) == 1

    def test_no_more_than_so_many_and_idle_ones_make_room(self, make: Make) -> None:
        clock = Clock()
        link = make(Gate(), most=2, idle=10, clock=clock)
        assert link.offer("ann", jpeg(), moment(0))
        clock.now = moment(6)
        assert link.offer("bob", jpeg(), moment(6))
        assert not link.offer("cleo", jpeg(), moment(6))
        clock.now = moment(12)
        assert link.offer("cleo", jpeg(), moment(12))
        assert link.people == ("bob", "cleo")
        settle(link)

    def test_a_closed_link_takes_nothing(self, make: Make) -> None:
        link = make(Gate())
        link.close()
        link.close()
        assert not link.offer("ann", jpeg(), moment(0))
        assert link.statistics.dropped == 1

    @pytest.mark.parametrize("wrong", [{"threads": 0}, {"a_second": 0}, {"idle": -1}, {"most": 0}])
    def test_settings_that_mean_nothing(self, wrong: dict[str, float]) -> None:
        with pytest.raises(ValueError, match="numbers above 0"):
            LiveFaces(Gate(), **wrong)  # type: ignore[arg-type]


def test_a_real_face(make: Make) -> None:
    told: list[LiveUpdate] = []
    link = make(EmbeddedVision(detector=HaarDetector()), told.append, clock=Clock())
    picture = jpeg(skimage.data.astronaut())
    for step in range(14):
        link.offer("ann", picture, moment(-2 + step / 20))
        settle(link)
    assert told[0].observation.status is Status.OK
    assert told[0].face is not None
    assert told[0].face.box.centre == pytest.approx((226, 115), abs=20)
