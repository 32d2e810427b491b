"""The chat model: any OpenAI-compatible endpoint, or one that runs in this process."""

from agent.chat_models.choice import available_memory, choose_chat_model, wanted_model
from agent.chat_models.embedded import EmbeddedModel
from agent.chat_models.endpoint import EndpointModel
from agent.chat_models.protocol import ChatModel, ToolCaller

__all__ = [
    "ChatModel",
    "EmbeddedModel",
    "EndpointModel",
    "ToolCaller",
    "available_memory",
    "choose_chat_model",
    "wanted_model",
]
