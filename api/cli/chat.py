"""`attune chat`: talk in the terminal, and see what was perceived."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def chat(
    persona: Annotated[str, typer.Option(help="Who answers: a name from `attune personas list`.")] = "chat",
    custom: Annotated[
        str | None, typer.Option(help='A persona in one sentence: "you are a tsundere cat girl".')
    ] = None,
    image: Annotated[Path | None, typer.Option(help="A picture of your face, sent with the first message.")] = None,
    audio: Annotated[Path | None, typer.Option(help="A recording of your voice, sent with the first message.")] = None,
    session: Annotated[str | None, typer.Option(help="Go on with a session: its id, or `last`.")] = None,
    lang: Annotated[
        str | None, typer.Option(help="Language of the replies (en, zh); follows you when left out.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Fetch the chat model without asking.")] = False,
) -> None:
    """Talk with an agent that perceives how you feel.

    It answers through the endpoint in ATTUNE_BASE_URL, ATTUNE_API_KEY and ATTUNE_MODEL, or with an embedded model that
    is fetched once (1.1 GB) and then works offline. In the chat, /help lists the commands.
    """
    import asyncio

    from agent.casting import custom_name
    from api.terminal import Opening, run_chat

    opening = Opening(
        persona=custom_name(custom) if custom else persona,
        image=image,
        audio=audio,
        session=session,
        lang=lang,
        yes=yes,
    )
    asyncio.run(run_chat(opening))
