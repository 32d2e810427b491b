"""Corrections and handoffs over a real socket, and by hand in the terminal."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from agent.senses import Senses
from agent.testing import ScriptedChatModel
from api.app import create_app
from api.errors import InputInvalid
from api.runtime import open_agent
from api.settings import Settings
from api.terminal.corrections import noted, parse_correction
from api.testing import WireClient, served
from api.wire import parse_server
from perception import Emotion, EmotionScores, Modality
from perception.testing import ScriptedPerceiver

pytestmark = pytest.mark.server

SAD = EmotionScores.of({"sad": 0.85, "neutral": 0.15})


@asynccontextmanager
async def hosted() -> AsyncIterator[str]:
    senses = Senses(vision=None, audio=None, text=ScriptedPerceiver(Modality.TEXT, SAD), speech=None)
    chat = ScriptedChatModel(["I hear you. What happened then?"])
    app = create_app(Settings(_env_file=None), agent_factory=lambda given: open_agent(given, chat=chat, senses=senses))
    async with served(app) as host:
        yield host


@asynccontextmanager
async def client() -> AsyncIterator[WireClient]:
    async with hosted() as host, WireClient.connect(host) as connected:
        await connected.open_session(lang="en")
        yield connected


def of(frames: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [frame for frame in frames if frame["type"] == kind]


async def test_an_offer_is_answered_and_the_other_persona_takes_over() -> None:
    async with client() as wire:
        assert of(await wire.say("one"), "handoff.offered") == []
        (offered,) = of(await wire.say("two"), "handoff.offered")
        assert (offered["persona"], offered["turn"]) == ("counseling", 2)
        refused = await wire.ask("handoff.answer", offer="other", accept=True)
        assert (refused["code"], refused["about"]) == ("no_handoff_offered", "handoff.answer")
        changed = await wire.ask("handoff.answer", offer=offered["offer"], accept=True)
        assert (changed["type"], changed["persona"], changed["reason"]) == (
            "route.changed",
            "counseling",
            "handed_over",
        )
        frames = await wire.say("three")
        assert frames[-1]["persona"] == "counseling"
        assert of(frames, "route.changed") == []


async def test_an_offer_may_be_answered_while_its_turn_still_runs() -> None:
    async with client() as wire:
        await wire.say("one")
        await wire.send("user.message", text="two")
        offered = (await wire.until("handoff.offered"))[-1]
        await wire.send("handoff.answer", offer=offered["offer"], accept=True)
        frames = await wire.until("route.changed")
        assert of(frames, "reply.done")[0]["persona"] == "chat"
        assert frames[-1]["persona"] == "counseling"


async def test_after_a_restart_an_offer_is_answered_and_a_turn_is_corrected() -> None:
    async with hosted() as host, WireClient.connect(host) as wire:
        started = await wire.open_session(lang="en")
        await wire.say("one")
        (offered,) = of(await wire.say("two"), "handoff.offered")
        seq = wire.seen[-1]["seq"]
    async with hosted() as host, WireClient.connect(host) as wire:
        await wire.send("session.resume", token=started["token"], last_seq=seq, last_turn=2)
        await wire.until("session.started")
        note = await wire.ask("user.correction", turn=1, emotion="fear")
        assert (note["type"], note["number"]) == ("correction.noted", 1)
        changed = await wire.ask("handoff.answer", offer=offered["offer"], accept=True)
        assert (changed["type"], changed["persona"]) == ("route.changed", "counseling")


async def test_a_no_changes_nothing() -> None:
    async with client() as wire:
        await wire.say("one")
        (offered,) = of(await wire.say("two"), "handoff.offered")
        await wire.send("handoff.answer", offer=offered["offer"], accept=False)
        frames = await wire.say("three")
        assert (frames[-1]["persona"], of(frames, "handoff.offered")) == ("chat", [])


async def test_a_correction_is_noted_and_holds_from_the_next_turn_on() -> None:
    async with client() as wire:
        done = (await wire.say("one"))[-1]
        note = await wire.ask("user.correction", turn=1, emotion="angry", share=True)
        assert note["type"] == "correction.noted"
        assert {key: note[key] for key in ("turn", "number", "read", "emotion", "shared")} == {
            "turn": 1,
            "number": done["number"],
            "read": "sad",
            "emotion": "angry",
            "shared": True,
        }
        (fused,) = of(await wire.say("two"), "affect.fused")
        assert fused["affect"]["top"] == "angry"
        assert fused["affect"]["fired"][-1]["rule"] == "correction"
        assert {share["reason"] for share in fused["affect"]["shares"]} == {"correction"}
        parse_server(json.dumps(fused))
        assert (await wire.ask("user.correction", emotion="sad"))["emotion"] == "sad"
        (fused,) = of(await wire.say("three"), "affect.fused")
        assert (fused["affect"]["top"], fused["affect"]["fired"]) == ("sad", [])


@pytest.mark.parametrize(
    ("typed", "emotion", "text", "shared"),
    [
        ("", None, "", False),
        ("sad", "sad", "", False),
        ("Afraid", "fear", "", False),
        ("难过", "sad", "", False),
        ("难过 共享", "sad", "", True),
        ("fear share", "fear", "", True),
        ("I was only tired", None, "I was only tired", False),
        ("share", None, "", True),
    ],
)
def test_what_is_typed_after_correct(typed: str, emotion: str | None, text: str, shared: bool) -> None:
    found = parse_correction(typed)
    assert (found.emotion, found.text, found.shared) == (emotion, text, shared)


def test_a_word_that_is_no_emotion_is_asked_about() -> None:
    with pytest.raises(InputInvalid, match="no emotion is called 'joy'; there are happy, sad"):
        parse_correction("joy")


def test_what_is_kept_is_said_in_both_languages() -> None:
    assert noted(Emotion.NEUTRAL, Emotion.SAD, False, "en") == "noted: not neutral but sad, just now"
    assert noted(Emotion.HAPPY, Emotion.SAD, False, "en").startswith("noted: not happy but sad; it holds in this")
    assert noted(Emotion.HAPPY, None, True, "zh") == "记下了：不是高兴；本次对话内有效，并可作为标注数据导出"
    assert "what I read" in noted(None, None, False, "en")
