"""What all HTTP routes have in common, readiness, personas, and the routes that look at one thing."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from agent.chat_models.endpoint import EndpointModel
from agent.errors import ChatModelUnreachable
from agent.senses import Senses
from agent.testing import ScriptedChatModel, ScriptedEndpoint
from api.readiness import check_database
from api.rest.analyze import ROWS
from api.rest.cameras import Cameras
from api.rest.testing import SAD, Rest, picture, rest_server, scripted_senses
from api.telemetry import Metrics
from perception import Modality, Observation, Status
from perception.testing import ScriptedPerceiver

pytestmark = [pytest.mark.server, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rest(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rest]:
    async with rest_server(data_dir=tmp_path_factory.mktemp("rest")) as ready:
        yield ready


# what is common


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/v1/sessions", "GET, POST"),
        ("PUT", "/v1/sessions/x/turns", "GET, POST"),
        ("POST", "/v1/sessions/x/greeting", "GET"),
        ("GET", "/v1/perceive", "POST"),
        ("POST", "/health", "GET"),
    ],
)
async def test_a_method_that_is_not_there_names_those_that_are(
    rest: Rest, method: str, path: str, allowed: str
) -> None:
    answer = await rest.http.request(method, path)
    assert (answer.status_code, answer.headers["allow"], answer.json()["code"]) == (405, allowed, "http_405")


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        (None, 200),
        ("*/*", 200),
        ("application/*", 200),
        ("text/html, application/json;q=0.5", 200),
        ("APPLICATION/JSON", 200),
        ("application/json;q=much", 200),
        ("text/html", 406),
        ("application/json;q=0", 406),
        ("*/*;q=0", 406),
        ("application/json;q=0, */*", 406),
    ],
)
async def test_who_takes_no_json_gets_none(rest: Rest, accept: str | None, status: int) -> None:
    answer = await rest.http.get("/v1/sessions", headers={"accept": accept} if accept else {})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"


async def test_a_body_of_another_type_is_told_which_is_taken(rest: Rest) -> None:
    answer = await rest.http.post("/v1/sessions", content=b"persona=chat")
    assert (answer.status_code, answer.headers["accept-post"]) == (415, "application/json")
    turn = await rest.http.post(f"/v1/sessions/{await rest.begin()}/turns", content=b"hi")
    assert turn.headers["accept-post"] == "application/json, multipart/form-data"


async def test_a_small_body_is_held_to_its_limit_while_it_is_read(rest: Rest) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * 10_000

    json = {"content-type": "application/json"}
    for content in (b" " * 100_000, endless()):
        answer = await rest.http.post("/v1/sessions", content=content, headers=json)
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def test_no_cache_keeps_what_is_a_persons(rest: Rest) -> None:
    session_id = await rest.begin()
    paths = ["", "/turns", "/greeting", "/nowhere"]
    for path in [f"/v1/sessions/{session_id}{path}" for path in paths] + ["/v1/export", "/v1/affect/timeline"]:
        assert (await rest.http.get(path)).headers["cache-control"] == "no-store", path


async def test_personas_may_be_kept_as_long_as_they_are_the_same(rest: Rest) -> None:
    first = await rest.http.get("/v1/personas")
    assert first.json()["personas"][0]["name"] == "chat"
    tag = first.headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = await rest.http.get("/v1/personas", headers={"if-none-match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert (await rest.http.get("/v1/personas", headers={"if-none-match": '"other"'})).status_code == 200
    one = await rest.http.get("/v1/personas/counseling")
    assert one.json()["trust"].keys() == {"vision", "audio", "text"}
    assert "prompt" not in one.json()
    assert (await rest.http.get("/v1/personas/nobody")).status_code == 404


async def test_an_error_nobody_foresaw_tells_the_client_nothing(
    rest: Rest, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("/secret/path")

    monkeypatch.setattr(rest.app.state.serving.agent.memory, "timeline", broken, raising=False)
    answer = await rest.http.get("/v1/affect/timeline")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "secret" not in answer.text
    assert "ZeroDivisionError" in caplog.text


# readiness


async def test_a_server_is_ready_when_all_of_it_can_work(rest: Rest) -> None:
    answer = await rest.http.get("/ready")
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    assert set(answer.json()["checks"]) == {"chat_model", "database", "vision", "audio", "text"}


class _Cold(ScriptedChatModel):
    """Cannot be loaded, or not yet."""

    def __init__(self, error: Exception | None) -> None:
        super().__init__(["Hello."])
        self._error = error

    async def warm_up(self, messages: object = ()) -> None:
        if self._error is None:
            await asyncio.Event().wait()
        else:
            raise self._error


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (None, "is being loaded"),
        (ChatModelUnreachable("at /secret"), "cannot be loaded; the log of the server says why"),
    ],
)
async def test_a_chat_model_that_is_not_there_is_a_reason(error: Exception | None, why: str) -> None:
    async with rest_server(chat=_Cold(error)) as rest:
        answer = await rest.http.get("/ready")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.json()["checks"]["chat_model"] == why
    assert answer.json()["message"] == f"chat_model: {why}"
    assert (answer.json()["code"], answer.json()["retryable"]) == ("not_ready", True)


async def _warm(rest: Rest) -> httpx.Response:
    """What a server says of itself once its chat model has been loaded."""
    await asyncio.gather(rest.app.state.serving.readiness.warming)
    return await rest.http.get("/ready")


async def test_an_endpoint_that_is_down_is_a_reason() -> None:
    with ScriptedEndpoint() as endpoint:
        chat = EndpointModel(endpoint.base_url, None, "any", trust_env=False)
        async with rest_server(chat=chat) as rest:
            assert (await _warm(rest)).status_code == 200
    chat = EndpointModel(endpoint.base_url, None, "any", trust_env=False)
    async with rest_server(chat=chat) as rest:
        answer = await _warm(rest)
    assert answer.json()["checks"]["chat_model"] == "cannot be reached"
    assert endpoint.base_url not in answer.text


async def test_weights_that_are_missing_are_a_reason(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from perception.text import EmbeddedText

    async with rest_server(senses=Senses(text=EmbeddedText())) as rest:
        await asyncio.wait([rest.app.state.serving.readiness.warming])
        monkeypatch.setattr("perception.models.shipped.WEIGHTS", tmp_path)
        answer = await rest.http.get("/ready")
    assert answer.json()["checks"] == {"chat_model": "ok", "database": "ok", "text": "model_missing"}


async def test_a_database_that_cannot_be_written_is_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a b?.sqlite3"
    assert check_database(path).startswith("cannot be written")
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE one (x)")
        assert check_database(path) == "ok"
        monkeypatch.setattr("api.readiness.LOCKED_S", 0.05)
        database.execute("BEGIN IMMEDIATE")
        assert "locked" in check_database(path)
    monkeypatch.setattr("api.readiness.ROOM_BYTES", 1 << 62)
    assert "left" in check_database(path)


# live vision


async def test_pictures_of_a_camera_become_one_steady_emotion(rest: Rest) -> None:
    for _ in range(8):
        answer = await rest.http.post(
            "/v1/live_vision?client=desk", content=picture(), headers={"content-type": "image/png"}
        )
        assert answer.status_code == 200, answer.text
        await asyncio.sleep(0.06)
    body = answer.json()
    assert (body["observation"]["status"], body["dropped"], body["steady"]) == ("ok", False, "sad")
    other = (await rest.http.post("/v1/live_vision", files={"image": ("a.png", picture())})).json()
    assert other["steady"] is None


async def test_a_live_picture_needs_the_consent_of_its_session(rest: Rest) -> None:
    for vision, status in ((True, 200), (False, 409)):
        session_id = await rest.begin(vision=vision)
        files = {"image": ("a.png", picture())}
        assert (await rest.http.post(f"/v1/live_vision?session_id={session_id}", files=files)).status_code == status
    assert (await rest.http.post("/v1/live_vision?session_id=nobody", files=files)).status_code == 404


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ({"content": b"no", "headers": {"content-type": "image/jpeg"}}, 422, "media_unreadable"),
        ({"content": b"", "headers": {"content-type": "image/jpeg"}}, 400, "bad_request"),
        ({"content": b"no", "headers": {"content-type": "image/gif"}}, 415, "unsupported_media_type"),
        ({"files": {"image": (None, "words")}}, 400, "bad_request"),
        ({"files": {"image": ("a.png", bytes(1_010_000))}}, 413, "media_too_large"),
        ({"files": {"image": ("a.png", bytes(2_000_000))}}, 413, "body_too_large"),
    ],
)
async def test_live_pictures_that_are_none(rest: Rest, sent: dict[str, Any], status: int, code: str) -> None:
    answer = await rest.http.post("/v1/live_vision", **sent)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_the_gate_is_closed_to_live_faces_at_work() -> None:
    async with rest_server(deployment_context="workplace") as rest:
        answer = await rest.http.post("/v1/live_vision", files={"image": ("a.png", picture())})
    assert (answer.status_code, answer.json()["code"]) == (403, "gate_closed")


class _Stuck(ScriptedPerceiver):
    """Sees nothing until it is let go."""

    def __init__(self) -> None:
        super().__init__(Modality.VISION, SAD)
        self.let_go, self.began = threading.Event(), threading.Event()

    def perceive(self, evidence: Any) -> Observation:
        self.began.set()
        self.let_go.wait(20)
        return super().perceive(evidence)


async def test_a_picture_that_comes_too_early_is_dropped_and_never_queued() -> None:
    stuck, metrics = _Stuck(), Metrics()
    cameras = Cameras(Senses(vision=stuck), metrics)
    reading = asyncio.create_task(cameras.look("desk", picture()))
    await asyncio.to_thread(stuck.began.wait, 20)
    early = await cameras.look("desk", picture())
    assert (early["dropped"], early["observation"]) == (True, None)
    other = asyncio.create_task(cameras.look("door", picture()))
    await asyncio.sleep(0)
    # both threads are taken: whoever comes third waits for nobody
    assert (await cameras.look("hall", picture()))["dropped"] is True
    stuck.let_go.set()
    assert {(await each)["observation"]["status"] for each in (reading, other)} == {"ok"}
    assert (await cameras.look("desk", picture()))["dropped"] is False
    assert b'attune_live_frames_total{kind="dropped"} 2.0' in metrics.text()
    assert b'attune_live_frames_total{kind="observed"} 3.0' in metrics.text()
    cameras.close()


async def test_a_sense_that_hangs_costs_its_camera_and_not_the_server() -> None:
    stuck = _Stuck()
    cameras = Cameras(Senses(vision=stuck, timeout=0.1), Metrics())
    late = await cameras.look("desk", picture())
    assert late["observation"]["status"] == Status.TIMEOUT
    assert (await cameras.look("desk", picture()))["dropped"] is True
    stuck.let_go.set()
    cameras.close()


async def test_cameras_are_forgotten_and_a_sense_that_is_off_says_so() -> None:
    cameras = Cameras(Senses(vision=ScriptedPerceiver(Modality.VISION, SAD)), Metrics(), most=2)
    for name in ("a", "b", "c"):
        await cameras.look(name, picture())
    assert len(cameras._known) == 2
    cameras.close()
    off = Cameras(Senses(), Metrics())
    assert (await off.look("a", picture()))["observation"]["status"] == "disabled"


# small tables


async def test_texts_get_sentiment_and_seven_emotions(rest: Rest) -> None:
    body = (
        await rest.http.post("/v1/analyze", json={"texts": ["I lost my job", "", "bad\u0000"], "lang": "en"})
    ).json()
    first, empty, broken = body["rows"]
    assert (first["row"], first["status"], first["sentiment"], first["emotion"]) == (1, "ok", "negative", "sad")
    assert (first["emotions"]["sad"], sum(first["emotions"].values())) == (0.8, 1.0)
    assert (empty["status"], empty["sentiment"], empty["faults"]) == ("empty", None, ["empty_text"])
    assert (broken["status"], broken["faults"]) == ("broken", ["nul_byte"])
    assert (body["summary"]["rows"], body["summary"]["answered"], body["summary"]["emotions"]["sad"]) == (3, 1, 1)


@pytest.mark.parametrize(
    ("table", "fields"),
    [
        ('id,text\n1,hello\n2,"a, b\nand c"\n', {}),
        ("id;say\r\n1;hello\r\n2;there\r\n", {"column": "say"}),
        ("\ufefftext\thow\nhello\tx\nthere\ty\n", {"lang": "en"}),
        ("text\n\nhello\n\n你好\n", {}),
    ],
)
async def test_a_table_is_read_as_spreadsheets_write_it(rest: Rest, table: str, fields: dict[str, str]) -> None:
    answer = await rest.http.post("/v1/analyze", files={"file": ("t.csv", table.encode())}, data=fields)
    assert [row["status"] for row in answer.json()["rows"]] == ["ok", "ok"]


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ({"json": {"texts": []}}, 422, "bad_field"),
        ({"json": {"texts": ["x"] * (ROWS + 1)}}, 422, "bad_field"),
        ({"json": {"texts": ["x" * 10_001]}}, 422, "bad_field"),
        ({"json": {"texts": ["x"], "lang": "fr"}}, 422, "bad_field"),
        ({"content": b"text\nhi\n", "headers": {"content-type": "text/csv"}}, 415, "unsupported_media_type"),
        ({"files": {"file": ("t.csv", b"id\n1\n")}}, 422, "table_unusable"),
        ({"files": {"file": ("t.csv", b"")}}, 422, "table_unusable"),
        ({"files": {"file": ("t.csv", b"text\n\xff\xfe\n")}}, 422, "table_unusable"),
        ({"files": {"file": ("t.csv", b"text\n" + b"hi\n" * (ROWS + 1))}}, 422, "table_unusable"),
        ({"files": {"file": ("t.csv", b"text\n" + b"x" * 10_001)}}, 422, "table_unusable"),
        ({"files": {"file": (None, "text\nhi\n")}}, 400, "bad_request"),
        ({"files": {"file": ("t.csv", b"text\nhi\n"), "lang": (None, "fr")}}, 400, "bad_request"),
        ({"files": {"file": ("t.csv", bytes(1_100_000))}}, 413, "body_too_large"),
    ],
)
async def test_tables_that_are_for_the_command(rest: Rest, sent: dict[str, Any], status: int, code: str) -> None:
    answer = await rest.http.post("/v1/analyze", **sent)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_a_sense_that_is_off_analyses_nothing() -> None:
    async with rest_server(senses=Senses()) as rest:
        answer = await rest.http.post("/v1/analyze", json={"texts": ["hi"]})
    assert (answer.status_code, answer.json()["code"], answer.json()["retryable"]) == (503, "sense_off", False)


# probes and keys


@pytest.mark.parametrize(("opened", "status"), [(False, 401), (True, 200)])
async def test_probes_need_a_key_unless_they_are_opened(opened: bool, status: int, tmp_path: Path) -> None:
    from api.identity.keyfile import KeyFile

    KeyFile(tmp_path / "keys.json").add("a", "anna")
    async with rest_server(data_dir=tmp_path, open_metrics=opened, senses=scripted_senses()) as rest:
        assert (await rest.http.get("/health")).status_code == 200
        for path in ("/metrics", "/ready"):
            assert (await rest.http.get(path)).status_code == status
        assert (await rest.http.get("/v1/sessions")).status_code == 401
