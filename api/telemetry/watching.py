"""What a server notes of its turns: ids for the log, figures, and spans where traces are on."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Self

from agent.watching import IGNORED, Step, StepKind
from api.telemetry.context import SESSION, TURN

if TYPE_CHECKING:
    from agent import Agent
    from api.telemetry.metrics import Metrics
    from api.telemetry.traces import Traces, TurnSpan

log = logging.getLogger(__name__)


class ServerWatcher:
    """Watches the turns of an agent. Without traces a turn costs a few microseconds more."""

    def __init__(self, metrics: Metrics, traces: Traces | None = None) -> None:
        """Note into `metrics`, and into `traces` where they are on."""
        self._metrics = metrics
        self._traces = traces

    def turn(self, session_id: str, turn_id: str | None) -> WatchedTurn:
        """Watch the turn that begins now."""
        span = self._traces.turn(session_id, turn_id) if self._traces else None
        return WatchedTurn(session_id, turn_id, self._metrics, span)


@asynccontextmanager
async def watched(agent: Agent, metrics: Metrics, traces: str | None) -> AsyncIterator[None]:
    """Have the turns of an agent watched, with traces as `open_traces` takes them.

    Raises:
        SettingsInvalid: traces are wanted, and the extra `telemetry` is not installed.
    """
    from api.telemetry.traces import open_traces

    opened = open_traces(traces)
    agent.watcher = ServerWatcher(metrics, opened)
    try:
        yield
    finally:
        agent.watcher = None
        if opened is not None:
            await asyncio.to_thread(opened.close)


class WatchedTurn:
    """One turn."""

    def __init__(self, session_id: str, turn_id: str | None, metrics: Metrics, span: TurnSpan | None) -> None:
        """Take whose it is, and where to note."""
        self._ids = session_id, turn_id
        self._metrics = metrics
        self._span = span

    def __enter__(self) -> Self:
        # a turn is a task of its own in a server, so this needs no taking back, which a generator could not do
        SESSION.set(self._ids[0])
        TURN.set(self._ids[1])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        ended = _ended(error)
        log.info("turn %s", ended)
        if self._span is not None:
            self._span.end(ended, error)

    def step(self, kind: StepKind, name: str) -> AbstractContextManager[Step]:
        """A part of it."""
        span = self._span.step(kind, name) if self._span is not None else None
        if kind == "node":
            return span or IGNORED
        return self._measured(name if kind == "tool" else "chat_model", span)

    @contextmanager
    def _measured(self, name: str, span: AbstractContextManager[Step] | None) -> Iterator[Step]:
        began, step = time.perf_counter(), _Noted()
        try:
            with span or IGNORED as step.inner:
                yield step
        except Exception:
            step.status = "error"
            raise
        except BaseException:
            step.status = "cancelled"
            raise
        finally:
            self._metrics.tool_finished(name, step.status, time.perf_counter() - began)


class _Noted:
    """Keeps the status of a step for the figures, and hands all facts on."""

    def __init__(self) -> None:
        self.status = "ok"
        self.inner: Step

    def note(self, **facts: float | str) -> None:
        self.status = str(facts.get("status", self.status))
        self.inner.note(**facts)


def _ended(error: BaseException | None) -> str:
    if error is None:
        return "done"
    return "broken" if isinstance(error, Exception) else "interrupted"
