"""What the routes of a running server share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from starlette.requests import HTTPConnection

from api.telemetry import Metrics

if TYPE_CHECKING:
    from agent import Agent
    from api.live import LiveSessions
    from api.readiness import Readiness
    from api.rest.cameras import Cameras
    from api.rest.running import HttpTurns
    from api.settings import Settings


@dataclass(frozen=True, kw_only=True, slots=True)
class Serving:
    """Put into the state of the application by its lifespan."""

    agent: Agent
    """Answers."""
    sessions: LiveSessions
    """Those of all sockets."""
    settings: Settings
    """As the server was started."""
    turns: HttpTurns
    """Those that were begun over HTTP."""
    cameras: Cameras
    """Of the live link over HTTP."""
    readiness: Readiness
    """Whether all of it can work."""
    metrics: Metrics = field(default_factory=Metrics)
    """What happens, in figures."""


def serving(connection: HTTPConnection) -> Serving:
    """What the application of a request or a socket runs on."""
    return cast("Serving", connection.app.state.serving)
