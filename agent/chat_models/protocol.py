"""What the turn asks of a chat model."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from langchain_core.messages import BaseMessage


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
