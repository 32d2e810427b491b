"""Sessions and turns over HTTP."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from agent.errors import ChatModelBusy, ChatModelFailed
from agent.testing import ScriptedChatModel
from api.identity.keyfile import KeyFile
from api.rest.testing import Rest, picture, recording, rest_server, scripted_senses
from api.testing import WireClient
from perception import Modality
from perception.testing import ScriptedPerceiver

pytestmark = [pytest.mark.server, pytest.mark.asyncio(loop_scope="module")]

EVENTS = {"accept": "text/event-stream"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rest(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rest]:
    async with rest_server(data_dir=tmp_path_factory.mktemp("rest")) as ready:
        yield ready


def events(text: str) -> list[tuple[str, dict[str, Any]]]:
    """The events of a stream, by name."""
    found = []
    for block in text.strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if fields:
            data = json.loads(fields["data"])
            assert (fields["event"], fields["id"]) == (data["type"], str(data["seq"]))
            found.append((fields["event"], data))
    return found


async def test_a_conversation_from_its_notice_to_its_history(rest: Rest) -> None:
    started = await rest.http.post("/v1/sessions", json={"lang": "en"})
    body = started.json()
    assert (started.status_code, started.headers["location"]) == (201, f"/v1/sessions/{body['session_id']}")
    assert "AI" in body["notice"]["text"]
    assert (body["acknowledged_at"], body["notice"]["modalities"]) == (None, ["vision", "audio", "text"])
    early = await rest.say(body["session_id"], "hello")
    assert (early.status_code, early.json()["code"]) == (409, "notice_not_acknowledged")

    path = f"/v1/sessions/{body['session_id']}"
    agreed = await rest.http.post(f"{path}/notice", json={"consent": {"text": True}})
    assert agreed.json()["consent"] == {"vision": False, "audio": False, "text": True}
    assert agreed.json()["acknowledged_at"] is not None
    greeting = (await rest.http.get(f"{path}/greeting")).json()
    assert (greeting["persona"], greeting["lang"], greeting["text"][-1]) == ("chat", "en", "?")
    assert (await rest.http.get(f"{path}/greeting?lang=zh-CN")).json()["lang"] == "zh"

    turn = (await rest.say(body["session_id"], "I lost my job")).json()
    assert (turn["number"], turn["reply"], turn["affect"]["top"]) == (1, "Hello. How are you?", "sad")
    assert turn["observations"]["text"]["status"] == "ok"
    assert (await rest.http.get(f"{path}/turns")).json() == {"turns": [turn], "next": None}
    assert (await rest.http.get(path)).json() == agreed.json()
    assert (await rest.http.get("/v1/sessions")).json()["sessions"][0] == agreed.json()


async def test_a_persona_is_chosen_by_name_or_described(rest: Rest) -> None:
    named = await rest.http.post("/v1/sessions", json={"persona": "debate"})
    described = await rest.http.post("/v1/sessions", json={"custom": "you are a patient gardener"})
    assert (named.json()["persona"], described.json()["persona"]) == ("debate", "custom:you are a patient gardener")
    greeting = await rest.http.get(f"/v1/sessions/{described.json()['session_id']}/greeting")
    assert greeting.status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({"persona": "nobody"}, 422, "unknown_persona", None),
        ({"persona": "chat", "custom": "a cat"}, 422, "bad_field", None),
        ({"custom": ""}, 422, "bad_field", "custom"),
        ({"lang": "english please"}, 422, "bad_field", "lang"),
        ({"persona": 1}, 422, "bad_field", "persona"),
        ({"mood": "sad"}, 422, "bad_field", "mood"),
        ([], 422, "bad_field", None),
    ],
)
async def test_sessions_that_cannot_begin(rest: Rest, body: Any, status: int, code: str, field: str | None) -> None:
    answer = await rest.http.post("/v1/sessions", json=body)
    assert (answer.status_code, answer.json()["code"], answer.json().get("field")) == (status, code, field)


async def test_yes_is_no_consent(rest: Rest) -> None:
    session_id = (await rest.http.post("/v1/sessions", json={})).json()["session_id"]
    answer = await rest.http.post(f"/v1/sessions/{session_id}/notice", json={"consent": {"vision": "yes"}})
    assert (answer.status_code, answer.json()["field"]) == (422, "consent.vision")


async def test_a_body_of_countless_fields_is_refused_before_they_are_read(rest: Rest) -> None:
    path = f"/v1/sessions/{await rest.begin()}/turns"
    answer = await rest.http.post(path, json=dict.fromkeys(map(str, range(30_000)), 1))
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_json")
    answer = await rest.http.post(path, json={"k" * 100_000: 1})
    assert (answer.status_code, answer.json()["code"], len(answer.text) < 500) == (422, "bad_field", True)


async def test_a_picture_and_a_recording_come_in_a_form_or_in_json(rest: Rest) -> None:
    session_id = await rest.begin()
    path = f"/v1/sessions/{session_id}/turns"
    files = {"image": ("me.png", picture()), "audio": ("me.wav", recording())}
    form = (await rest.http.post(path, files=files, data={"crop": "true", "lang": "en"})).json()
    inline = {name: base64.b64encode(data).decode() for name, (_, data) in files.items()}
    data_url = {"image": f"data:image/png;base64,{inline['image']}"}
    body = (await rest.http.post(path, json=inline | data_url)).json()
    for turn in (form, body):
        assert set(turn["observations"]) == {"vision", "audio", "text"}
        assert turn["transcript"] == "I lost my job"


async def test_a_sense_without_consent_is_not_asked() -> None:
    senses = scripted_senses()
    async with rest_server(senses=senses) as rest:
        session_id = await rest.begin(vision=False)
        await rest.http.post(
            f"/v1/sessions/{session_id}/turns", files={"image": ("me.png", picture())}, data={"text": "hi"}
        )
    vision = senses.perceiver(Modality.VISION)
    assert isinstance(vision, ScriptedPerceiver)
    assert vision.seen == []


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ({"json": {}}, 422, "empty_turn"),
        ({"json": {"text": "  \n"}}, 422, "empty_turn"),
        ({"json": {"text": "x" * 20_001}}, 422, "bad_field"),
        ({"json": {"text": "hi", "mood": "sad"}}, 422, "bad_field"),
        ({"json": {"text": "hi", "image": "not base64!"}}, 400, "bad_request"),
        ({"json": {"text": "hi", "image": base64.b64encode(b"no picture").decode()}}, 422, "media_unreadable"),
        ({"content": b"{", "headers": {"content-type": "application/json"}}, 400, "bad_json"),
        ({"content": b"\xff", "headers": {"content-type": "application/json"}}, 400, "bad_json"),
        ({"content": b"hi", "headers": {"content-type": "text/plain"}}, 415, "unsupported_media_type"),
        ({"content": b"hi"}, 415, "unsupported_media_type"),
        ({"files": {"text": (None, "hi"), "video": (None, "x")}}, 400, "bad_request"),
        ({"files": {"text": (None, "hi"), "lang": (None, "eng lish")}}, 422, "bad_field"),
        ({"files": {"image": ("x.png", bytes(10_000_001))}}, 413, "media_too_large"),
        ({"json": {"text": "hi"}, "headers": {"accept": "text/html"}}, 406, "not_acceptable"),
    ],
)
async def test_turns_that_cannot_begin(rest: Rest, sent: dict[str, Any], status: int, code: str) -> None:
    session_id = await rest.begin()
    answer = await rest.http.post(f"/v1/sessions/{session_id}/turns", **sent)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert (await rest.http.get(f"/v1/sessions/{session_id}/turns")).json()["turns"] == []
    # and the session is not harmed by it
    assert (await rest.say(session_id, "hello")).status_code == 200


async def test_a_turn_as_it_comes(rest: Rest) -> None:
    session_id = await rest.begin()
    answer = await rest.http.post(f"/v1/sessions/{session_id}/turns", json={"text": "hello"}, headers=EVENTS)
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert (answer.headers["cache-control"], answer.headers["x-accel-buffering"]) == ("no-store", "no")
    found = events(answer.text)
    assert [name for name, _ in found if name != "reply.delta"] == ["perception.observed", "affect.fused", "reply.done"]
    assert [frame["seq"] for _, frame in found] == list(range(1, len(found) + 1))
    done = found[-1][1]
    assert "".join(frame["text"] for name, frame in found if name == "reply.delta") == done["text"]
    kept = (await rest.http.get(f"/v1/sessions/{session_id}/turns")).json()["turns"]
    assert (kept[0]["turn_id"], kept[0]["reply"]) == (done["turn_id"], done["text"])


async def test_a_crisis_is_told_by_its_route(rest: Rest) -> None:
    session_id = await rest.begin()
    answer = await rest.http.post(
        f"/v1/sessions/{session_id}/turns", json={"text": "I want to kill myself tonight"}, headers=EVENTS
    )
    changes = [frame for name, frame in events(answer.text) if name == "route.changed"]
    assert [(change["previous"], change["persona"]) for change in changes] == [("chat", "crisis")]


@pytest.mark.parametrize(
    ("error", "status", "retry"),
    [(ChatModelFailed("it broke"), 502, None), (ChatModelBusy("wait", retry_after=6.5), 503, "7")],
)
async def test_a_turn_that_breaks(error: Exception, status: int, retry: str | None) -> None:
    async with rest_server(chat=ScriptedChatModel([error])) as rest:
        session_id = await rest.begin()
        whole = await rest.say(session_id, "hello")
        stream = await rest.http.post(f"/v1/sessions/{session_id}/turns", json={"text": "hello"}, headers=EVENTS)
    assert (whole.status_code, whole.headers.get("retry-after")) == (status, retry)
    assert whole.json()["retryable"] is True
    name, frame = events(stream.text)[-1]
    assert (stream.status_code, name, frame["code"], frame["ends_turn"]) == (200, "error", whole.json()["code"], True)


async def _until_kept(rest: Rest, session_id: str, count: int) -> list[dict[str, Any]]:
    for _ in range(200):
        turns: list[dict[str, Any]] = (await rest.http.get(f"/v1/sessions/{session_id}/turns")).json()["turns"]
        if len(turns) >= count:
            return turns
        await asyncio.sleep(0.05)
    raise AssertionError("the turn was not kept")


async def test_a_turn_goes_on_when_its_reader_goes_away() -> None:
    async with rest_server(chat=ScriptedChatModel(["A long story. " * 10 + "And you?"], delay=0.01)) as rest:
        session_id = await rest.begin()
        path = f"/v1/sessions/{session_id}/turns"
        async with rest.http.stream("POST", path, json={"text": "hello"}, headers=EVENTS) as answer:
            async for line in answer.aiter_lines():
                if "reply.delta" in line:
                    break
        (turn,) = await _until_kept(rest, session_id, 1)
    assert (turn["interrupted"], turn["reply"].endswith("And you?")) == (False, True)


async def test_one_turn_of_a_session_at_a_time_whatever_the_door() -> None:
    async with rest_server(chat=ScriptedChatModel(["A story. And you?"], delay=0.1)) as rest:
        session_id = await rest.begin()
        first = asyncio.create_task(rest.say(session_id, "hello"))
        await asyncio.sleep(0.1)
        second = await rest.say(session_id, "me too")
        assert (second.status_code, second.json()["code"]) == (409, "thread_busy")
        assert (second.json()["retryable"], second.headers["retry-after"]) == (True, "1")
        assert (await first).status_code == 200

        async with WireClient.connect(rest.host) as wire:
            started = await wire.open_session()
            await wire.send("user.message", text="hello")
            await wire.until("reply.delta")
            beside = await rest.say(started["session_id"], "me too")
            await wire.until("reply.done")
            assert beside.json()["code"] == "thread_busy"
            over_http = asyncio.create_task(rest.say(started["session_id"], "me too"))
            await asyncio.sleep(0.1)
            assert (await wire.ask("user.message", text="and I"))["type"] == "thread.busy"
            assert (await over_http).status_code == 200
            assert (await wire.say("now"))[-1]["type"] == "reply.done"


async def test_a_server_that_stops_keeps_what_was_delivered(tmp_path: Path) -> None:
    chat = ScriptedChatModel(["A long story. " * 50 + "And you?"], delay=0.02)
    async with rest_server(data_dir=tmp_path, chat=chat) as rest:
        session_id = await rest.begin()
        waiting = asyncio.create_task(rest.say(session_id, "hello"))
        await asyncio.sleep(0.3)
        await rest.app.state.serving.turns.close()
        with pytest.raises((httpx.HTTPError, AssertionError)):
            assert (await waiting).status_code == 200
    async with rest_server(data_dir=tmp_path) as rest:
        (turn,) = (await rest.http.get(f"/v1/sessions/{session_id}/turns")).json()["turns"]
    assert turn["interrupted"] is True
    assert turn["reply"].startswith("A long story.")


async def test_turns_come_page_by_page(rest: Rest) -> None:
    session_id = await rest.begin()
    for number in range(5):
        await rest.say(session_id, f"turn {number}")
    path, pages, cursor = f"/v1/sessions/{session_id}/turns?limit=2", [], ""
    while True:
        page = (await rest.http.get(path + cursor)).json()
        pages.append([turn["number"] for turn in page["turns"]])
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert pages == [[4, 5], [2, 3], [1]]


async def test_sessions_come_page_by_page_of_one_user(rest: Rest) -> None:
    made = [
        (await rest.http.post("/v1/sessions", json={}, params={"user_id": user})).json()["session_id"]
        for user in ("anna", "ben", "anna", "anna")
    ]
    first = (await rest.http.get("/v1/sessions?user_id=anna&limit=2")).json()
    rest_of = (await rest.http.get(f"/v1/sessions?user_id=anna&limit=2&cursor={first['next']}")).json()
    found = [each["session_id"] for page in (first, rest_of) for each in page["sessions"]]
    assert (found, rest_of["next"]) == ([made[3], made[2], made[0]], None)
    foreign = await rest.http.get(f"/v1/sessions?user_id=ben&cursor={made[0]}")
    assert (foreign.status_code, foreign.json()["field"]) == (422, "cursor")


async def test_the_timeline_is_of_one_user_and_of_a_time(rest: Rest) -> None:
    began = datetime.now(UTC)
    session_id = await rest.begin()
    await rest.say(session_id, "hello")
    (point,) = (await rest.http.get("/v1/affect/timeline", params={"since": began.isoformat()})).json()["points"]
    assert (point["session_id"], point["number"], point["top"]) == (session_id, 1, "sad")
    for query in (
        {"since": (began + timedelta(hours=1)).isoformat()},
        {"until": (began - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")},
        {"user_id": "nobody.else"},
    ):
        assert (await rest.http.get("/v1/affect/timeline", params=query)).json()["points"] == []
    # a plus sign that was not escaped
    plain = await rest.http.get("/v1/affect/timeline?since=2020-01-01T00:00:00+00:00")
    assert plain.status_code == 200


async def test_users_are_named_in_any_script_and_by_nothing_else(rest: Rest) -> None:
    assert (await rest.http.get("/v1/sessions", params={"user_id": "安娜"})).status_code == 200
    for wrong in ("", "a b", "x" * 65, "a\x00"):
        answer = await rest.http.get("/v1/sessions", params={"user_id": wrong})
        assert (answer.status_code, answer.json()["field"]) == (422, "user_id")


@pytest.mark.parametrize(
    "query", ["since=yesterday", "since=2026-03-01T09:00:00", "until=0", "until=2026-13-01T09:00:00Z", "limit=0"]
)
async def test_times_that_are_none(rest: Rest, query: str) -> None:
    answer = await rest.http.get(f"/v1/affect/timeline?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_field")
    assert answer.json()["field"] == query.partition("=")[0]


async def test_nobody_reaches_what_is_another_users(tmp_path: Path) -> None:
    """Whatever the route, what is somebody else's is answered as what does not exist."""
    keys = KeyFile(tmp_path / "keys.json")
    async with rest_server(data_dir=tmp_path) as rest:
        session_id = await rest.begin()
        mine, theirs = (keys.add(name, user)[1] for name, user in (("a", "local"), ("b", "ben")))
        headers = {"authorization": f"Bearer {theirs}"}
        for method, path, body in (
            ("GET", "", None),
            ("GET", "/turns", None),
            ("GET", "/greeting", None),
            ("POST", "/turns", {"text": "hi"}),
            ("POST", "/notice", {"consent": {"text": True}}),
        ):
            there = await rest.http.request(method, f"/v1/sessions/{session_id}{path}", json=body, headers=headers)
            gone = await rest.http.request(method, f"/v1/sessions/nothere{path}", json=body, headers=headers)
            assert (there.status_code, there.json()["code"]) == (404, "session_unknown")
            assert there.text.replace(session_id, "nothere") == gone.text
        live = await rest.http.post(
            f"/v1/live_vision?session_id={session_id}", files={"image": ("a.png", picture())}, headers=headers
        )
        assert live.status_code == 404
        for path in ("/v1/sessions", "/v1/affect/timeline", "/v1/export"):
            seen = await rest.http.get(path, headers=headers)
            assert (seen.status_code, session_id in seen.text) == (200, False)
            forced = await rest.http.get(f"{path}?user_id=local", headers=headers)
            assert session_id not in forced.text
            assert (await rest.http.get(path)).status_code == 401
        owner = {"authorization": f"Bearer {mine}"}
        assert (await rest.http.get(f"/v1/sessions/{session_id}", headers=owner)).status_code == 200
