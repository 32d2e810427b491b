"""Personas: who answers, in which words, and which sense they trust."""

from personas.conditions import Condition
from personas.custom import MAX_SENTENCE, custom_persona
from personas.errors import PersonaError, PersonaInvalid, Problem, UnknownPersona
from personas.handoff import DWELL, Evidence, Handoff, Routing
from personas.loader import CUSTOM, SHIPPED, PersonaBook, load_persona
from personas.policy import CONFLICTS, Action, Policy, Rule
from personas.presets import DEFAULT_PRESET, PRESETS, Preset
from personas.schema import LANGS, Example, Lang, Limits, Persona, Topic, in_language

__all__ = [
    "CONFLICTS",
    "CUSTOM",
    "DEFAULT_PRESET",
    "DWELL",
    "LANGS",
    "MAX_SENTENCE",
    "PRESETS",
    "SHIPPED",
    "Action",
    "Condition",
    "Evidence",
    "Example",
    "Handoff",
    "Lang",
    "Limits",
    "Persona",
    "PersonaBook",
    "PersonaError",
    "PersonaInvalid",
    "Policy",
    "Preset",
    "Problem",
    "Routing",
    "Rule",
    "Topic",
    "UnknownPersona",
    "custom_persona",
    "in_language",
    "load_persona",
]
