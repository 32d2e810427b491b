"""A multimodal language model as a sense, against a real server: whatever it does becomes an observation."""

from __future__ import annotations

import io
import math
import re
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray
from PIL import Image

from perception import Emotion, Frame, Modality, ModelMissing, Observation, Status, create_perceiver
from perception.vision import FaceBox, HaarDetector
from perception.vision.mllm import ASSUMED_CONFIDENCE, MllmVision
from perception.vision.mllm.testing import Behaviour, ScriptedVisionEndpoint

pytestmark = pytest.mark.server

Pixels = NDArray[np.uint8]
Make = Callable[..., MllmVision]


@pytest.fixture
def endpoint() -> Iterator[ScriptedVisionEndpoint]:
    with ScriptedVisionEndpoint() as server:
        yield server


@pytest.fixture
def make(endpoint: ScriptedVisionEndpoint) -> Make:
    def made(timeout: float = 60.0, **options: object) -> MllmVision:
        return MllmVision(
            url=endpoint.url, model="see-7b", key="secret", timeout=timeout, detector=HaarDetector(), **options  # type: ignore[arg-type]
        )  # fmt: skip

    return made


@pytest.fixture(scope="module")
def astronaut() -> Pixels:
    return np.asarray(skimage.data.astronaut())


@pytest.fixture(scope="module")
def crop(astronaut: Pixels) -> Frame:
    return Frame(pixels=astronaut[64:166, 175:277], crop=True)


def cues(observation: Observation) -> dict[str, dict[str, object]]:
    return {cue.code: dict(cue.params) for cue in observation.cues}


class TestAnswers:
    def test_a_photograph(self, make: Make, endpoint: ScriptedVisionEndpoint, astronaut: Pixels) -> None:
        frame = Frame(pixels=astronaut)
        seen = make().perceive(frame)
        assert (seen.modality, seen.status, seen.model) == (Modality.VISION, Status.OK, "mllm-see-7b")
        assert seen.scores is not None
        assert (seen.scores.top, seen.scores.confidence) == (Emotion.HAPPY, pytest.approx(ASSUMED_CONFIDENCE))
        assert cues(seen) == {
            "label_read": {"strategy": "answer_tag"},
            "confidence_assumed": {"percent": 60},
            "reasoning": {"text": "The mouth is drawn up."},
        }
        assert seen.quality > 0.8
        assert (seen.captured_at, seen.latency_ms > 0) == (frame.captured_at, True)

    def test_the_request(self, make: Make, endpoint: ScriptedVisionEndpoint, crop: Frame) -> None:
        make().perceive(crop)
        (body,) = endpoint.requests
        assert (body["model"], body["stream"], body["logprobs"]) == ("see-7b", True, True)
        assert 0 < body["max_tokens"] <= 1024
        question = body["messages"][0]["content"][1]["text"]
        assert all(part in question for part in ("<think>", "<answer>", *Emotion))
        assert endpoint.keys == ["Bearer secret"]

    def test_only_the_face_is_sent(self, make: Make, endpoint: ScriptedVisionEndpoint, astronaut: Pixels) -> None:
        make().perceive(Frame(pixels=astronaut))
        with Image.open(io.BytesIO(endpoint.picture())) as sent:
            assert sent.format == "JPEG"
            assert max(sent.size) < 250
            red, green, blue = np.asarray(sent.convert("RGB")).reshape(-1, 3).mean(axis=0)
        assert red > green > blue, "skin in the wrong order of channels"

    def test_a_large_face_is_made_smaller(self, make: Make, endpoint: ScriptedVisionEndpoint, crop: Frame) -> None:
        large = cv2.resize(crop.pixels, (1200, 900), interpolation=cv2.INTER_LINEAR)
        make().perceive(Frame(pixels=large, crop=True))
        with Image.open(io.BytesIO(endpoint.picture())) as sent:
            assert sent.size == (448, 336)

    @pytest.mark.parametrize(("left", "top", "side"), [(-60, -40, 200), (470, 470, 90), (-900, 9000, 60)])
    def test_a_box_beyond_the_edge(
        self, endpoint: ScriptedVisionEndpoint, astronaut: Pixels, left: float, top: float, side: float
    ) -> None:
        sense = MllmVision(
            url=endpoint.url, model="m", timeout=60.0, detector=Fixed(FaceBox(left=left, top=top, side=side, score=1.0))
        )
        assert sense.perceive(Frame(pixels=astronaut)).status in {Status.OK, Status.LOW_QUALITY}

    def test_log_probabilities_become_confidence(
        self, make: Make, endpoint: ScriptedVisionEndpoint, crop: Frame
    ) -> None:
        # sent in pieces of four characters
        endpoint.reply, endpoint.logprobs = "Emotion: surprised", {"Emot": -4.0, " sur": -0.1, "pris": -0.2}
        seen = make().perceive(crop)
        assert seen.scores is not None
        assert (seen.scores.top, seen.status) == (Emotion.SURPRISE, Status.OK)
        assert seen.scores.confidence == pytest.approx(math.exp(-0.3), abs=1e-6)
        assert "confidence_assumed" not in cues(seen)

    @pytest.mark.parametrize(("logprob", "scored"), [(-1.0, True), (-3.0, False)])
    def test_an_unlikely_label_is_uncertain(
        self, make: Make, endpoint: ScriptedVisionEndpoint, crop: Frame, logprob: float, scored: bool
    ) -> None:
        endpoint.reply, endpoint.logprobs = "fear", {"fear": logprob}
        seen = make().perceive(crop)
        assert (seen.status, seen.scores is not None) == (Status.UNCERTAIN, scored)

    @pytest.mark.parametrize("behaviour", ["normal", "apart", "whole", "crlf", "length"])
    def test_dialects_of_the_protocol(
        self, make: Make, endpoint: ScriptedVisionEndpoint, crop: Frame, behaviour: Behaviour
    ) -> None:
        endpoint.then(behaviour)
        endpoint.reply = "<think>眉毛上扬。</think><answer>惊讶</answer>"
        if behaviour == "apart":
            endpoint.reply, endpoint.reasoning = "<answer>惊讶</answer>", "眉毛上扬。"
        seen = make().perceive(crop)
        assert seen.scores is not None
        assert seen.scores.top is Emotion.SURPRISE
        assert cues(seen)["reasoning"] == {"text": "眉毛上扬。"}

    def test_an_endpoint_without_log_probabilities_is_asked_again(
        self, make: Make, endpoint: ScriptedVisionEndpoint, crop: Frame
    ) -> None:
        endpoint.then("no_logprobs")
        sense = make()
        assert [sense.perceive(crop).status for _ in range(2)] == [Status.OK, Status.OK]
        assert ["logprobs" in body for body in endpoint.requests] == [True, False, False]

    def test_long_reasoning_is_cut(self, make: Make, endpoint: ScriptedVisionEndpoint, crop: Frame) -> None:
        endpoint.reply = f"<think>{'The mouth is open. ' * 90}</think><answer>happy</answer>"
        text = str(cues(make().perceive(crop))["reasoning"]["text"])
        assert len(text) <= 300
        assert text.endswith("…")

    def test_from_several_threads(self, make: Make, crop: Frame) -> None:
        sense = make()
        with ThreadPoolExecutor(4) as pool:
            assert {seen.status for seen in pool.map(lambda _: sense.perceive(crop), range(8))} == {Status.OK}


class TestAbstention:
    @pytest.mark.parametrize(
        ("reply", "code", "params"),
        [
            ("<answer>happy or sad</answer>", "several_emotions", {"first": "happy", "second": "sad"}),
            ("<answer>contempt</answer>", "label_unknown", {"said": "contempt"}),
            ("<answer>not happy</answer>", "label_unknown", {"said": "not happy"}),
            ("I do not judge faces.", "label_absent", {}),
            ("", "label_absent", {}),
        ],
    )
    def test_a_reply_without_a_clear_label(
        self, make: Make, endpoint: ScriptedVisionEndpoint, crop: Frame, reply: str, code: str, params: object
    ) -> None:
        endpoint.reply = reply
        seen = make().perceive(crop)
        assert (seen.status, seen.scores) == (Status.UNCERTAIN, None)
        assert cues(seen)[code] == params

    def test_a_reply_that_was_cut_in_its_reasoning(
        self, make: Make, endpoint: ScriptedVisionEndpoint, crop: Frame
    ) -> None:
        endpoint.then("length")
        endpoint.reply = "<think>She must be happy, since"
        seen = make().perceive(crop)
        assert (seen.status, "reply_cut" in cues(seen)) == (Status.UNCERTAIN, True)

    @pytest.mark.parametrize(
        ("frame", "status"),
        [
            (Frame(pixels=np.full((90, 120, 3), 90, dtype=np.uint8)), Status.NO_FACE),
            (Frame(pixels=np.zeros((64, 64, 3), dtype=np.uint8), crop=True), Status.LOW_QUALITY),
            (Frame(pixels=np.zeros((0, 4, 3), dtype=np.uint8), crop=True), Status.EMPTY),
        ],
    )
    def test_what_shows_nothing_is_not_sent(
        self, make: Make, endpoint: ScriptedVisionEndpoint, frame: Frame, status: Status
    ) -> None:
        assert make().perceive(frame).status is status
        assert endpoint.requests == []

    def test_several_faces_are_counted(self, make: Make, astronaut: Pixels) -> None:
        both = np.concatenate([astronaut[:220, 110:340], astronaut[:220, 110:340]], axis=1)
        assert cues(make().perceive(Frame(pixels=both)))["faces"] == {"count": 2}


class TestFailures:
    @pytest.mark.parametrize(
        ("behaviour", "why"),
        [
            ("error", r"failed \(500\).*server's log.*the model crashed"),
            ("busy", r"busy \(429\); try again later"),
            ("refuse", r"refused the key \(401\); correct ATTUNE_VISION_KEY"),
            ("absent", r"404.*ATTUNE_VISION_MODEL.*no such model"),
            ("blind", r"400.*can this model see pictures.*takes no images"),
            ("cut", r"broke off.*server's log"),
            ("unfinished", r"broke off in mid-answer"),
            ("malformed", r"broken JSON.*/v1"),
            ("html", r"where an event should be.*/v1"),
            ("report", r"out of memory"),
            ("endless", r"does not come to an end.*8000 characters"),
            ("one_line", r"does not come to an end.*bytes"),
        ],
    )
    def test_each_is_named_and_the_next_look_works(
        self, make: Make, endpoint: ScriptedVisionEndpoint, crop: Frame, behaviour: Behaviour, why: str
    ) -> None:
        endpoint.then(behaviour, "normal")
        sense = make()
        seen = sense.perceive(crop)
        assert (seen.status, seen.scores) == (Status.FAILED, None)
        told = cues(seen)["backend_failed"]
        assert told["backend"] == "mllm-see-7b"
        assert re.search(why, str(told["why"])), told["why"]
        assert "secret" not in str(told["why"])
        assert sense.perceive(crop).status is Status.OK

    @pytest.mark.parametrize("behaviour", ["slow", "trickle"])
    def test_one_that_takes_too_long(
        self, make: Make, endpoint: ScriptedVisionEndpoint, crop: Frame, behaviour: Behaviour
    ) -> None:
        endpoint.then(behaviour)
        seen = make(timeout=0.3).perceive(crop)
        assert seen.status is Status.TIMEOUT
        assert "ATTUNE_SENSE_TIMEOUT" in str(cues(seen)["backend_failed"]["why"])

    def test_one_that_is_down(self, crop: Frame) -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]
        seen = MllmVision(url=f"http://127.0.0.1:{port}/v1", model="m").perceive(crop)
        assert seen.status is Status.FAILED
        assert "is the server running?" in str(cues(seen)["backend_failed"]["why"])

    def test_a_key_that_no_header_can_hold(self, endpoint: ScriptedVisionEndpoint, crop: Frame) -> None:
        seen = MllmVision(url=endpoint.url, model="m", key="se\ncret").perceive(crop)
        assert seen.status is Status.FAILED
        assert "ATTUNE_VISION_KEY" in str(seen.cues[0].params["why"])
        assert endpoint.requests == []

    def test_half_a_character(self, make: Make, endpoint: ScriptedVisionEndpoint, crop: Frame) -> None:
        endpoint.reply, endpoint.logprobs = "happy \ud83d", {}
        endpoint.then("escaped")
        seen = make().perceive(crop)
        assert (seen.status, seen.scores and seen.scores.top) == (Status.OK, Emotion.HAPPY)

    @pytest.mark.parametrize("url", ["nowhere", "http://", "ftp://127.0.0.1/v1", "http://[::1/v1"])
    def test_an_address_that_is_none(self, crop: Frame, url: str) -> None:
        assert MllmVision(url=url, model="m").perceive(crop).status is Status.FAILED

    @pytest.mark.parametrize("given", [{}, {"url": "http://127.0.0.1:1/v1"}, {"model": "m"}])
    def test_nothing_is_set(self, crop: Frame, given: dict[str, str]) -> None:
        sense = create_perceiver(Modality.VISION, "mllm", **given)
        seen = sense.perceive(crop)
        assert seen.status is Status.MODEL_MISSING
        assert "ATTUNE_VISION_URL" in str(cues(seen)["model_missing"]["command"])
        with pytest.raises(ModelMissing):
            sense.warm_up()


class Fixed:
    """A detector that always answers the same."""

    def __init__(self, *boxes: FaceBox) -> None:
        self._boxes = boxes

    def warm_up(self) -> None:
        pass

    def detect(self, pixels: Pixels, /) -> tuple[FaceBox, ...]:
        return self._boxes
