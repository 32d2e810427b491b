"""Persona YAML in, `Persona` out; every error names file and line."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Final, Self

from pydantic import ValidationError

from personas.checks import find_problems, find_strangers
from personas.errors import PersonaError, PersonaInvalid, Problem, UnknownPersona
from personas.schema import Persona
from personas.source import YamlSource, problems_of

SHIPPED: Final = Path(__file__).resolve().parent / "shipped"
"""The folder of the personas that ship."""

CUSTOM: Final = "custom"
"""The name of the persona a person describes in a sentence; no file may take it."""

MAX_BYTES: Final = 256 * 1024
"""Of one persona file."""


def load_persona(path: Path) -> Persona:
    """Read one persona.

    Raises:
        PersonaInvalid: the file cannot be read or is no persona; names the file, and the line where there is one.
    """
    return _load(path)[0]


def _load(path: Path) -> tuple[Persona, YamlSource]:
    source = YamlSource.parse(_read(path), str(path))
    try:
        persona = Persona.model_validate(source.data)
    except ValidationError as error:
        raise PersonaInvalid(problems_of(error, source)) from error
    if persona.name == CUSTOM:
        message = f"the name {CUSTOM!r} is kept for the persona a person describes in a sentence; choose another"
        raise PersonaInvalid([source.problem(("name",), message)])
    if problems := find_problems(persona, source):
        raise PersonaInvalid(problems)
    return persona, source


def _read(path: Path) -> str:
    try:
        raw = path.read_bytes()
        if len(raw) > MAX_BYTES:
            raise PersonaInvalid([Problem(path=str(path), message=f"larger than {MAX_BYTES // 1024} KiB")])
        return raw.decode("utf-8-sig")
    except OSError as error:
        raise PersonaInvalid([Problem(path=str(path), message=f"cannot be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        message = "not UTF-8; save the file in that encoding"
        raise PersonaInvalid([Problem(path=str(path), line=line, message=message)]) from error


class PersonaBook:
    """Personas by name: those that ship, and those in the user's folders, which hide shipped ones of the same name."""

    def __init__(self, personas: Sequence[Persona]) -> None:
        """Of personas in order: a later one hides an earlier one of the same name."""
        self._personas = {persona.name: persona for persona in personas}

    @classmethod
    def load(cls, folders: Sequence[Path] = ()) -> Self:
        """Read the shipped personas, then `*.yaml` and `*.yml` of each folder; one that does not exist holds none.

        Raises:
            PersonaInvalid: a file is no persona, two files of one folder take the same name, or a handoff rule leads
                to nobody.
        """
        loaded = [one for folder in (SHIPPED, *folders) for one in _load_folder(folder)]
        names = {persona.name for persona, _ in loaded}
        if strangers := [problem for one in loaded for problem in find_strangers(*one, names)]:
            raise PersonaInvalid(strangers)
        return cls([persona for persona, _ in loaded])

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Sorted, but `chat` first, since it is the default."""
        return tuple(sorted(self._personas, key=lambda name: (name != "chat", name)))

    def get(self, name: str) -> Persona:
        """A persona by name.

        Raises:
            UnknownPersona: there is none; lists the names and the closest.
        """
        try:
            return self._personas[name]
        except KeyError as error:
            raise UnknownPersona(name, self.names) from error


def _load_folder(folder: Path) -> list[tuple[Persona, YamlSource]]:
    if folder.exists() and not folder.is_dir():
        raise PersonaError(f"{str(folder)!r} is a file; personas are read from a folder")
    found: dict[str, tuple[Path, tuple[Persona, YamlSource]]] = {}
    for path in sorted(path for path in folder.glob("*") if path.suffix in {".yaml", ".yml"}):
        persona, source = _load(path)
        if persona.name in found:
            message = f"the name {persona.name!r} is taken by {found[persona.name][0].name} in the same folder"
            raise PersonaInvalid([Problem(path=str(path), message=message)])
        found[persona.name] = (path, (persona, source))
    return [one for _, one in found.values()]
