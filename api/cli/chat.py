"""`attune chat`: talk in the terminal, and see what was perceived."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def chat(
    persona: Annotated[
        str | None,
        typer.Option(
            help="Who answers: a name from `attune personas list`; chat when left out, or in a session that goes on "
            "whoever answered before."
        ),
    ] = None,
    custom: Annotated[
        str | None, typer.Option(help='A persona in one sentence: "you are a tsundere cat girl".')
    ] = None,
    image: Annotated[Path | None, typer.Option(help="A picture of your face, sent with the first message.")] = None,
    audio: Annotated[Path | None, typer.Option(help="A recording of your voice, sent with the first message.")] = None,
    session: Annotated[
        str | None, typer.Option(help="Go on with a session and the senses allowed in it: its id, or `last`.")
    ] = None,
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
    from api.errors import InputInvalid
    from api.terminal import Opening, run_chat

    if lang not in (None, "en", "zh"):
        raise InputInvalid(f"--lang {lang!r}: Attune speaks en and zh; leave it out to be followed")
    if persona is not None and custom is not None:
        raise InputInvalid("--persona and --custom name two personas; give one of them")
    opening = Opening(
        persona=persona if custom is None else custom_name(custom),
        image=image,
        audio=audio,
        session=session,
        lang=lang,
        yes=yes,
    )
    try:
        asyncio.run(run_chat(opening))
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
