"""Which chat model answers: what is configured, else the best that is here and fits into memory."""

from __future__ import annotations

from pathlib import Path

from agent.chat_models.embedded import EmbeddedModel
from agent.chat_models.endpoint import EndpointModel
from agent.chat_models.protocol import ChatModel
from agent.errors import ChatModelError
from perception.models.store import ModelStore

GB = 10**9
PREFERRED = (("qwen3-4b", 5 * GB), ("qwen2.5-1.5b", 3 * GB), ("qwen2.5-coder-1.5b", 3 * GB), ("smollm2-135m", 0))
"""Downloaded models, best first, with the bytes of free memory each wants."""
DEFAULT = "qwen2.5-coder-1.5b"
"""What a person without any model is told to get."""


def choose_chat_model(
    *,
    base_url: str | None,
    api_key: str | None,
    model: str | None,
    embedded: str | Path | None,
    store: ModelStore,
    memory_bytes: int | None,
    timeout: float = 60.0,
) -> ChatModel:
    """The endpoint when one is configured, else an embedded model.

    Args:
        base_url: of an OpenAI-compatible endpoint; None for an embedded model.
        api_key: of the endpoint, if it wants one.
        model: the endpoint's name of the model; required with `base_url`.
        embedded: path of a GGUF file, or name of a chat model of the manifest; None picks one.
        store: where downloaded models are.
        memory_bytes: free memory; None when it is not known, and then not a limit.
        timeout: seconds an endpoint may be silent.

    Raises:
        ModelMissing: there is no embedded model on this machine; the message says how to get one.
        ModelRefused: the model is damaged or the weights policy forbids it.
        ChatModelError: `base_url` without `model`.
    """
    if base_url:
        if not model:
            raise ChatModelError(f"the endpoint {base_url!r} needs the name of a model; set it beside the address")
        return EndpointModel(base_url, api_key, model, timeout=timeout)
    if embedded is not None:
        return _named(embedded, store)
    return _stored(wanted_model(store, memory_bytes), store)


def wanted_model(store: ModelStore, memory_bytes: int | None) -> str:
    """Name of the embedded model that suits this machine: the best that is here, else the one to get."""
    fitting = [name for name, needed in PREFERRED if memory_bytes is None or memory_bytes >= needed]
    here = (name for name in fitting if store.has(name))
    return next(here, DEFAULT if DEFAULT in fitting else fitting[-1])


def available_memory() -> int | None:
    """Bytes of memory that can be had without swapping; None where the system does not tell (outside Linux)."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    free = next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), None)
    limits = [limit for limit in (free, _left_of_container()) if limit is not None]
    return min(limits, default=None)


def _left_of_container() -> int | None:
    """What the control group still allows; the system's number knows nothing of a container's limit."""
    group = Path("/sys/fs/cgroup")
    try:
        limit, used = (int((group / name).read_text(encoding="ascii")) for name in ("memory.max", "memory.current"))
    except (OSError, ValueError):  # no control group, or its limit is "max"
        return None
    return max(0, limit - used)


def _named(embedded: str | Path, store: ModelStore) -> ChatModel:
    path = Path(embedded).expanduser()
    if path.suffix != ".gguf" and isinstance(embedded, str):
        return _stored(embedded, store)
    return EmbeddedModel(path)


def _stored(name: str, store: ModelStore) -> ChatModel:
    languages = store.entry(name).languages
    return EmbeddedModel(store.path(name), name=name, languages=frozenset(languages) or None)
