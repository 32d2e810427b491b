"""A multimodal language model as a sense of sight."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Lock
from typing import Final

from perception.cues import Cue
from perception.emotions import EMOTIONS, Emotion, EmotionScores
from perception.errors import ModelError, ModelMissing
from perception.media.values import Frame
from perception.models.trouble import model_trouble
from perception.observation import Modality, Observation, Status
from perception.vision.detectors import default_detector
from perception.vision.faces import FaceDetector, addressed, grey_crop, whole
from perception.vision.look import Look
from perception.vision.mllm.endpoint import EndpointError, EndpointSlow, VisionEndpoint
from perception.vision.mllm.logprobs import label_probability
from perception.vision.mllm.prompt import face_jpeg, question_of
from perception.vision.mllm.reply import Reading, read_reply
from perception.vision.mllm.stream import Reply
from perception.vision.quality import face_quality

ASSUMED_CONFIDENCE: Final = 0.6
"""Of a label whose tokens come without log probabilities: an assumption, not a measurement."""
UNCERTAIN_BELOW: Final = 0.5
"""Below it, the other emotions together are likelier than the one named."""
MAX_REASONING: Final = 300
"""Characters of the reasoning that are kept."""
_SIDE: Final = 48
"""Of the crop whose quality is measured, in pixels."""


class MllmVision:
    """Asks a model that can see, such as UniFER-7B or Qwen2.5-VL under vLLM, which emotion a face shows.

    Implements `Perceiver[Frame]`. The face, and nothing else of the picture, goes to the endpoint as JPEG. The reply is
    read by `read_reply`; the cue `label_read {strategy}` says how, and `reasoning {text}` what the model thought. Faces
    that are too small, dark or blurred are not sent.

    Confidence is the probability of the label's tokens where the endpoint gives log probabilities, else
    `ASSUMED_CONFIDENCE`, with the cue `confidence_assumed {percent}`; the other emotions share the rest evenly. Neither
    is calibrated.
    """

    def __init__(
        self,
        *,
        url: str | None = None,
        model: str | None = None,
        key: str | None = None,
        timeout: float = 9.0,
        detector: FaceDetector | None = None,
    ) -> None:
        """Build it; nothing is connected yet.

        Args:
            url: Up to and including the version, such as `http://127.0.0.1:8001/v1`.
            model: The endpoint's name of the model.
            key: None for endpoints that want none.
            timeout: Seconds for the whole answer.
            detector: Finds the faces; BlazeFace when it was downloaded, else OpenCV's cascade, when None.
        """
        self._endpoint = VisionEndpoint(url=url, model=model, key=key, timeout=timeout) if url and model else None
        self._name = f"mllm-{model}" if model else "mllm"
        self._detector = detector
        self._lock = Lock()

    @property
    def modality(self) -> Modality:
        """Vision."""
        return Modality.VISION

    @property
    def model(self) -> str:
        """`mllm-` and the endpoint's name of the model."""
        return self._name

    def check(self) -> None:
        """Look whether an endpoint is set, without asking it.

        Raises:
            ModelMissing: its address or the name of a model is not set.
        """
        self._set_endpoint()

    def warm_up(self) -> None:
        """Load the face detector; the endpoint is not asked, since requests cost money.

        Raises:
            ModelMissing: the endpoint's address or the name of a model is not set.
            ModelRefused: the detector's file is not the model it should be.
        """
        self.check()
        self._found_detector().warm_up()

    def perceive(self, evidence: Frame, /) -> Observation:
        """Read one picture; whatever is wrong with it, or with the endpoint, becomes the status."""
        look = Look(frame=evidence, model=self.model)
        try:
            return self._look(look, self._set_endpoint())
        except ModelError as error:
            status, cue = model_trouble(error)
            return look.observe(status, cue)
        except EndpointError as error:
            status = Status.TIMEOUT if isinstance(error, EndpointSlow) else Status.FAILED
            return look.observe(status, Cue(code="backend_failed", params={"backend": self.model, "why": str(error)}))

    def _look(self, look: Look, endpoint: VisionEndpoint) -> Observation:
        pixels = look.frame.pixels
        if pixels.size == 0:
            return look.observe(Status.EMPTY)
        faces = (whole(pixels),) if look.frame.crop else self._found_detector().detect(pixels)
        if not faces:
            return look.observe(Status.NO_FACE)
        face = addressed(faces, height=pixels.shape[0], width=pixels.shape[1])
        quality = face_quality(grey_crop(pixels, face, side=_SIDE), pixels=face.side)
        count = (Cue(code="faces", params={"count": len(faces)}),) if len(faces) > 1 else ()
        if not quality.readable:
            return look.observe(Status.LOW_QUALITY, *count, *quality.cues(), quality=quality.value)
        reply = endpoint.ask(question_of(face_jpeg(pixels, face)))
        reading = read_reply(reply.text, reasoning=reply.reasoning)
        scores, told = _scored(reply, reading)
        certain = scores is not None and scores.confidence >= UNCERTAIN_BELOW
        return look.observe(
            Status.OK if certain else Status.UNCERTAIN,
            *count,
            *told,
            *_reasoning(reading),
            scores=scores,
            quality=quality.value,
        )

    def _set_endpoint(self) -> VisionEndpoint:
        if self._endpoint is None:
            raise ModelMissing(
                "vision endpoint",
                "export ATTUNE_VISION_URL=http://127.0.0.1:8001/v1 ATTUNE_VISION_MODEL=Qwen/Qwen2.5-VL-7B-Instruct",
            )
        return self._endpoint

    def _found_detector(self) -> FaceDetector:
        with self._lock:
            if self._detector is None:
                self._detector = default_detector()
            return self._detector


def _scored(reply: Reply, reading: Reading) -> tuple[EmotionScores | None, tuple[Cue, ...]]:
    """Scores where the label is clear, and what there is to say about how it was found."""
    if reading.emotion is None or reading.span is None:
        return None, (*_found(reading), _unclear(reply, reading))
    probability = label_probability(reply.text, reading.span, reply.tokens)
    confidence = ASSUMED_CONFIDENCE if probability is None else probability
    assumed = Cue(code="confidence_assumed", params={"percent": round(100 * confidence)})
    cues = (*_found(reading), *((assumed,) if probability is None else ()))
    # below an even share the label would not be the likeliest emotion
    return (_spread(reading.emotion, confidence) if confidence > 1 / len(EMOTIONS) else None), cues


def _spread(emotion: Emotion, confidence: float) -> EmotionScores:
    rest = (1 - confidence) / (len(EMOTIONS) - 1)
    return EmotionScores.normalised(confidence if other is emotion else rest for other in EMOTIONS)


def _found(reading: Reading) -> Iterator[Cue]:
    if reading.strategy != "none":
        yield Cue(code="label_read", params={"strategy": reading.strategy})


def _unclear(reply: Reply, reading: Reading) -> Cue:
    if len(reading.candidates) > 1:
        first, second = reading.candidates[:2]
        return Cue(code="several_emotions", params={"first": first.value, "second": second.value})
    if reading.said:
        return Cue(code="label_unknown", params={"said": _short(reading.said, 60)})
    return Cue(code="reply_cut" if reply.finish == "length" else "label_absent")


def _reasoning(reading: Reading) -> Iterator[Cue]:
    if text := _short(reading.reasoning, MAX_REASONING):
        yield Cue(code="reasoning", params={"text": text})


def _short(text: str, limit: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"
