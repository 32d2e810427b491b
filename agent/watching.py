"""The door for whoever watches turns: spans and figures are made outside, and nothing is where nobody watches."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import Final, Literal, Protocol, Self

StepKind = Literal["node", "tool", "chat"]


class Step(Protocol):
    """A part of a turn that is under way."""

    def note(self, **facts: float | str) -> None:
        """Add small facts, none of which holds what was said."""


class TurnWatch(Protocol):
    """Watches one turn: entered when it begins, left when it ends, with the error if it broke."""

    def __enter__(self) -> Self:
        """The turn begins."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """The turn ends; closed early, with `GeneratorExit` or `CancelledError`."""

    def step(self, kind: StepKind, name: str) -> AbstractContextManager[Step]:
        """A part of it, for as long as the context is open; tools run at the same time, within the same node.

        Args:
            kind: A node of the graph, a tool, or the chat model.
            name: Of it.
        """


class Watcher(Protocol):
    """Watches all turns of an agent."""

    def turn(self, session_id: str, turn_id: str | None) -> TurnWatch:
        """Watch the turn that begins now.

        Args:
            session_id: Of its session.
            turn_id: Of it; None where a broken one is taken up.
        """


class Unwatched:
    """Nobody watches; costs next to nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def step(self, kind: StepKind, name: str) -> AbstractContextManager[Step]:  # noqa: ARG002
        return IGNORED


class _NoStep:
    def note(self, **facts: float | str) -> None:
        pass


IGNORED: Final[AbstractContextManager[Step]] = nullcontext(_NoStep())
"""A step that nobody hears of."""
UNWATCHED: Final = Unwatched()
