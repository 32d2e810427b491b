"""The application: built by a factory, opened by its lifespan."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING

from fastapi import FastAPI

from agent.errors import ChatModelError
from api.guards import stand_guard
from api.live import LiveSessions, Rules
from api.readiness import Readiness
from api.rest import describe, install, rest_routes
from api.rest.cameras import Cameras
from api.rest.running import HttpTurns
from api.runtime import open_agent
from api.serving import Serving
from api.settings import Settings, load_settings
from api.telemetry import Metrics, watched
from api.ws import live_routes

if TYPE_CHECKING:
    from agent import Agent

log = logging.getLogger(__name__)

AgentFactory = Callable[[Settings], AbstractAsyncContextManager["Agent"]]


def create_app(
    settings: Settings | None = None,
    *,
    agent_factory: AgentFactory | None = None,
    when_warm: Callable[[], None] = lambda: None,
) -> FastAPI:
    """The HTTP and WebSocket application. Nothing is opened before its lifespan begins.

    Args:
        settings: By default those of the environment.
        agent_factory: Opens the agent; `open_agent` by default.
        when_warm: Called once the models are loaded, or cannot be.

    Raises:
        SettingsInvalid: the environment holds a wrong value.
    """
    chosen = settings or load_settings()
    opening: AgentFactory = agent_factory or open_agent

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        metrics = Metrics()
        async with opening(chosen) as agent, watched(agent, metrics, chosen.traces):
            sessions = LiveSessions(rules=Rules.of(chosen), metrics=metrics)
            warming = asyncio.create_task(_warm_up(agent))
            warming.add_done_callback(lambda _: when_warm())
            turns, cameras = HttpTurns(agent, metrics), Cameras(agent.senses, metrics)
            app.state.serving = Serving(
                agent=agent,
                sessions=sessions,
                settings=chosen,
                turns=turns,
                cameras=cameras,
                readiness=Readiness(agent, warming, chosen.weights_policy),
                metrics=metrics,
            )
            try:
                yield
            finally:
                warming.cancel()
                await asyncio.gather(warming, return_exceptions=True)
                await turns.close()
                cameras.close()
                await sessions.close()

    # the pages of documentation would load their scripts from elsewhere
    app = FastAPI(title="Attune", version=version("attune-agent"), lifespan=lifespan, docs_url=None, redoc_url=None)
    stand_guard(app, chosen)
    install(app)
    app.include_router(rest_routes())
    app.include_router(live_routes())
    describe(app)
    return app


async def _warm_up(agent: Agent) -> None:
    """Load the models while the first client is still reading the notice."""
    try:
        await agent.warm_up()
    except ChatModelError as error:
        log.warning("the chat model is not ready: %s", error)
        raise
