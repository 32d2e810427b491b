"""The agent as the settings want it: what the server and the terminal run on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from api.settings import Settings

if TYPE_CHECKING:
    from agent import Agent
    from agent.chat_models import ChatModel
    from agent.senses import Senses
    from perception.text import Translator


@asynccontextmanager
async def open_agent(
    settings: Settings, *, chat: ChatModel | None = None, senses: Senses | None = None
) -> AsyncIterator[Agent]:
    """An agent on the database of the settings. Models load on first use, or in `agent.chat.warm_up`.

    Args:
        settings: What the operator wants.
        chat: Instead of the chat model the settings name.
        senses: Instead of the senses they name.

    Raises:
        SettingsInvalid: an endpoint without the name of a model.
        ModelMissing: no chat model is configured and none is on this machine; says how to get one.
        UnknownPerceiver: a setting names a perceiver that is not registered.
        PersonaInvalid: a persona file is wrong.
        MemoryStoreError: the database cannot be used.
        ToolsUnsupported: the chat model is to call tools, and cannot.
    """
    from agent import Agent
    from agent.safety import DeploymentContext, allowed_modalities
    from api.senses import make_senses
    from personas import PersonaBook

    deployment = DeploymentContext(settings.deployment_context)
    chat = chat or make_chat_model(settings)
    book = PersonaBook.load([settings.personas_dir] if settings.personas_dir else [])
    async with Agent.open(
        database=settings.database,
        senses=senses or make_senses(settings, translator=make_translator(settings, chat, settings.patience("text"))),
        chat=chat,
        book=book,
        modalities=allowed_modalities(deployment),
        deployment=deployment,
        locale=settings.locale,
        tool_mode=settings.tool_mode,
        retain=timedelta(days=settings.retain_days) if settings.retain_days else None,
    ) as agent:
        yield agent


@asynccontextmanager
async def open_senses(settings: Settings, *, patience: float) -> AsyncIterator[Senses]:
    """The senses without an agent, with a chat model of their own where the settings want translations.

    Args:
        settings: What the operator wants.
        patience: Seconds a sense may take.

    Raises:
        UnknownPerceiver: a setting names a perceiver that is not registered.
        SettingsInvalid: translations are wanted of an endpoint without the name of a model.
        ModelMissing: translations are wanted, and there is no chat model.
    """
    from api.senses import make_senses

    chat = make_chat_model(settings) if settings.translate else None
    translator = make_translator(settings, chat, patience) if chat else None
    senses = make_senses(settings, timeout=patience, translator=translator)
    try:
        yield senses
    finally:
        senses.close()
        if chat is not None:
            await chat.aclose()


def make_translator(settings: Settings, chat: ChatModel, timeout: float) -> Translator | None:
    """The chat model as a translator, on the running event loop; None where the settings want none.

    Args:
        settings: What the operator wants.
        chat: Used from this event loop only.
        timeout: Seconds the text sense may take; a translation gets less, so that the sense can still say why not.
    """
    if not settings.translate:
        return None
    import asyncio

    from agent.translation import ChatTranslator

    return ChatTranslator(chat, asyncio.get_running_loop(), timeout=0.8 * timeout)


def make_chat_model(settings: Settings) -> ChatModel:
    """The chat model the settings name; nothing is loaded or connected yet.

    Raises:
        SettingsInvalid: an endpoint without the name of a model.
        ModelMissing: none is configured and none is on this machine; says how to get one.
    """
    from agent.chat_models import available_memory, choose_chat_model
    from api.errors import SettingsInvalid
    from perception.models import ModelStore

    if settings.base_url and not settings.model:
        raise SettingsInvalid(
            f"ATTUNE_BASE_URL={settings.base_url!r} needs the name of a model; set ATTUNE_MODEL beside it"
        )
    return choose_chat_model(
        base_url=settings.base_url,
        api_key=settings.api_key.get_secret_value() if settings.api_key else None,
        model=settings.model,
        embedded=settings.embedded_model,
        store=ModelStore(weights_policy=settings.weights_policy),
        memory_bytes=available_memory(),
        timeout=settings.chat_timeout,
    )
