"""What `attune doctor` looks at, from the ground up."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Final

from api.checkup.access import access_findings
from api.checkup.finding import Finding
from api.checkup.senses import sense_findings
from api.settings import Settings, load_settings

EXTRAS: Final = {"local": "xllamacpp", "train": "torch", "deepface": "deepface", "evals": "inspect_ai"}
"""A module that shows that an extra is installed."""


def examine() -> list[Finding]:
    """Every finding, in the order a person should read them."""
    settings = load_settings()
    checks: list[Callable[[Settings], Iterator[Finding]]] = [
        _installation,
        _chat_model,
        _database,
        access_findings,
        sense_findings,
        _downloads,
    ]
    return [finding for check in checks for finding in check(settings)]


def _installation(settings: Settings) -> Iterator[Finding]:
    try:
        ours = version("attune-agent")
    except PackageNotFoundError:
        ours = "from a folder that is not installed"
    yield Finding(name="attune", level="ok", state=f"{ours}, Python {platform.python_version()}")
    installed = [extra for extra, module in EXTRAS.items() if find_spec(module)]
    absent = [extra for extra in EXTRAS if extra not in installed]
    yield Finding(
        name="extras",
        level="ok",
        state=", ".join(installed) or "none",
        remedy=f"to add one: pip install 'attune-agent[{absent[0]}]'" if absent else "",
    )
    yield Finding(
        name="deployment",
        level="ok",
        state=f"{settings.deployment_context}, weights policy {settings.weights_policy}",
    )


def _chat_model(settings: Settings) -> Iterator[Finding]:
    from api.runtime import make_chat_model

    try:
        chat = make_chat_model(settings)
    except Exception as error:
        yield Finding(
            name="chat model",
            level="bad",
            state=str(error),
            remedy="attune models get qwen2.5-coder-1.5b, or set ATTUNE_BASE_URL, ATTUNE_API_KEY and ATTUNE_MODEL",
        )
        return
    needs_local = not settings.base_url and not find_spec("xllamacpp")
    spoken = "any language" if chat.languages is None else ", ".join(sorted(chat.languages))
    yield Finding(
        name="chat model",
        level="bad" if needs_local else "ok",
        state=f"{chat.name} ({spoken})",
        remedy="pip install 'attune-agent[local]' to run it in this process" if needs_local else "",
    )


def _database(settings: Settings) -> Iterator[Finding]:
    import asyncio

    from memory import AffectMemory, MemoryStoreError

    async def count() -> int:
        async with await AffectMemory.open(settings.database) as memory:
            return len(await memory.sessions(limit=10_000))

    if not settings.database.exists():
        yield Finding(name="database", level="ok", state=f"{settings.database} (made with the first conversation)")
        return
    try:
        sessions = asyncio.run(count())
    except MemoryStoreError as error:
        yield Finding(name="database", level="bad", state=str(error), remedy="set ATTUNE_DATA_DIR to another folder")
        return
    size = settings.database.stat().st_size / 1e6
    yield Finding(name="database", level="ok", state=f"{settings.database}, {sessions} sessions, {size:.1f} MB")


def _downloads(settings: Settings) -> Iterator[Finding]:
    from perception.models import ModelStore

    store = ModelStore(weights_policy=settings.weights_policy)
    for stored in store.list():
        here = stored.state == "present"
        yield Finding(
            name=stored.entry.name,
            level="ok" if here else "note",
            state=f"{stored.state}, {stored.entry.size / 1e6:,.0f} MB, {stored.entry.licence}",
            remedy="" if here else f"attune models get {stored.entry.name}",
        )
