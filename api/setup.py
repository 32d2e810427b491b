"""Making sure that there is a chat model before a conversation begins."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from api.settings import Settings

if TYPE_CHECKING:
    from perception.models import ModelStore

FALLBACK: Final = "smollm2-135m"
"""Small enough for any machine; English only."""


def ensure_chat_model(settings: Settings, *, yes: bool) -> None:
    """Fetch the embedded chat model where none is configured and none is here.

    In a terminal the person is asked first; `yes` answers for them. The small model takes over where memory is short
    or the larger one cannot be had. Nothing happens when there is a model already.

    Raises:
        ModelMissing: there is none, and nobody agreed to fetch one.
        DownloadFailed: neither could be fetched.
    """
    if settings.base_url or settings.embedded_model:
        return
    from agent.chat_models import available_memory, wanted_model
    from perception import DownloadFailed, ModelMissing
    from perception.models import ModelStore

    store = ModelStore(weights_policy=settings.weights_policy)
    name = wanted_model(store, available_memory())
    if store.has(name):
        return
    entry = store.entry(name)
    if not (yes or _agreed(f"Fetch the chat model {entry.title} ({entry.size / 1e6:,.0f} MB, {entry.licence}) now?")):
        raise ModelMissing(name, f"attune models get {name}")
    try:
        _fetch(store, name)
    except DownloadFailed as error:
        if name == FALLBACK:
            raise
        sys.stderr.write(f"{' '.join(str(error).split())}\nThe small English model answers instead.\n")
        if not store.has(FALLBACK):
            _fetch(store, FALLBACK)


def _agreed(question: str) -> bool:
    import typer

    return sys.stdin.isatty() and typer.confirm(question, default=True, err=True)


def _fetch(store: ModelStore, name: str) -> None:
    from api.cli.models import fetch

    fetch(store, [name])
