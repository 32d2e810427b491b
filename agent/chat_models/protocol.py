"""What the turn asks of a chat model."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from langchain_core.messages import AIMessage, BaseMessage


class ChatModel(Protocol):
    """Messages in, text out, piece by piece. Safe to use from several tasks of one event loop."""

    @property
    def name(self) -> str:
        """Name of the model, as it stands in traces."""

    @property
    def languages(self) -> frozenset[str] | None:
        """ISO 639-1 codes it can speak; None when it is not known to be limited."""

    def stream(self, messages: Sequence[BaseMessage], *, max_tokens: int = 256) -> AsyncIterator[str]:
        """The reply, in pieces that add up to it.

        Raises:
            ChatModelError: no reply could be had; `ChatModelInterrupted` when part of it had been.
        """

    async def warm_up(self, messages: Sequence[BaseMessage] = ()) -> None:
        """Import and load what the first reply would otherwise wait for.

        Args:
            messages: how the first prompt will begin; an embedded model reads it now instead of when a person waits.

        Raises:
            ChatModelError: the model cannot be loaded.
        """

    async def aclose(self) -> None:
        """Let go of connections and memory; not usable afterwards. Closing twice does nothing."""


@runtime_checkable
class ToolCaller(ChatModel, Protocol):
    """A chat model that can be given tools and ask for them."""

    def converse(
        self,
        messages: Sequence[BaseMessage],
        tools: Sequence[Mapping[str, Any]],
        *,
        max_tokens: int = 256,
        call: bool = True,
    ) -> AsyncIterator[str | AIMessage]:
        """The reply, in pieces; and where the model asks for tools, the message that does so, as the last item.

        Args:
            messages: With the calls and the results of earlier rounds.
            tools: In the form of OpenAI's API.
            max_tokens: Of the reply.
            call: Whether the tools may be asked for in this round.

        Raises:
            ChatModelError: no reply could be had; `ChatModelInterrupted` when part of it had been.
        """
