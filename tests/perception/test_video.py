"""Videos: frames from all over the file whatever it claims, clear errors for what is none, one observation of many."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import soundfile
from PIL import Image

from perception import (
    Cue,
    Emotion,
    EmotionScores,
    MediaMissing,
    MediaTooLarge,
    MediaUnreadable,
    Modality,
    Observation,
    Status,
)
from perception.media import MediaLimits
from perception.video import TimedObservation, aggregate, sample_video

pytestmark = pytest.mark.unit

FRAMES, RATE = 40, 10


def written(path: Path, *, codec: str = "MJPG", frames: int = FRAMES, size: int = 64) -> Path:
    """Each frame is as bright as its number, times 6, up to white."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*codec), RATE, (size, size))
    for number in range(frames):
        writer.write(np.full((size, size, 3), min(255, number * 6), dtype=np.uint8))
    writer.release()
    return path


def numbers(path: Path, count: int) -> list[int]:
    return [round(float(timed.frame.pixels.mean()) / 6) for timed in sample_video(path, count)]


class TestSampling:
    @pytest.mark.parametrize(("name", "codec"), [("v.avi", "MJPG"), ("v.mp4", "mp4v"), ("100%.avi", "MJPG")])
    def test_frames_are_from_the_middle_of_equal_parts(self, tmp_path: Path, name: str, codec: str) -> None:
        video = written(tmp_path / name, codec=codec)
        assert numbers(video, 4) == [5, 15, 25, 35]
        assert numbers(video, 1) == [20]
        assert [timed.at for timed in sample_video(video, 4)] == pytest.approx([0.5, 1.5, 2.5, 3.5])

    def test_far_frames_are_sought(self, tmp_path: Path) -> None:
        assert numbers(written(tmp_path / "v.avi", frames=42), 1) == [21]
        long = written(tmp_path / "long.avi", frames=200, size=16)
        assert [round(timed.at, 1) for timed in sample_video(long, 4)] == [2.5, 7.5, 12.5, 17.5]

    def test_a_short_video_gives_all_it_has(self, tmp_path: Path) -> None:
        assert numbers(written(tmp_path / "v.avi", frames=3), 10_000) == [0, 1, 2]

    def test_one_frame(self, tmp_path: Path) -> None:
        assert numbers(written(tmp_path / "v.avi", frames=1), 5) == [0]

    def test_colours_are_red_green_blue(self, tmp_path: Path) -> None:
        writer = cv2.VideoWriter(str(tmp_path / "v.avi"), cv2.VideoWriter_fourcc(*"MJPG"), RATE, (64, 64))
        writer.write(np.full((64, 64, 3), (0, 0, 255), dtype=np.uint8))
        writer.release()
        (timed,) = sample_video(tmp_path / "v.avi", 1)
        assert timed.frame.pixels[32, 32].astype(int) == pytest.approx((255, 0, 0), abs=8)

    def test_a_video_that_was_cut_off_gives_what_is_left(self, tmp_path: Path) -> None:
        whole = written(tmp_path / "v.avi").read_bytes()
        cut = tmp_path / "cut.avi"
        cut.write_bytes(whole[: len(whole) // 2])
        seen = numbers(cut, 4)
        assert len(seen) == 4
        assert seen == sorted(set(seen))
        assert 5 < seen[-1] < 10  # small headers and ten frames are in the first half

    @pytest.mark.parametrize("claimed", [0, 7, 100_000])
    def test_a_wrong_number_of_frames_is_not_believed(self, tmp_path: Path, claimed: int) -> None:
        video = written(tmp_path / "v.avi")
        data = bytearray(video.read_bytes())
        for header, at in ((b"avih", 16 + 8), (b"strh", 32 + 8)):
            start = data.index(header) + at
            data[start : start + 4] = claimed.to_bytes(4, "little")
        video.write_bytes(data)
        seen = numbers(video, 4)
        assert seen == [5, 15, 25, 35]

    def test_nothing_is_said_on_standard_error(self, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
        broken = tmp_path / "v.mp4"
        broken.write_bytes(written(tmp_path / "w.mp4", codec="mp4v").read_bytes()[:600])
        with pytest.raises(MediaUnreadable):
            list(sample_video(broken, 3))
        assert capfd.readouterr().err == ""


class TestWhatIsNoVideo:
    @pytest.mark.parametrize(
        "data",
        [
            pytest.param(b"", id="empty"),
            pytest.param(b"Dear diary, this is called face.mp4", id="text"),
            pytest.param(b"#EXTM3U\nhttp://127.0.0.1/x.ts\n", id="playlist"),
            pytest.param(b"ffconcat version 1.0\nfile /etc/passwd\n", id="list of files"),
            pytest.param(b"\x00\x00\x00\x18ftypmp42" + bytes(5000), id="MP4 header alone"),
            pytest.param(b"RIFF\xff\xff\x00\x00AVI LIST" + bytes(5000), id="AVI header alone"),
            pytest.param(b"\x1aE\xdf\xa3" + bytes(5000), id="WebM header alone"),
            pytest.param(b"OggS" + bytes(range(256)) * 20, id="Ogg header alone"),
        ],
    )
    def test_bytes(self, tmp_path: Path, data: bytes) -> None:
        path = tmp_path / "face.mp4"
        path.write_bytes(data)
        with pytest.raises(MediaUnreadable, match=r"face\.mp4"):
            list(sample_video(path, 3))

    @pytest.mark.parametrize("suffix", ["wav", "ogg", "mp3"])
    def test_sound(self, tmp_path: Path, suffix: str) -> None:
        path = tmp_path / f"voice.{suffix}"
        soundfile.write(path, np.zeros(16_000), 16_000)
        with pytest.raises(MediaUnreadable):
            list(sample_video(path, 3))

    def test_a_picture(self, tmp_path: Path) -> None:
        Image.new("RGB", (64, 64)).save(tmp_path / "face.jpg")
        with pytest.raises(MediaUnreadable, match="no video"):
            list(sample_video(tmp_path / "face.jpg", 3))

    def test_a_video_without_frames(self, tmp_path: Path) -> None:
        video = written(tmp_path / "v.avi", frames=0)
        if video.exists():
            with pytest.raises(MediaUnreadable):
                list(sample_video(video, 3))

    @pytest.mark.parametrize("name", ["gone.mp4", "", "a\0b"])
    def test_no_file(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(MediaMissing, match="check its path"):
            list(sample_video(tmp_path / name, 3))

    def test_frames_too_large(self, tmp_path: Path) -> None:
        video = written(tmp_path / "v.avi", frames=2)
        with pytest.raises(MediaTooLarge, match="64 x 64"):
            list(sample_video(video, 1, limits=MediaLimits(image_pixels=1000)))

    def test_no_frames_wanted(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="not at 0"):
            list(sample_video(written(tmp_path / "v.avi", frames=2), 0))


def seen(at: float, status: Status, emotion: Emotion | None = None, confidence: float = 0.9) -> TimedObservation:
    spread = dict.fromkeys(Emotion, (1 - confidence) / 6)
    scores = EmotionScores.of({**spread, emotion: confidence}) if emotion else None
    cues = (Cue(code="face_small", params={"pixels": 9}),) if status is Status.LOW_QUALITY else ()
    observation = Observation(
        modality=Modality.VISION, status=status, model="test-1", scores=scores, quality=0.8, cues=cues, latency_ms=2.0
    )
    return TimedObservation(at=at, observation=observation)


class TestAggregate:
    def test_the_surer_frame_weighs_more(self) -> None:
        frames = [seen(0, Status.OK, Emotion.HAPPY, 0.9), seen(1, Status.OK, Emotion.SAD, 0.5)]
        whole = aggregate(frames).observation
        assert whole.scores is not None
        assert whole.scores[Emotion.HAPPY] == pytest.approx((0.9 * 0.9 + 0.5 / 12) / 1.4)
        assert whole.scores.top is Emotion.HAPPY
        assert whole.latency_ms == 4.0

    def test_frames_that_could_not_be_read_are_counted(self) -> None:
        reading = aggregate(
            [
                seen(0, Status.NO_FACE),
                seen(1, Status.OK, Emotion.HAPPY),
                seen(2, Status.UNCERTAIN, Emotion.ANGRY),
                seen(3, Status.NO_FACE),
            ]
        )
        assert reading.observation.status is Status.OK
        assert reading.observation.scores is not None
        assert reading.observation.scores.top is Emotion.HAPPY
        assert reading.observation.quality == pytest.approx(0.2)
        assert [cue.as_dict() for cue in reading.observation.cues] == [
            {"code": "frames", "params": {"read": 1, "of": 4}}
        ]
        assert reading.statuses == {Status.NO_FACE: 2, Status.OK: 1, Status.UNCERTAIN: 1}
        assert reading.frames[1].as_dict()["at"] == 1

    @pytest.mark.parametrize("status", [Status.NO_FACE, Status.MODEL_MISSING, Status.TIMEOUT, Status.DISABLED])
    def test_it_abstains_for_the_commonest_reason(self, status: Status) -> None:
        whole = aggregate([seen(0, Status.EMPTY), seen(1, status), seen(2, status)]).observation
        assert (whole.status, whole.scores) == (status, None)

    def test_uncertain_everywhere_is_uncertain_with_scores(self) -> None:
        whole = aggregate([seen(t, Status.UNCERTAIN, Emotion.FEAR, 0.4) for t in range(3)]).observation
        assert whole.status is Status.UNCERTAIN
        assert whole.scores is not None

    def test_why_it_abstains_is_kept(self) -> None:
        whole = aggregate([seen(0, Status.LOW_QUALITY, Emotion.SAD)]).observation
        assert [cue.code for cue in whole.cues] == ["frames", "face_small"]
