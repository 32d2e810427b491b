"""A GGUF file answered by llama.cpp in this process, so that the first conversation needs no server and no network."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from langchain_core.messages import BaseMessage

from agent.chat_models.endpoint import EndpointModel
from agent.errors import ChatModelFailed, ChatModelUnreachable
from perception.processor import processors

LOAD_S = 120.0
POLL_S = 0.05
MAX_THREADS = 8
CACHE_MIB = 512


@dataclass(frozen=True, kw_only=True, slots=True)
class _Loaded:
    server: list[Any]
    """The only reference to the server of llama.cpp; it stops when that is dropped."""
    endpoint: EndpointModel
    """Talks to it."""


class EmbeddedModel:
    """llama.cpp's own server on a random loopback port, behind a key that only this process knows.

    Its OpenMP threads spin while they wait: on a busy machine set `OMP_WAIT_POLICY=PASSIVE` and `GOMP_SPINCOUNT=0`
    before the process loads it.
    """

    def __init__(
        self,
        gguf: Path,
        *,
        name: str | None = None,
        languages: frozenset[str] | None = None,
        n_ctx: int = 4096,
        temperature: float = 0.7,
    ) -> None:
        """Remember the file; nothing is loaded yet.

        Args:
            gguf: the model file.
            name: as it stands in traces; the file's stem when None.
            languages: ISO 639-1 codes the model can speak; None when it is not limited.
            n_ctx: tokens of prompt and reply together; a longer prompt is refused.
            temperature: of sampling.
        """
        self._gguf = gguf
        self._name = name or gguf.stem
        self._languages = languages
        self._n_ctx = n_ctx
        self._temperature = temperature
        self._loading: asyncio.Task[_Loaded] | None = None

    @property
    def name(self) -> str:
        return self._name

    @property
    def languages(self) -> frozenset[str] | None:
        return self._languages

    async def stream(self, messages: Sequence[BaseMessage], *, max_tokens: int = 256) -> AsyncIterator[str]:
        endpoint = (await self._ready()).endpoint
        async for piece in endpoint.stream(messages, max_tokens=max_tokens):
            yield piece

    async def warm_up(self, messages: Sequence[BaseMessage] = ()) -> None:
        endpoint = (await self._ready()).endpoint
        await endpoint.warm_up()
        if messages:
            # one token is enough: the server keeps what it has read, and the first turn goes on from there
            async for _ in endpoint.stream(messages, max_tokens=1):
                pass

    async def aclose(self) -> None:
        loading, self._loading = self._loading, None
        if loading is None:
            return
        # a load cannot be stopped: it is waited for, then freed
        await asyncio.wait([loading])
        if _failed(loading):
            return
        loaded = loading.result()
        await loaded.endpoint.aclose()
        # the destructor stops the server and joins its threads
        await asyncio.to_thread(loaded.server.clear)

    async def _ready(self) -> _Loaded:
        """The model in memory; loaded once, also when whoever asked for it first is gone before it is there."""
        if self._loading is None or (self._loading.done() and _failed(self._loading)):
            self._loading = asyncio.create_task(self._start())
        return await asyncio.shield(self._loading)

    async def _start(self) -> _Loaded:
        key = secrets.token_urlsafe(24)
        server = await asyncio.to_thread(self._load, key)
        endpoint = EndpointModel(
            f"{server.listening_address}/v1",
            key,
            self._name,
            temperature=self._temperature,
            timeout=LOAD_S,
            # the server is in this very process: no proxy stands between
            trust_env=False,
        )
        return _Loaded(server=[server], endpoint=endpoint)

    def _load(self, key: str) -> Any:
        """Start the server and wait until the model is in memory."""
        if not self._gguf.is_file():
            raise ChatModelFailed(f"the chat model file {str(self._gguf)!r} is not there")
        try:
            import xllamacpp
        except ImportError as error:
            raise ChatModelFailed(
                "the embedded chat model needs llama.cpp; add it with: pip install attune-agent[local]"
            ) from error
        try:
            server = xllamacpp.Server(self._params(xllamacpp.CommonParams(), key))
        except RuntimeError as error:
            raise ChatModelFailed(f"llama.cpp cannot load {str(self._gguf)!r}: {error}") from error
        try:
            _wait_until_healthy(server.listening_address)
        except ChatModelUnreachable:
            del server  # the traceback would keep it in memory beside the one of the next try
            raise
        return server

    def _params(self, params: Any, key: str) -> Any:
        threads = min(MAX_THREADS, processors())
        params.model.path = str(self._gguf)
        params.model_alias = {self._name}
        params.n_ctx = self._n_ctx
        params.n_parallel = 1
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
        params.cache_ram_mib = CACHE_MIB
        params.hostnames = ["127.0.0.1"]
        params.port = 0
        params.api_keys = [key]
        params.ui = False
        params.verbosity = 0
        return params


def _failed(loading: asyncio.Task[_Loaded]) -> bool:
    return loading.cancelled() or loading.exception() is not None


def _wait_until_healthy(address: str) -> None:
    import httpx

    deadline = time.monotonic() + LOAD_S
    with httpx.Client(trust_env=False, timeout=POLL_S * 20) as client:
        while time.monotonic() < deadline:
            try:
                if client.get(f"{address}/health").is_success:
                    return
            except httpx.TransportError:
                pass  # not listening yet
            time.sleep(POLL_S)
    raise ChatModelUnreachable(f"the embedded chat model was not loaded within {LOAD_S:.0f} s")
