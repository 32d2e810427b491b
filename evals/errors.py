"""Errors of what Attune is held to.

EvalError
├── BenchFailed         something that is measured raised; says what
└── ResultUnreadable    a file is no result of a bench, or two results cannot be compared
"""

from __future__ import annotations


class EvalError(Exception):
    """Base of all errors of this package."""


class BenchFailed(EvalError):  # noqa: N818  (named for what happened, as in httpx)
    """A case that raised, in this process or in a fresh one."""


class ResultUnreadable(EvalError):  # noqa: N818
    """A file that is no result of a bench, or results that cannot be compared."""
