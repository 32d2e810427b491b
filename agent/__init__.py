"""The agent: a LangGraph turn that perceives, routes, answers and remembers."""

from agent.agent import TEXT_LIMIT, Agent
from agent.casting import custom_name
from agent.events import Delta, Done, Fused, Observed, Offered, Routed, Transcribed, TurnEvent, TurnInput
from agent.graph import build_graph
from agent.perceiving import Perceived, perceive
from agent.senses import Senses

__all__ = [
    "TEXT_LIMIT",
    "Agent",
    "Delta",
    "Done",
    "Fused",
    "Observed",
    "Offered",
    "Perceived",
    "Routed",
    "Senses",
    "Transcribed",
    "TurnEvent",
    "TurnInput",
    "build_graph",
    "custom_name",
    "perceive",
]
