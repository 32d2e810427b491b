"""What stands above every persona: the crisis flow, and the gate of the deployment context."""

from agent.safety.crisis import CrisisSignal, check_crisis, graver
from agent.safety.gate import DeploymentContext, allowed_modalities, check_gate, notice
from agent.safety.resources import Resource, crisis_reply, resources_for

__all__ = [
    "CrisisSignal",
    "DeploymentContext",
    "Resource",
    "allowed_modalities",
    "check_crisis",
    "check_gate",
    "crisis_reply",
    "graver",
    "notice",
    "resources_for",
]
