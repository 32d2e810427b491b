"""An endpoint may do anything: each failure becomes one error of the tree, and the next call works."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator

import pytest
from langchain_core.messages import HumanMessage, SystemMessage

from agent.chat_models import EndpointModel
from agent.errors import (
    ChatModelBusy,
    ChatModelError,
    ChatModelFailed,
    ChatModelInterrupted,
    ChatModelRefusedRequest,
    ChatModelUnreachable,
)
from agent.testing import Behaviour, ScriptedChatModel, ScriptedEndpoint

pytestmark = pytest.mark.server

REPLY = "That sounds hard. What happened?"
MESSAGES = [SystemMessage("Be kind."), HumanMessage("I lost my job.")]


@pytest.fixture
def endpoint() -> Iterator[ScriptedEndpoint]:
    with ScriptedEndpoint(reply=REPLY) as server:
        yield server


@pytest.fixture
async def model(endpoint: ScriptedEndpoint) -> AsyncIterator[EndpointModel]:
    model = EndpointModel(endpoint.base_url, "key", "scripted", timeout=5, retries=0)
    yield model
    await model.aclose()


async def reply_of(model: EndpointModel | ScriptedChatModel, **options: int) -> str:
    return "".join([piece async for piece in model.stream(MESSAGES, **options)])


async def test_the_reply_comes_in_pieces(model: EndpointModel) -> None:
    pieces = [piece async for piece in model.stream(MESSAGES)]
    assert "".join(pieces) == REPLY
    assert len(pieces) > 3


async def test_the_request_says_what_was_asked(model: EndpointModel, endpoint: ScriptedEndpoint) -> None:
    await reply_of(model, max_tokens=99)
    body = endpoint.requests[0]
    assert [message["content"] for message in body["messages"]] == ["Be kind.", "I lost my job."]
    assert (body["model"], body["stream"], body["max_tokens"]) == ("scripted", True, 99)
    assert endpoint.keys == ["Bearer key"]


@pytest.mark.parametrize(
    ("behaviour", "expected", "retryable"),
    [
        ("error", ChatModelFailed, True),
        ("busy", ChatModelBusy, True),
        ("refuse", ChatModelRefusedRequest, False),
        ("cut", ChatModelInterrupted, True),
        ("unfinished", ChatModelInterrupted, True),
        ("malformed", ChatModelFailed, True),
        ("empty", ChatModelFailed, True),
    ],
)
async def test_a_failure_is_named_and_the_next_call_works(
    model: EndpointModel,
    endpoint: ScriptedEndpoint,
    behaviour: Behaviour,
    expected: type[ChatModelError],
    retryable: bool,
) -> None:
    endpoint.then(behaviour, "normal")
    with pytest.raises(expected, match=r"http://127\.0\.0\.1") as caught:
        await reply_of(model)
    assert caught.value.retryable is retryable
    assert await reply_of(model) == REPLY


@pytest.mark.parametrize("behaviour", ["cut", "unfinished"])
async def test_half_a_reply_is_kept(model: EndpointModel, endpoint: ScriptedEndpoint, behaviour: Behaviour) -> None:
    endpoint.then(behaviour)
    streamed: list[str] = []

    async def read() -> None:
        async for piece in model.stream(MESSAGES):
            streamed.append(piece)  # noqa: PERF401  (what came before the break is the point)

    with pytest.raises(ChatModelInterrupted) as caught:
        await read()
    assert "".join(streamed) == caught.value.text
    assert REPLY.startswith(caught.value.text)
    assert caught.value.text not in {"", REPLY}


async def test_a_passing_failure_is_tried_again(endpoint: ScriptedEndpoint) -> None:
    endpoint.then("error", "normal")
    model = EndpointModel(endpoint.base_url, None, "scripted", retries=1)
    assert await reply_of(model) == REPLY
    assert len(endpoint.requests) == 2
    await model.aclose()


async def test_a_refusal_is_not_tried_again(endpoint: ScriptedEndpoint) -> None:
    endpoint.then("refuse", "normal")
    model = EndpointModel(endpoint.base_url, "key", "scripted", retries=3)
    with pytest.raises(ChatModelRefusedRequest, match="check the key"):
        await reply_of(model)
    assert len(endpoint.requests) == 1
    await model.aclose()


async def test_a_long_pause_is_reported_instead_of_waited_for() -> None:
    with ScriptedEndpoint("busy", "normal", retry_after=30) as endpoint:
        model = EndpointModel(endpoint.base_url, "key", "scripted", retries=1)
        with pytest.raises(ChatModelBusy) as caught:
            await reply_of(model)
        assert caught.value.retry_after == 30
        assert len(endpoint.requests) == 1
        await model.aclose()


async def test_a_slow_endpoint_is_given_up(endpoint: ScriptedEndpoint) -> None:
    endpoint.then("slow", "normal")
    model = EndpointModel(endpoint.base_url, "key", "scripted", timeout=0.1, retries=0)
    with pytest.raises(ChatModelUnreachable, match="in time"):
        await reply_of(model)
    await asyncio.sleep(0.5)
    assert await reply_of(model) == REPLY
    await model.aclose()


async def test_an_endpoint_that_is_down() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    model = EndpointModel(f"http://127.0.0.1:{port}/v1", "key", "scripted", retries=0)
    with pytest.raises(ChatModelUnreachable, match="is the server running"):
        await reply_of(model)
    await model.aclose()


async def test_a_reader_that_leaves_does_not_hurt_the_next(model: EndpointModel) -> None:
    async for _ in model.stream(MESSAGES):
        break
    assert await reply_of(model) == REPLY


async def test_closing_twice_does_nothing(model: EndpointModel) -> None:
    await model.warm_up()
    await model.aclose()
    await model.aclose()


async def test_the_scripted_model_follows_its_script() -> None:
    model = ScriptedChatModel(["one", ChatModelFailed("down"), "last"], chunk=2)
    assert [piece async for piece in model.stream(MESSAGES)] == ["on", "e"]
    with pytest.raises(ChatModelFailed):
        await reply_of(model)
    assert [await reply_of(model) for _ in range(2)] == ["last", "last"]
    assert model.calls[0] == tuple(MESSAGES)
