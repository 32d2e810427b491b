"""Errors of the personas.

PersonaError
├── PersonaInvalid      a file or a sentence that makes no persona; says where
└── UnknownPersona      no persona of that name; says which there are
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches


class PersonaError(Exception):
    """Base of all errors of this package."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One thing that is wrong with a persona."""

    message: str
    """What is wrong and what would be right."""
    path: str = ""
    """The file; empty for a persona that comes from no file."""
    line: int | None = None
    """From 1; None when the file as a whole is meant."""

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.path, self.line) if part)
        return f"{place}: {self.message}" if place else self.message


class PersonaInvalid(PersonaError):  # noqa: N818  (named for what happened)
    """A file or a sentence that makes no persona. One line of text for each problem."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


class UnknownPersona(PersonaError):  # noqa: N818
    """A persona that is not in the book."""

    def __init__(self, name: str, names: Sequence[str]) -> None:
        super().__init__(f"no persona is called {name!r}{did_you_mean(name, names)}; there are: {', '.join(names)}")
        self.name = name
        self.names = tuple(names)


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """` (did you mean 'chat'?)` when something known is close, else nothing."""
    close = get_close_matches(word, known, n=1, cutoff=0.7)
    return f" (did you mean {close[0]!r}?)" if close else ""
