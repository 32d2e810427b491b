"""Health and perceiving over HTTP."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import numpy as np
import pytest
import pytest_asyncio
import soundfile
from PIL import Image
from starlette.datastructures import FormData

from agent.senses import Senses
from agent.testing import ScriptedChatModel
from api.app import create_app
from api.rest.forms import flag_of
from api.rest.routing import MEDIA_BYTES
from api.runtime import open_agent
from api.settings import Settings
from api.testing import served
from perception import EmotionScores, Frame, Modality
from perception.testing import ScriptedPerceiver, ScriptedTranscriber

pytestmark = pytest.mark.server

SAD = EmotionScores.of({"sad": 0.8, "neutral": 0.2})


def senses() -> Senses:
    return Senses(
        vision=ScriptedPerceiver(Modality.VISION, SAD),
        audio=ScriptedPerceiver(Modality.AUDIO, SAD),
        text=ScriptedPerceiver(Modality.TEXT, SAD),
        speech=ScriptedTranscriber("I lost my job"),
    )


@asynccontextmanager
async def server(used: Senses | None, **settings: Any) -> AsyncIterator[httpx.AsyncClient]:
    chat = ScriptedChatModel(["Hello. How are you?"])
    app = create_app(
        Settings(_env_file=None, **settings), agent_factory=lambda s: open_agent(s, chat=chat, senses=used)
    )
    async with (
        served(app) as host,
        httpx.AsyncClient(base_url=f"http://{host}", trust_env=False, timeout=30) as client,
    ):
        yield client


@pytest_asyncio.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with server(senses()) as ready:
        yield ready


def png() -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.full((48, 48, 3), 128, np.uint8)).save(out, "PNG")
    return out.getvalue()


def wav() -> bytes:
    out = io.BytesIO()
    soundfile.write(out, np.zeros(16_000, np.float32), 16_000, format="WAV")
    return out.getvalue()


async def test_health_names_models_and_loads_none(client: httpx.AsyncClient) -> None:
    answer = await client.get("/health")
    assert answer.status_code == 200
    body = answer.json()
    assert (body["status"], body["chat_model"]) == ("ok", "scripted")
    assert body["senses"]["vision"] == {"status": "ok", "model": "scripted-vision"}
    assert body["senses"]["speech"] == {"status": "ok", "model": "scripted-speech"}
    assert set(body) == {"status", "version", "deployment_context", "chat_model", "personas", "senses"}


async def test_health_of_the_senses_that_ship(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    async with server(None, audio="") as client:
        here = (await client.get("/health")).json()["senses"]
        monkeypatch.setattr("perception.models.shipped.WEIGHTS", tmp_path)
        gone = (await client.get("/health")).json()["senses"]
    assert here["audio"] == {"status": "disabled", "model": None}
    assert (here["speech"]["status"], here["speech"]["command"]) == (
        "model_missing",
        "attune models get whisper-base",
    )
    assert {gone["vision"]["status"], gone["text"]["status"]} == {"model_missing"}


async def test_everything_at_once(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/v1/perceive",
        data={"text": "I lost my job", "context": ["hello", "what is wrong?"], "lang": "en", "crop": "true"},
        files={"image": ("me.png", png()), "audio": ("me.wav", wav())},
    )
    body = answer.json()
    assert answer.status_code == 200, body
    assert set(body) == {"observations", "affect"}
    assert set(body["observations"]) == {"vision", "audio", "text"}
    assert body["observations"]["text"]["status"] == "ok"
    assert body["affect"]["top"] == "sad"


async def test_the_options_reach_the_senses() -> None:
    used = senses()
    async with server(used) as client:
        await client.post(
            "/v1/perceive",
            data={"text": "hi", "context": ["earlier"], "crop": "1"},
            files={"image": ("x.png", png())},
        )
    vision, text = used.perceiver(Modality.VISION), used.perceiver(Modality.TEXT)
    assert isinstance(vision, ScriptedPerceiver)
    assert isinstance(text, ScriptedPerceiver)
    (frame,), (utterance,) = vision.seen, text.seen
    assert isinstance(frame, Frame)
    assert frame.crop is True
    assert tuple(utterance.context) == ("earlier",)  # type: ignore[attr-defined]


async def test_speech_is_written_down_when_asked_for(client: httpx.AsyncClient) -> None:
    audio = {"audio": ("me.wav", wav())}
    plain = (await client.post("/v1/perceive", files=audio)).json()
    assert set(plain["observations"]) == {"audio"}
    heard = (await client.post("/v1/perceive", files=audio, data={"transcribe": "true"})).json()
    assert set(heard["observations"]) == {"audio", "text"}
    assert heard["transcript"]["text"] == "I lost my job"


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ({"files": {"image": ("me.jpg", b"these are words, not a picture")}}, 422, "media_unreadable"),
        ({"files": {"image": ("me.jpg", b"")}}, 422, "media_unreadable"),
        ({"files": {"image": ("me.png", png()[:60])}}, 422, "media_unreadable"),
        ({"files": {"audio": ("me.wav", b"words")}}, 422, "media_unreadable"),
        ({"files": {"image": ("me.png", bytes(10_000_001))}}, 413, "media_too_large"),
        ({"files": {"lang": (None, "en")}}, 400, "bad_request"),
        ({"files": [("text", (None, "hi")), ("text", (None, "ho"))]}, 400, "bad_request"),
        ({"files": {"face": ("me.png", png())}}, 400, "bad_request"),
        ({"files": {"image": (None, "a field")}}, 400, "bad_request"),
        ({"files": {"text": ("words.txt", b"hello")}}, 400, "bad_request"),
        ({"files": {"text": (None, "hi"), "context": ("words.txt", b"hello")}}, 400, "bad_request"),
        ({"files": {"text": (None, "hi"), "crop": (None, "perhaps")}}, 400, "bad_request"),
        ({"json": {"text": "hello"}}, 415, "unsupported_media_type"),
        ({"content": b"no form", "headers": {"content-type": "multipart/form-data; boundary=x"}}, 400, "bad_request"),
        ({"content": b"no form", "headers": {"content-type": "multipart/form-data"}}, 400, "bad_request"),
        ({}, 415, "unsupported_media_type"),
    ],
)
async def test_what_cannot_be_perceived(
    client: httpx.AsyncClient, sent: dict[str, Any], status: int, code: str
) -> None:
    answer = await client.post("/v1/perceive", **sent)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert set(answer.json()) - {"field"} == {"code", "message", "retryable"}


@pytest.mark.parametrize("off", ["off", "OFF", "false", "0", "no", ""])
@pytest.mark.parametrize("on", ["on", "On", "true", "1", "yes"])
async def test_flags_are_written_as_people_write_them(on: str, off: str) -> None:
    assert [flag_of(FormData({"crop": value}), "crop") for value in (on, off)] == [True, False]


async def test_a_flag_that_is_off_reaches_the_senses() -> None:
    used = senses()
    async with server(used) as client:
        sent = {"image": ("x.png", png()), "crop": (None, "off"), "transcribe": (None, "off")}
        assert (await client.post("/v1/perceive", files=sent)).status_code == 200
    vision = used.perceiver(Modality.VISION)
    assert isinstance(vision, ScriptedPerceiver)
    assert vision.seen[0].crop is False  # type: ignore[attr-defined]


async def test_the_description_says_whose_duty_consent_is(client: httpx.AsyncClient) -> None:
    described = (await client.get("/openapi.json")).json()["paths"]["/v1/perceive"]["post"]["description"]
    assert "needs no session" in described
    assert "consent" in described


async def test_an_empty_input_of_a_browser_is_nothing(client: httpx.AsyncClient) -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\nhello\r\n'
        b'--x\r\nContent-Disposition: form-data; name="image"; filename=""\r\n\r\n\r\n--x--\r\n'
    )
    answer = await client.post(
        "/v1/perceive", content=body, headers={"content-type": "multipart/form-data; boundary=x"}
    )
    assert set(answer.json()["observations"]) == {"text"}


async def test_a_body_over_the_limit_is_refused_by_its_length(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/perceive", files={"audio": ("long.wav", bytes(MEDIA_BYTES + 1))})
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def test_a_body_of_unknown_length_is_refused_while_reading(client: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="audio"; filename="a.wav"\r\n\r\n'
        for _ in range(MEDIA_BYTES // 1_000_000 + 2):
            yield bytes(1_000_000)

    answer = await client.post(
        "/v1/perceive", content=endless(), headers={"content-type": "multipart/form-data; boundary=x"}
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("context", ["workplace", "education", "hiring"])
async def test_the_gate_forbids_faces_and_voices_at_work(context: str) -> None:
    async with server(senses(), deployment_context=context) as client:
        for files in ({"image": ("me.png", png())}, {"audio": ("me.wav", wav())}):
            answer = await client.post("/v1/perceive", files=files)
            assert (answer.status_code, answer.json()["code"]) == (403, "gate_closed")
            assert "Art. 5(1)(f)" in answer.json()["message"]
        words = await client.post("/v1/perceive", files={"text": (None, "hello")})
        assert words.status_code == 200


async def test_other_routes_and_pages_from_elsewhere(client: httpx.AsyncClient) -> None:
    assert (await client.get("/nowhere")).json()["code"] == "http_404"
    assert (await client.get("/v1/perceive")).status_code == 405
    refused = await client.get("/health", headers={"origin": "http://evil.example"})
    assert (refused.status_code, refused.json()["code"]) == (403, "origin_refused")
