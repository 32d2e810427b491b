"""From the name a session carries to the persona that answers."""

from __future__ import annotations

from functools import lru_cache

from personas import CUSTOM, Persona, PersonaBook, custom_persona

_PREFIX = f"{CUSTOM}:"


def custom_name(sentence: str) -> str:
    """The name under which a session carries a persona that the person described in one sentence."""
    return _PREFIX + sentence.strip()


def persona_of(book: PersonaBook, name: str) -> Persona:
    """The persona of that name, or the one its sentence describes.

    Raises:
        UnknownPersona: nobody is called that.
        PersonaInvalid: the sentence is empty or too long.
    """
    if name.startswith(_PREFIX):
        return _custom(name.removeprefix(_PREFIX))
    return book.get(name)


# a turn asks for its persona several times, and compiling one reads a file
_custom = lru_cache(maxsize=256)(custom_persona)


def node_of(name: str) -> str:
    """The node that plays this name; prefixed, since a persona may be called what another node is."""
    return f"persona.{CUSTOM if name.startswith(_PREFIX) else name}"
