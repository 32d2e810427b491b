"""Which model answers depends on what is configured, what is here and how much memory is free."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from langchain_core.messages import HumanMessage

from agent.chat_models import EmbeddedModel, EndpointModel, available_memory, choose_chat_model, wanted_model
from agent.errors import ChatModelError, ChatModelFailed
from perception import ModelError, ModelMissing
from perception.models import ModelEntry, ModelStore

pytestmark = pytest.mark.unit

GB = 10**9


def entry(name: str, languages: tuple[str, ...]) -> ModelEntry:
    content = name.encode()
    return ModelEntry.model_validate(
        {
            "name": name,
            "title": name,
            "kind": "chat",
            "licence": "MIT",
            "commercial": True,
            "languages": languages,
            "files": [{"path": "m.gguf", "sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}],
            "sources": [{"kind": "huggingface", "repo": "a/b", "revision": "0" * 40}],
        }
    )


ENTRIES = {
    "qwen3-4b": entry("qwen3-4b", ("en", "zh")),
    "qwen2.5-1.5b": entry("qwen2.5-1.5b", ("en", "zh")),
    "qwen2.5-coder-1.5b": entry("qwen2.5-coder-1.5b", ("en", "zh")),
    "smollm2-135m": entry("smollm2-135m", ("en",)),
}


def store_with(root: Path, *names: str) -> ModelStore:
    for name in names:
        (root / name).mkdir()
        (root / name / "m.gguf").write_text(name)
    return ModelStore(root, manifest=ENTRIES)


def choose(store: ModelStore, *, memory: int | None = 8 * GB, embedded: str | Path | None = None):  # type: ignore[no-untyped-def]
    return choose_chat_model(
        base_url=None, api_key=None, model=None, embedded=embedded, store=store, memory_bytes=memory
    )


def test_a_configured_endpoint_comes_first(tmp_path: Path) -> None:
    chosen = choose_chat_model(
        base_url="http://127.0.0.1:1/v1",
        api_key="key",
        model="deepseek-chat",
        embedded="smollm2-135m",
        store=store_with(tmp_path, "smollm2-135m"),
        memory_bytes=8 * GB,
    )
    assert isinstance(chosen, EndpointModel)
    assert (chosen.name, chosen.languages) == ("deepseek-chat", None)


def test_an_endpoint_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ChatModelError, match="needs the name of a model"):
        choose_chat_model(
            base_url="http://127.0.0.1:1/v1",
            api_key=None,
            model=None,
            embedded=None,
            store=store_with(tmp_path),
            memory_bytes=None,
        )


@pytest.mark.parametrize(
    ("memory", "expected"), [(None, "qwen2.5-coder-1.5b"), (3 * GB, "qwen2.5-coder-1.5b"), (2 * GB, "smollm2-135m")]
)
def test_the_larger_model_wants_memory(tmp_path: Path, memory: int | None, expected: str) -> None:
    store = store_with(tmp_path, "qwen2.5-coder-1.5b", "smollm2-135m")
    assert choose(store, memory=memory).name == expected


def test_a_better_model_that_was_downloaded_is_preferred(tmp_path: Path) -> None:
    store = store_with(tmp_path, "qwen3-4b", "qwen2.5-coder-1.5b", "smollm2-135m")
    assert choose(store).name == "qwen3-4b"


def test_the_small_model_says_that_it_speaks_english_only(tmp_path: Path) -> None:
    assert choose(store_with(tmp_path, "smollm2-135m")).languages == {"en"}


@pytest.mark.parametrize(("memory", "expected"), [(8 * GB, "qwen2.5-coder-1.5b"), (1 * GB, "smollm2-135m")])
def test_without_any_model_the_message_says_how_to_get_one(tmp_path: Path, memory: int, expected: str) -> None:
    store = store_with(tmp_path)
    assert wanted_model(store, memory) == expected
    with pytest.raises(ModelMissing) as caught:
        choose(store, memory=memory)
    assert caught.value.command == f"attune models get {expected}"


def test_a_model_can_be_named_or_be_a_file_of_ones_own(tmp_path: Path) -> None:
    store = store_with(tmp_path, "smollm2-135m", "qwen2.5-coder-1.5b")
    assert choose(store, embedded="smollm2-135m").name == "smollm2-135m"
    assert choose(store, embedded=tmp_path / "mine.gguf").name == "mine"
    with pytest.raises(ModelError, match="there are: qwen2"):
        choose(store, embedded="gpt-9")


async def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    model = EmbeddedModel(tmp_path / "mine.gguf")
    with pytest.raises(ChatModelFailed, match=r"mine\.gguf' is not there"):
        await model.warm_up()
    await model.aclose()


async def test_without_llama_cpp_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "xllamacpp", None)
    (tmp_path / "mine.gguf").write_bytes(b"GGUF")
    model = EmbeddedModel(tmp_path / "mine.gguf")
    with pytest.raises(ChatModelFailed, match=r"pip install attune-agent\[local\]"):
        [piece async for piece in model.stream([HumanMessage("hello")])]


def test_memory_is_a_number_or_unknown() -> None:
    memory = available_memory()
    assert memory is None or memory > 1 << 20
