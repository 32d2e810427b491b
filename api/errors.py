"""Errors of the edge.

ApiError
├── SettingsInvalid     a setting is not what it should be
└── InputInvalid        a file or an option of a command cannot be used
"""

from __future__ import annotations


class ApiError(Exception):
    """Base of all errors of this package."""


class SettingsInvalid(ApiError):  # noqa: N818
    """A setting that is not what it should be."""


class InputInvalid(ApiError):  # noqa: N818
    """A file or an option that cannot be used."""


def expected_errors() -> tuple[type[Exception], ...]:
    """The roots of all our error trees: what reaches a person as one line. Importing them waits until one is there."""
    from agent.errors import AgentError
    from evals.errors import EvalError
    from memory.errors import MemoryStoreError
    from perception.errors import PerceptionError
    from personas.errors import PersonaError

    return (AgentError, ApiError, EvalError, MemoryStoreError, PerceptionError, PersonaError)
