"""The embedded model is loaded once, whoever leaves meanwhile; a load that failed may be tried again."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from langchain_core.messages import HumanMessage

from agent.chat_models import EmbeddedModel
from agent.errors import ChatModelFailed
from agent.testing import ScriptedEndpoint

pytestmark = pytest.mark.unit

HELLO = [HumanMessage("hello")]


class Loads:
    """Stands in for llama.cpp: counts the servers it started and those that are still held."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.began = 0
        self.held = 0
        self.go = threading.Event()
        self.failures: list[Exception] = []

    def load(self, _: EmbeddedModel, key: str) -> Any:
        self.began += 1
        assert self.go.wait(10)
        if self.failures:
            raise self.failures.pop(0)
        self.held += 1
        loads = self

        class Server(SimpleNamespace):
            def __del__(self) -> None:
                loads.held -= 1

        return Server(listening_address=loads.address)


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loads]:
    with ScriptedEndpoint() as endpoint:
        loading = Loads(endpoint.base_url.removesuffix("/v1"))
        monkeypatch.setattr(EmbeddedModel, "_load", lambda model, key: loading.load(model, key))
        yield loading
        loading.go.set()


@pytest.fixture
async def model(loads: Loads, tmp_path: Path) -> AsyncIterator[EmbeddedModel]:
    model = EmbeddedModel(tmp_path / "any.gguf")
    yield model
    loads.go.set()
    await model.aclose()


async def reply(model: EmbeddedModel) -> str:
    return "".join([piece async for piece in model.stream(HELLO)])


async def begun(loads: Loads) -> None:
    while not loads.began:
        await asyncio.sleep(0.01)


async def interrupted(model: EmbeddedModel, loads: Loads) -> None:
    """A turn that is interrupted while the model loads."""
    turn = asyncio.create_task(reply(model))
    await begun(loads)
    turn.cancel()
    with suppress(asyncio.CancelledError):
        await turn
    assert turn.cancelled()


async def test_a_turn_that_is_interrupted_while_it_loads_leaves_the_load_to_the_next(
    model: EmbeddedModel, loads: Loads
) -> None:
    await interrupted(model, loads)
    following = asyncio.create_task(reply(model))
    await asyncio.sleep(0.05)
    loads.go.set()
    assert await following == "That sounds hard. What happened?"
    assert (loads.began, loads.held) == (1, 1)


async def test_several_turns_wait_for_one_load(model: EmbeddedModel, loads: Loads) -> None:
    turns = [asyncio.create_task(reply(model)) for _ in range(3)]
    await begun(loads)
    loads.go.set()
    assert all(await asyncio.gather(*turns))
    assert loads.began == 1


async def test_a_failed_load_is_tried_again(model: EmbeddedModel, loads: Loads) -> None:
    loads.failures = [ChatModelFailed("out of memory")]
    loads.go.set()
    with pytest.raises(ChatModelFailed, match="out of memory"):
        await reply(model)
    assert await reply(model)
    assert (loads.began, loads.held) == (2, 1)


async def test_closing_waits_for_the_load_and_frees_it(model: EmbeddedModel, loads: Loads) -> None:
    await interrupted(model, loads)
    closing = asyncio.create_task(model.aclose())
    await asyncio.sleep(0.05)
    assert not closing.done()
    loads.go.set()
    await closing
    assert (loads.began, loads.held) == (1, 0)


async def test_closing_after_a_load_that_failed_and_one_that_never_began(model: EmbeddedModel, loads: Loads) -> None:
    await model.aclose()
    loads.failures = [ChatModelFailed("out of memory")]
    await interrupted(model, loads)
    loads.go.set()
    await model.aclose()
    assert loads.held == 0
