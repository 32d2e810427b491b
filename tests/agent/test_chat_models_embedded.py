"""The embedded model really answers. Needs a downloaded model: `attune models get smollm2-135m`."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest
from langchain_core.messages import HumanMessage, SystemMessage

from agent.chat_models import EmbeddedModel
from agent.errors import ChatModelFailed, ChatModelRefusedRequest
from perception import ModelMissing
from perception.models import ModelStore

pytestmark = pytest.mark.model

MESSAGES = [SystemMessage("You are a kind listener."), HumanMessage("Hello, how are you?")]


@pytest.fixture
async def model() -> AsyncIterator[EmbeddedModel]:
    try:
        path = ModelStore().path("smollm2-135m")
    except ModelMissing as missing:
        pytest.skip(str(missing))
    pytest.importorskip("xllamacpp", reason="needs the extra `local`")
    model = EmbeddedModel(path, name="smollm2-135m", languages=frozenset({"en"}))
    yield model
    await model.aclose()


async def test_it_answers_and_stays_usable(model: EmbeddedModel, capfd: pytest.CaptureFixture[str]) -> None:
    await model.warm_up(MESSAGES[:1])
    pieces = [piece async for piece in model.stream(MESSAGES, max_tokens=24)]
    assert len(pieces) > 3
    assert "".join(pieces).strip()

    with pytest.raises(ChatModelRefusedRequest, match="context size"):
        [piece async for piece in model.stream([HumanMessage("word " * 6000)])]

    # someone who leaves in mid-reply frees the model for the next
    async for _ in model.stream(MESSAGES, max_tokens=2000):
        break
    began = time.monotonic()
    assert [piece async for piece in model.stream(MESSAGES, max_tokens=4)]
    assert time.monotonic() - began < 20
    assert capfd.readouterr() == ("", ""), "llama.cpp is to be quiet"


async def test_a_file_that_is_no_model_is_refused(
    model: EmbeddedModel, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("broken") / "broken.gguf"
    path.write_bytes(b"GGUF" + bytes(100))
    broken = EmbeddedModel(path)
    with pytest.raises(ChatModelFailed, match=r"broken\.gguf"):
        await broken.warm_up()
    await broken.aclose()
