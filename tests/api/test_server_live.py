"""The fast clock of the socket: faces and voices felt between turns, only where they are asked for and allowed."""

from __future__ import annotations

import asyncio
import io
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from agent.senses import Senses
from agent.testing import ScriptedChatModel
from api.app import create_app
from api.live.faces import ClientClock
from api.runtime import open_agent
from api.settings import Settings
from api.testing import WireClient, served
from api.wire import MediaKind
from perception import EmotionScores, Frame, Modality, Observation, Status
from perception.observation import now
from perception.testing import ScriptedPerceiver

pytestmark = pytest.mark.server

SAD = EmotionScores.of({"sad": 0.8, "neutral": 0.2})
REPLY = "That sounds heavy. What happened?"


class Watching(ScriptedPerceiver):
    """Sight that follows a face from picture to picture."""

    def __init__(self) -> None:
        super().__init__(Modality.VISION, SAD)
        self.reading = threading.Semaphore(0)
        self.going = threading.Event()
        self.going.set()
        self.read_at_once = self.most_at_once = 0

    def track(self) -> Any:
        return _Reader(self)


class _Reader:
    face = None

    def __init__(self, sense: Watching) -> None:
        self._sense = sense

    def read(self, frame: Frame) -> Observation:
        sense = self._sense
        sense.read_at_once += 1
        sense.most_at_once = max(sense.most_at_once, sense.read_at_once)
        sense.reading.release()
        sense.going.wait(10)
        sense.read_at_once -= 1
        return Observation(
            modality=Modality.VISION,
            status=Status.OK,
            model="watching",
            scores=SAD,
            quality=1.0,
            captured_at=frame.captured_at,
        )


@asynccontextmanager
async def server(*, delay: float = 0.0, settings: dict[str, Any] | None = None, **senses: Any) -> AsyncIterator[str]:
    chosen = Settings(_env_file=None, **(settings or {}))
    chat = ScriptedChatModel([REPLY], delay=delay)
    given = {"text": ScriptedPerceiver(Modality.TEXT, SAD), "vision": Watching(), **senses}
    app = create_app(chosen, agent_factory=lambda s: open_agent(s, chat=chat, senses=Senses(**given)))
    async with served(app) as host:
        yield host


def jpeg(grey: int = 128) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.full((48, 48, 3), grey, np.uint8)).save(out, "JPEG")
    return out.getvalue()


async def nothing_comes(client: WireClient, seconds: float = 0.15) -> bool:
    await asyncio.sleep(seconds)
    return bool((await client.ask("ping"))["type"] == "pong")


async def test_faces_are_felt_between_turns_and_the_turn_takes_the_latest_picture() -> None:
    vision = Watching()
    async with server(vision=vision) as host, WireClient.connect(host) as client:
        await client.open_session(live=True)
        for grey in (60, 120):
            at = int(time.time() * 1000)
            await client.send_media(MediaKind.JPEG, jpeg(grey), captured_at_ms=at)
            seen = await client.receive()
            assert (seen["type"], seen["live"], seen["turn"]) == ("perception.observed", True, 0)
            assert seen["observation"]["scores"]["sad"] == pytest.approx(0.8)
            assert 0 <= seen["age_ms"] < 10_000
            await asyncio.sleep(0.12)
        turn = await client.say("look")
        (picture,) = vision.seen
        assert isinstance(picture, Frame)
        assert int(picture.pixels.mean()) == pytest.approx(120, abs=3)
        assert [f["live"] for f in turn if f["type"] == "perception.observed"] == [False, False]
        assert [frame["seq"] for frame in client.seen] == list(range(1, len(client.seen) + 1))


async def test_the_live_link_is_off_unless_it_is_asked_for() -> None:
    async with server() as host, WireClient.connect(host) as client:
        await client.open_session()
        await client.send_media(MediaKind.JPEG, jpeg())
        assert await nothing_comes(client)
        state = await client.ask("live.set", vision=True)
        assert (state["type"], state["vision"], state["audio"], state["reason"]) == ("live.state", True, False, None)
        await client.send_media(MediaKind.JPEG, jpeg())
        assert (await client.receive())["live"] is True
        assert (await client.ask("live.set"))["vision"] is False
        await client.send_media(MediaKind.JPEG, jpeg())
        assert await nothing_comes(client)


async def test_consent_that_is_withdrawn_over_http_stops_it_too() -> None:
    vision = Watching()
    async with server(vision=vision) as host, WireClient.connect(host) as client:
        session_id = (await client.open_session(live=True))["session_id"]
        async with httpx.AsyncClient(base_url=f"http://{host}", trust_env=False) as http:
            answer = await http.post(f"/v1/sessions/{session_id}/notice", json={"consent": {"text": True}})
            assert answer.json()["consent"]["vision"] is False
            state = await client.receive()
            assert (state["type"], state["vision"], state["reason"]) == ("live.state", False, "consent")
            await client.send_media(MediaKind.JPEG, jpeg())
            assert await nothing_comes(client)
            refused = await client.ask("live.set", vision=True)
            assert (refused["vision"], refused["reason"]) == (False, "consent")
            await http.post(f"/v1/sessions/{session_id}/notice", json={"consent": {"vision": True}})
        assert (await client.ask("live.set", vision=True))["vision"] is True


async def test_consent_that_is_withdrawn_stops_it_at_once_also_what_is_under_way() -> None:
    vision = Watching()
    async with server(vision=vision) as host, WireClient.connect(host) as client:
        await client.open_session(live=True)
        vision.going.clear()
        await client.send_media(MediaKind.JPEG, jpeg())
        assert await asyncio.to_thread(vision.reading.acquire, timeout=5)
        await client.send("notice.ack", consent={"text": True})
        state = (await client.until("live.state"))[-1]
        assert (state["vision"], state["reason"]) == (False, "consent")
        vision.going.set()
        await client.send_media(MediaKind.JPEG, jpeg())
        assert await nothing_comes(client)
        refused = await client.ask("live.set", vision=True)
        assert (refused["vision"], refused["reason"]) == (False, "consent")


@pytest.mark.parametrize(
    ("settings", "senses", "reason"),
    [
        ({"deployment_context": "workplace"}, {}, "deployment"),
        ({}, {"vision": ScriptedPerceiver(Modality.VISION, SAD)}, "sense"),
        ({}, {"vision": None}, "sense"),
    ],
)
async def test_what_cannot_be_felt_live_says_why(settings: Any, senses: Any, reason: str) -> None:
    async with server(settings=settings, **senses) as host, WireClient.connect(host) as client:
        await client.open_session(live=True)
        state = await client.ask("live.set", vision=True)
        assert (state["vision"], state["reason"]) == (False, reason)
        await client.send_media(MediaKind.JPEG, jpeg())
        assert await nothing_comes(client)


async def test_no_picture_waits_behind_more_than_one_and_none_is_read_during_a_turn() -> None:
    vision = Watching()
    async with server(vision=vision, delay=0.03) as host, WireClient.connect(host) as client:
        await client.open_session(live=True)
        vision.going.clear()
        for _ in range(20):
            await client.send_media(MediaKind.JPEG, jpeg())
        assert (await client.ask("ping"))["type"] == "pong"
        vision.going.set()
        await asyncio.sleep(0.3)
        await client.send("ping")
        frames = await client.until("pong")
        assert len([frame for frame in frames if frame["type"] == "perception.observed"]) <= 2
        assert vision.most_at_once == 1
        await client.send("user.message", text="hello")
        await client.until("reply.delta")
        await client.send_media(MediaKind.JPEG, jpeg())
        turn = await client.until("reply.done")
        assert not [frame for frame in turn if frame.get("live")]


async def test_a_picture_that_cannot_be_read_costs_itself_only() -> None:
    async with server() as host, WireClient.connect(host) as client:
        await client.open_session(live=True)
        await client.send_media(MediaKind.JPEG, b"no picture")
        assert await nothing_comes(client)
        await client.send_media(MediaKind.JPEG, jpeg())
        assert (await client.receive())["live"] is True


@pytest.mark.parametrize("hours", [-5, 5])
async def test_a_client_whose_clock_is_wrong_is_felt_all_the_same(hours: int) -> None:
    async with server() as host, WireClient.connect(host) as client:
        await client.open_session(live=True)
        at = int((time.time() + hours * 3600) * 1000)
        await client.send_media(MediaKind.JPEG, jpeg(), captured_at_ms=at)
        seen = await client.receive()
        assert seen["live"] is True
        assert seen["age_ms"] < 10_000


def test_the_clock_of_a_client_may_be_set_while_it_runs() -> None:
    from datetime import timedelta

    clock = ClientClock()
    assert abs(clock.moment(None) - now()) < timedelta(seconds=1)
    for jump in (0, 3600, 3601, -7200):
        moment = clock.moment(now() + timedelta(seconds=jump))
        assert timedelta(0) <= now() - moment < timedelta(seconds=6)


def speech(seconds: float) -> bytes:
    """Something voiced, as loud as speech."""
    at = np.arange(int(16_000 * seconds)) / 16_000
    wave = sum(np.sin(2 * np.pi * 140 * k * at) / k for k in range(1, 20)) * (1 + np.sin(2 * np.pi * 4 * at))
    return bytes((wave / np.abs(wave).max() * 20_000).astype("<i2"))


async def test_a_voice_is_felt_while_it_comes_in(monkeypatch: pytest.MonkeyPatch) -> None:
    audio = ScriptedPerceiver(Modality.AUDIO, SAD)
    # whether a hum counts as speech is the detector's business
    monkeypatch.setattr(
        "perception.speech.vad.VoiceActivity.judge", lambda _, chunks, state: (np.ones(len(chunks), np.float32), state)
    )
    async with server(audio=audio) as host, WireClient.connect(host) as client:
        await client.open_session()
        assert (await client.ask("live.set", audio=True))["audio"] is True
        await client.send("user.audio.start")
        sound = speech(1.5)
        for start in range(0, len(sound), 3200):
            await client.send_media(MediaKind.PCM16, sound[start : start + 3200])
            await asyncio.sleep(0.01)
        seen = await client.receive()
        assert (seen["type"], seen["live"], seen["turn"]) == ("perception.observed", True, 0)
        assert seen["observation"]["modality"] == "audio"
        await client.send("user.audio.end")
        turn = await client.say()
        assert [f for f in turn if f["type"] == "perception.observed" and not f["live"]]
