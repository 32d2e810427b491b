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
    server: Annotated[
        str | None, typer.Option(help="Talk through a running server instead: ws://HOST:PORT.", metavar="URL")
    ] = None,
    key_file: Annotated[
        Path | None, typer.Option(help="With --server: a file that holds an API key for it, and nothing else.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Fetch the chat model without asking.")] = False,
) -> None:
    """Talk with an agent that perceives how you feel.

    It answers through the endpoint in ATTUNE_BASE_URL, ATTUNE_API_KEY and ATTUNE_MODEL, or with an embedded model that
    is fetched once (1.1 GB) and then works offline. In the chat, /help lists the commands.

    Examples:
      attune chat --persona debate

      attune chat --server ws://127.0.0.1:8000 --key-file attune.key
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
        custom=custom,
        image=image,
        audio=audio,
        session=session,
        lang=lang,
        yes=yes,
    )
    if key_file is not None and server is None:
        raise InputInvalid("--key-file is for a server; name that with --server ws://HOST:PORT")
    try:
        if server is None:
            asyncio.run(run_chat(opening))
        else:
            from api.terminal.remote import run_remote_chat

            asyncio.run(run_remote_chat(server, opening, key=_key(key_file)))
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def _key(path: Path | None) -> str | None:
    """The key in a file; a key on the command line would be seen by everybody on the machine."""
    from api.errors import InputInvalid

    if path is None:
        return None
    try:
        words = path.read_text("utf-8").split()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputInvalid(
            f"cannot read the key in {str(path)!r} ({reason.lower()}); give another --key-file"
        ) from error
    if len(words) != 1:
        raise InputInvalid(f"{str(path)!r} has to hold one key and nothing else; make one with attune keys add")
    return words[0]
