"""A session is its user's alone: somebody else's is answered like one that does not exist, by every route and frame."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from pydantic import BaseModel

from api.app import create_app
from api.identity.testing import Locked, bearer, locked_server
from api.testing import Json, WireClient
from api.wire.client import CLIENT_FRAMES

pytestmark = pytest.mark.server

SESSION_ROUTES: dict[tuple[str, str], dict[str, Any]] = {
    ("get", "/v1/sessions/{session_id}"): {},
    ("post", "/v1/sessions/{session_id}/notice"): {"json": {"consent": {"text": True}}},
    ("get", "/v1/sessions/{session_id}/greeting"): {},
    ("get", "/v1/sessions/{session_id}/turns"): {},
    ("post", "/v1/sessions/{session_id}/turns"): {"json": {"text": "what did she say?"}},
}
"""Every route that names a session, with what it takes."""
USER_ROUTES = ("/v1/sessions", "/v1/affect/timeline", "/v1/export")
"""Every route about all that is a user's."""
OTHER_ROUTES = {
    "/health",
    "/ready",
    "/metrics",
    "/v1/personas",
    "/v1/personas/{name}",
    "/v1/perceive",
    "/v1/live_vision",
    "/v1/analyze",
}
"""Routes about nobody's sessions."""


async def session_of(server: Locked, key: str, **start: Any) -> Json:
    """A session with one turn, whose client has gone away; its `session.started`."""
    async with WireClient.connect(server.host, additional_headers=bearer(key)) as client:
        started = await client.open_session(**start)
        await client.say("my secret is a cellar full of cheese")
    return started


def seen(answer: httpx.Response, session_id: str) -> tuple[Any, ...]:
    """What a client sees of an answer, but for the id it asked for itself and the time."""
    headers = {name: value for name, value in answer.headers.items() if name not in {"date", "x-request-id"}}
    headers.pop("content-length", None)
    return answer.status_code, headers, answer.text.replace(session_id, "ID")


def test_every_route_is_in_one_of_the_tables() -> None:
    from api.settings import Settings

    described = create_app(Settings(_env_file=None)).openapi()["paths"]
    assert {path for path in described if "session" in path and "{" in path} == {path for _, path in SESSION_ROUTES}
    assert set(described) == {path for _, path in SESSION_ROUTES} | set(USER_ROUTES) | OTHER_ROUTES
    named = {(method, path) for path, methods in described.items() for method in methods if "{session_id}" in path}
    assert named == set(SESSION_ROUTES)


async def test_what_is_not_there_is_looked_for_as_what_is_somebody_elses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking for sessions with a name like it takes several times as long, which a caller could measure."""
    async with locked_server() as server:
        ann, bob = server.key("ann"), server.key("bob")
        hers = (await session_of(server, ann))["session_id"]
        monkeypatch.delattr("memory.sessions.get_close_matches")
        for (method, path), request in SESSION_ROUTES.items():
            for each in (hers, "0" * len(hers)):
                url = path.replace("{session_id}", each)
                answer = await server.http.request(method, url, headers=bearer(bob), **request)
                assert (answer.status_code, answer.json()["code"]) == (404, "session_unknown")


async def test_another_users_session_over_every_route() -> None:
    async with locked_server() as server:
        ann, bob = server.key("ann"), server.key("bob")
        hers = (await session_of(server, ann))["session_id"]
        nobodys = "0" * len(hers)
        for (method, path), request in SESSION_ROUTES.items():
            answers = [
                await server.http.request(method, path.replace("{session_id}", each), headers=bearer(bob), **request)
                for each in (hers, nobodys)
            ]
            assert answers[0].status_code == 404, path
            assert answers[0].json()["code"] == "session_unknown"
            assert seen(answers[0], hers) == seen(answers[1], nobodys), path
            assert "cheese" not in answers[0].text
        mine = await server.http.get(f"/v1/sessions/{hers}/turns", headers=bearer(ann))
        assert [turn["user_text"] for turn in mine.json()["turns"]] == ["my secret is a cellar full of cheese"]


async def test_what_is_a_users_holds_nothing_of_anybody_else() -> None:
    async with locked_server() as server:
        ann, bob = server.key("ann"), server.key("bob")
        hers = (await session_of(server, ann))["session_id"]
        for path in USER_ROUTES:
            answer = await server.http.get(path, headers=bearer(bob))
            assert answer.status_code == 200, answer.text
            assert hers not in answer.text
            assert "cheese" not in answer.text
            for name in ("ann", "first"):
                refused = await server.http.get(path, params={"user_id": name}, headers=bearer(bob))
                assert (refused.status_code, refused.json()["code"]) == (403, "user_refused"), path
        assert hers in (await server.http.get("/v1/export", headers=bearer(ann))).text


async def test_another_users_token_resumes_nothing() -> None:
    async with locked_server() as server:
        ann, bob = server.key("ann"), server.key("bob")
        token = (await session_of(server, ann))["token"]
        answers = []
        for each in (token, "no-such-token"):
            async with WireClient.connect(server.host, additional_headers=bearer(bob)) as client:
                answers.append(await client.ask("session.resume", token=each, last_seq=0))
        assert answers[0]["code"] == "session_unknown"
        assert answers[0] == answers[1]
        async with WireClient.connect(server.host, additional_headers=bearer(ann)) as client:
            await client.send("session.resume", token=token, last_seq=0)
            while not (await client.until("session.started"))[-1]["resumed"]:
                pass  # the session.started of before comes again first


async def test_another_users_token_resumes_nothing_from_the_database_either() -> None:
    """The server has been restarted since, so the session is in no memory."""
    async with locked_server() as server:
        ann, bob = server.key("ann"), server.key("bob")
        token = (await session_of(server, ann))["token"]
    async with (
        locked_server(lock=False) as again,
        WireClient.connect(again.host, additional_headers=bearer(bob)) as client,
    ):
        stolen = await client.ask("session.resume", token=token, last_seq=0)
        unknown = await client.ask("session.resume", token="no-such-token", last_seq=0)
        assert stolen["code"] == "session_unknown"
        assert {**stolen, "seq": 0} == {**unknown, "seq": 0}


async def test_a_token_opens_nothing_once_its_session_has_ended() -> None:
    async with locked_server(session_limit=1.0, resume_hours=24.0) as server:
        ann = server.key("ann")
        async with WireClient.connect(server.host, additional_headers=bearer(ann)) as client:
            token = (await client.open_session())["token"]
            await client.until("session.closing")
        async with WireClient.connect(server.host, additional_headers=bearer(ann)) as client:
            answer = await client.ask("session.resume", token=token, last_seq=0)
            assert answer["code"] == "session_unknown"


async def test_frames_that_name_nothing_of_their_own_act_on_the_session_of_their_socket_only() -> None:
    """No frame but `session.resume` and `session.start` names a session or a user; a new one has to be looked at."""
    naming = {
        (model.model_fields["type"].default, name)
        for model in _frame_models()
        for name in model.model_fields
        if any(part in name for part in ("session", "token", "user_id", "offer", "turn"))
    }
    assert naming <= {
        ("session.start", "user_id"),
        ("session.resume", "token"),
        ("session.resume", "last_turn"),
        ("handoff.answer", "offer"),
        ("user.correction", "turn"),
    }, "does the frame reach what is somebody else's?"
    async with locked_server() as server:
        ann, bob = server.key("ann"), server.key("bob")
        await session_of(server, ann)
        async with WireClient.connect(server.host, additional_headers=bearer(bob)) as client:
            for frame in ({"type": "reply.interrupt"}, {"type": "turn.retry"}, {"type": "user.message", "text": "x"}):
                await client.connection.send(json.dumps(frame))
                assert (await client.receive())["code"] == "session_required"


@pytest.mark.parametrize(("named", "taken"), [(None, True), ("local", True), ("bob", True), ("ann", False)])
async def test_whose_a_new_session_is(named: str | None, taken: bool) -> None:
    async with locked_server() as server:
        bob = server.key("bob")
        start = {} if named is None else {"user_id": named}
        async with WireClient.connect(server.host, additional_headers=bearer(bob)) as client:
            if not taken:
                answer = await client.ask("session.start", **start)
                assert (answer["code"], answer["field"]) == ("user_refused", "user_id")
                return
            await client.open_session(**start)
        sessions = (await server.http.get("/v1/sessions", headers=bearer(bob))).json()["sessions"]
        assert [session["user_id"] for session in sessions] == ["bob"]


async def test_without_keys_whoever_is_on_this_machine_names_the_user() -> None:
    async with locked_server(lock=False) as server, WireClient.connect(server.host) as client:
        await client.open_session(user_id="ann")
        sessions = (await server.http.get("/v1/sessions", params={"user_id": "ann"})).json()["sessions"]
        assert [session["user_id"] for session in sessions] == ["ann"]


def _frame_models() -> list[type[BaseModel]]:
    from typing import get_args

    union, *_ = get_args(CLIENT_FRAMES._type)
    return [*get_args(union)]
