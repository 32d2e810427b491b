"""`attune serve`: the WebSocket and HTTP API."""

from __future__ import annotations

from typing import Annotated

import typer


def serve(
    host: Annotated[str | None, typer.Option(help="Address to serve on; 127.0.0.1 unless set.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port to serve on; 8000 unless set, 0 takes a free one.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Fetch the chat model without asking, if there is none.")] = False,
) -> None:
    """Serve the WebSocket and HTTP API until Ctrl-C. Other machines are served only once there are keys.

    Examples:
      attune serve

      attune keys add phone && attune serve --host 0.0.0.0 --port 9000
    """
    import asyncio

    from api.server import refuse_exposure, run_server
    from api.settings import load_settings
    from api.setup import ensure_chat_model
    from api.telemetry.logs import configure_logs

    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    settings = load_settings().model_copy(update=given)
    configure_logs(settings)
    refuse_exposure(settings)
    ensure_chat_model(settings, yes=yes)
    asyncio.run(run_server(settings))
