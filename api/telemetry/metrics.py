"""Figures of a server for Prometheus, in a registry of the application's own: two servers in one process do not mix.

Names carry their unit (https://prometheus.io/docs/practices/naming/). No label holds what a person may choose, so the
number of series is bounded: a persona that somebody described in a sentence counts as `custom`, a route by its
pattern, and a path that leads nowhere as `unmatched`.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Final, Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.process_collector import ProcessCollector

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4
"""Of `Metrics.text`."""

TURN_BUCKETS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
"""Seconds; a turn waits for a chat model, which may take a minute."""
TOOL_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Seconds; a sense takes milliseconds, writing down speech takes longer."""
HTTP_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0)
"""Seconds, to the last byte of the answer."""


class Metrics:
    """Counters and histograms of one application. Cheap: an update takes about a microsecond."""

    def __init__(self) -> None:
        """Begin at zero."""
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        Info("attune_build", "Which version runs.", registry=self._registry).info({"version": version("attune-agent")})
        self._turns = self._histogram("attune_turn_duration_seconds", "Turns that ended.", ["persona"], TURN_BUCKETS)
        self._tools = self._histogram(
            "attune_tool_duration_seconds",
            "Calls of a tool (a sense, fusion, the chat model).",
            ["tool", "status"],
            TOOL_BUCKETS,
        )
        self._requests = self._histogram(
            "attune_http_request_duration_seconds",
            "Answers over HTTP, to their last byte.",
            ["method", "route", "status"],
            HTTP_BUCKETS,
        )
        self._errors = self._counter("attune_errors_total", "Errors that a client was told of.", ["code"])
        self._frames = self._counter("attune_live_frames_total", "Pictures of live links.", ["kind"])
        self._sessions = Gauge("attune_live_sessions", "Sessions held in memory now.", registry=self._registry)

    def turn_finished(self, seconds: float, persona: str) -> None:
        """A turn ended, whether done, interrupted or broken.

        Args:
            seconds: From the message to the end of the reply.
            persona: Who answered; one that was described in a sentence counts as `custom`.
        """
        self._turns.labels(persona.partition(":")[0]).observe(seconds)

    def tool_finished(self, name: str, status: str, seconds: float) -> None:
        """A tool has answered.

        Args:
            name: Of the tool.
            status: `ok`, or why it could not tell.
            seconds: That it took.
        """
        self._tools.labels(name, status).observe(seconds)

    def error(self, code: str) -> None:
        """A client was told of an error."""
        self._errors.labels(code).inc()

    def live_frame(self, kind: Literal["observed", "dropped"]) -> None:
        """A picture of a live link was looked at, or given up for a newer one."""
        self._frames.labels(kind).inc()

    def sessions(self, count: int) -> None:
        """How many sessions are held in memory now."""
        self._sessions.set(count)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request over HTTP was answered.

        Args:
            method: Of the request.
            route: The pattern of its route, not its path.
            status: Of the answer.
            seconds: To its last byte.
        """
        self._requests.labels(method, route, str(status)).observe(seconds)

    def text(self) -> bytes:
        """Everything, in the text format of Prometheus."""
        return generate_latest(self._registry)

    def _histogram(self, name: str, about: str, labels: list[str], buckets: tuple[float, ...]) -> Histogram:
        return Histogram(name, about, labels, buckets=buckets, registry=self._registry)

    def _counter(self, name: str, about: str, labels: list[str]) -> Counter:
        return Counter(name, about, labels, registry=self._registry)
