"""Traces of OpenTelemetry: a span for a turn, with one for each node, tool and call of the chat model within it.

Attributes hold names, codes, ids and figures, never words. The tracer belongs to the server and is not the global one,
so libraries that are instrumented elsewhere do not write into it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import urlsplit

from api.errors import SettingsInvalid

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
    from opentelemetry.trace import Span

    from agent.watching import Step, StepKind

CONSOLE: Final = "console"
OTLP_PATH: Final = "/v1/traces"
"""Of an endpoint that is named without a path, as OTLP has it."""
EXPORT_S: Final = 5.0
"""Seconds that spans get to leave when the server stops."""


def open_traces(where: str | None) -> Traces | None:
    """Traces as a setting names them: None for none, `console`, or the address of an OTLP endpoint.

    Raises:
        SettingsInvalid: the extra `telemetry` is not installed.
    """
    if where is None:
        return None
    try:
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SimpleSpanProcessor
    except ImportError as error:
        raise _missing(where) from error
    if where == CONSOLE:
        return Traces.into(SimpleSpanProcessor(ConsoleSpanExporter(out=sys.stderr, formatter=_line)))
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ImportError as error:
        raise _missing(where) from error
    endpoint = where if urlsplit(where).path.strip("/") else where.rstrip("/") + OTLP_PATH
    return Traces.into(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))


class Traces:
    """Makes the spans of turns."""

    def __init__(self, provider: TracerProvider) -> None:
        """Make them with a provider; `into` makes one."""
        self._provider = provider
        self._tracer = provider.get_tracer("attune", version("attune-agent"))

    @classmethod
    def into(cls, processor: SpanProcessor) -> Self:
        """Traces that go to a processor."""
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider

        about = {"service.name": "attune", "service.version": version("attune-agent")}
        provider = TracerProvider(resource=Resource.create(about))
        provider.add_span_processor(processor)
        return cls(provider)

    def turn(self, session_id: str, turn_id: str | None) -> TurnSpan:
        """The span of a turn that begins now."""
        facts = {"attune.session_id": session_id} | ({"attune.turn_id": turn_id} if turn_id else {})
        return TurnSpan(self._tracer, self._tracer.start_span("turn", attributes=facts))

    def close(self) -> None:
        """Let the last spans leave. Blocks."""
        self._provider.force_flush(int(EXPORT_S * 1000))
        self._provider.shutdown()


class TurnSpan:
    """The span of one turn."""

    def __init__(self, tracer: Any, span: Span) -> None:
        """Take the span, which has begun."""
        from opentelemetry.trace import set_span_in_context

        self._tracer, self._span = tracer, span
        self._within = set_span_in_context(span)

    @contextmanager
    def step(self, kind: StepKind, name: str) -> Iterator[Step]:
        """A node within the turn; a tool or the chat model within the node that runs now."""
        within = self._within if kind == "node" else None
        facts = _CHAT | {"gen_ai.request.model": name} if kind == "chat" else {f"attune.{kind}": name}
        with self._tracer.start_as_current_span(
            f"{kind} {name}",
            context=within,
            attributes=facts,
            # the message of an error may quote what was said
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield _SpanStep(span)
            except BaseException as error:
                _fail(span, error)
                raise

    def end(self, outcome: str, error: BaseException | None) -> None:
        """The turn is over: `done`, `broken` or `interrupted`."""
        self._span.set_attribute("attune.outcome", outcome)
        if error is not None:
            _fail(self._span, error)
        self._span.end()


class _SpanStep:
    def __init__(self, span: Span) -> None:
        self._span = span

    def note(self, **facts: float | str) -> None:
        for name, value in facts.items():
            self._span.set_attribute(f"attune.{name}", value)
        if "first_token_ms" in facts:
            self._span.add_event("first token")


_CHAT: Final = {"gen_ai.operation.name": "chat"}


def _fail(span: Span, error: BaseException) -> None:
    from opentelemetry.trace import StatusCode

    span.set_attribute("error.type", type(error).__name__)
    if isinstance(error, Exception):
        span.set_status(StatusCode.ERROR)


def _line(span: Any) -> str:
    return f"{span.to_json(indent=None)}\n"


def _missing(where: str) -> SettingsInvalid:
    return SettingsInvalid(
        f"ATTUNE_TRACES={where!r} needs OpenTelemetry; install it with: pip install 'attune-agent[telemetry]'"
    )
