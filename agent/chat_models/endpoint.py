"""Any OpenAI-compatible endpoint: DeepSeek, vLLM, Ollama, OpenAI and many others."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, InvalidToolCall, ToolCall

from agent.chat_models.failures import translate
from agent.errors import (
    ChatModelBusy,
    ChatModelError,
    ChatModelFailed,
    ChatModelInterrupted,
    ChatModelUnreachable,
)

if TYPE_CHECKING:
    from langchain_openai import ChatOpenAI

CONNECT_S = 5.0
PAUSE_S = 0.5
PATIENCE_S = 5.0
"""A person waits for the reply: an endpoint that asks for a longer pause than this is reported instead."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Client:
    chat: ChatOpenAI
    http: Any


class EndpointModel:
    """A model behind HTTP, through LangChain's `ChatOpenAI`."""

    def __init__(
        self,
        base_url: str,
        api_key: str | None,
        model: str,
        *,
        timeout: float = 60.0,
        retries: int = 1,
        temperature: float | None = None,
        languages: frozenset[str] | None = None,
        trust_env: bool = True,
    ) -> None:
        """Remember the address; nothing is imported or connected yet.

        Args:
            base_url: up to and including the version, such as `https://api.deepseek.com/v1`.
            api_key: None for endpoints that want none.
            model: the endpoint's name of the model.
            timeout: seconds to wait for the answer, and again for each piece of it.
            retries: further attempts when nothing has come yet and the failure may pass.
            temperature: None leaves it to the endpoint.
            languages: ISO 639-1 codes the model can speak; None when it is not limited.
            trust_env: whether a proxy from the environment applies.
        """
        self._base_url = base_url
        self._api_key = api_key
        self._model = model
        self._timeout = timeout
        self._retries = retries
        self._temperature = temperature
        self._languages = languages
        self._trust_env = trust_env
        self._client: _Client | None = None
        self._building = asyncio.Lock()

    @property
    def name(self) -> str:
        return self._model

    @property
    def languages(self) -> frozenset[str] | None:
        return self._languages

    async def stream(self, messages: Sequence[BaseMessage], *, max_tokens: int = 256) -> AsyncIterator[str]:
        async for piece in self._persist(messages, self._limit(max_tokens)):
            if isinstance(piece, str):
                yield piece

    async def converse(
        self,
        messages: Sequence[BaseMessage],
        tools: Sequence[Mapping[str, Any]],
        *,
        max_tokens: int = 256,
        call: bool = True,
    ) -> AsyncIterator[str | AIMessage]:
        options = {**self._limit(max_tokens), "tools": list(tools), "tool_choice": "auto" if call else "none"}
        async for piece in self._persist(messages, options):
            yield piece

    async def _persist(
        self, messages: Sequence[BaseMessage], options: Mapping[str, Any]
    ) -> AsyncIterator[str | AIMessage]:
        """Try again where nothing has come yet and the failure may pass."""
        client = await self._ready()
        for attempt in range(self._retries + 1):
            try:
                async for piece in self._attempt(client, messages, options):
                    yield piece
            except ChatModelError as error:
                pause = _pause(error)
                if pause is None or attempt == self._retries:
                    raise
                await asyncio.sleep(pause)
            else:
                return

    async def warm_up(self, messages: Sequence[BaseMessage] = ()) -> None:  # noqa: ARG002  (requests cost money)
        await self._ready()

    async def check(self) -> None:
        """Ask the endpoint whether it is there, with a request that costs nothing.

        Raises:
            ChatModelUnreachable: it does not answer. Any answer will do: not every server lists its models.
        """
        client = await self._ready()
        headers = {"authorization": f"Bearer {self._api_key}"} if self._api_key else {}
        try:
            await client.http.get(f"{self._base_url.rstrip('/')}/models", headers=headers, timeout=CONNECT_S)
        except Exception as error:  # the client lets errors of several HTTP libraries through
            raise ChatModelUnreachable(f"{self._base_url} does not answer ({type(error).__name__})") from error

    async def aclose(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.http.aclose()

    async def _attempt(
        self, client: _Client, messages: Sequence[BaseMessage], options: Mapping[str, Any]
    ) -> AsyncIterator[str | AIMessage]:
        so_far: list[str] = []
        calling: AIMessageChunk | None = None
        finished = False
        try:
            async for chunk in client.chat.astream(list(messages), **options):
                finished = finished or bool(chunk.response_metadata.get("finish_reason"))
                if chunk.tool_call_chunks:
                    calling = chunk if calling is None else calling + chunk
                if piece := str(chunk.text):
                    so_far.append(piece)
                    yield piece
        except Exception as error:  # the client lets errors of several HTTP libraries and parsers through
            raise translate(error, where=self._base_url, model=self._model, text="".join(so_far)) from error
        if not finished and so_far:
            raise ChatModelInterrupted(f"{self._base_url} ended the stream in mid-reply", text="".join(so_far))
        if not finished:
            raise ChatModelFailed(f"{self._base_url} ended the stream before the reply began")
        if calling is not None:
            yield _asked("".join(so_far), calling)

    def _limit(self, max_tokens: int) -> dict[str, Any]:
        # OpenAI's newer models refuse `max_tokens`; most other servers know no other name
        if urlsplit(self._base_url).hostname == "api.openai.com":
            return {"max_tokens": max_tokens}
        return {"extra_body": {"max_tokens": max_tokens}}

    async def _ready(self) -> _Client:
        async with self._building:
            if self._client is None:
                # the import takes more than a second, which the event loop has to spend otherwise
                self._client = await asyncio.to_thread(self._build)
            return self._client

    def _build(self) -> _Client:
        import openai
        from langchain_openai import ChatOpenAI

        # our own, since LangChain shares its clients between event loops
        http = openai.DefaultAsyncHttpxClient(
            timeout=openai.Timeout(self._timeout, connect=CONNECT_S), trust_env=self._trust_env
        )
        chat = ChatOpenAI(
            model=self._model,
            base_url=self._base_url,
            api_key=lambda: self._api_key or "none",
            temperature=self._temperature,
            timeout=openai.Timeout(self._timeout, connect=CONNECT_S),
            stream_chunk_timeout=self._timeout,
            # ours knows how long a person waits
            max_retries=0,
            use_responses_api=False,
            http_async_client=http,
        )
        return _Client(chat=chat, http=http)


def _asked(text: str, calling: AIMessageChunk) -> AIMessage:
    """The tool calls that were streamed; those whose arguments are no JSON object are told apart.

    LangChain would mend arguments that were cut off, and a tool would be called with half of them.
    """
    valid, invalid = list[ToolCall](), list[InvalidToolCall]()
    for chunk in calling.tool_call_chunks:
        name, given, call_id = chunk["name"] or "", chunk["args"] or "{}", chunk["id"]
        try:
            args = json.loads(given)
            if not isinstance(args, dict):
                raise ValueError(f"no object: {given!r}")
            valid.append(ToolCall(name=name, args=args, id=call_id, type="tool_call"))
        except ValueError as error:
            invalid.append(
                InvalidToolCall(name=name, args=given, id=call_id, error=str(error), type="invalid_tool_call")
            )
    return AIMessage(text, tool_calls=valid, invalid_tool_calls=invalid)


def _pause(error: ChatModelError) -> float | None:
    """Seconds until another attempt makes sense; None when none does."""
    if not error.retryable or isinstance(error, ChatModelInterrupted):
        return None
    told = error.retry_after if isinstance(error, ChatModelBusy) else None
    if told is None:
        return PAUSE_S
    return told if told <= PATIENCE_S else None
