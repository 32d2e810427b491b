"""Personas: who answers, in which words, and which sense they trust."""

from personas.custom import MAX_SENTENCE, custom_persona
from personas.errors import PersonaError, PersonaInvalid, Problem, UnknownPersona
from personas.loader import CUSTOM, SHIPPED, PersonaBook, load_persona
from personas.presets import DEFAULT_PRESET, PRESETS, Preset
from personas.schema import LANGS, Example, Lang, Limits, Perception, Persona, Topic, in_language

__all__ = [
    "CUSTOM",
    "DEFAULT_PRESET",
    "LANGS",
    "MAX_SENTENCE",
    "PRESETS",
    "SHIPPED",
    "Example",
    "Lang",
    "Limits",
    "Perception",
    "Persona",
    "PersonaBook",
    "PersonaError",
    "PersonaInvalid",
    "Preset",
    "Problem",
    "Topic",
    "UnknownPersona",
    "custom_persona",
    "in_language",
    "load_persona",
]
