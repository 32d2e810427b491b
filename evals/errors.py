"""Errors of what Attune is held to.

EvalError
├── BenchFailed         something that is measured raised; says what
├── ItemsInvalid        a set of texts that ships is not what it should be, or has no test of the kind that is asked for
├── ManifestUnusable    a labelled manifest, or an option that says how to read it, from which nothing can be measured
└── ResultUnreadable    a file is no result of a bench, or two results cannot be compared
"""

from __future__ import annotations


class EvalError(Exception):
    """Base of all errors of this package."""


class BenchFailed(EvalError):  # noqa: N818  (named for what happened, as in httpx)
    """A case that raised, in this process or in a fresh one."""


class ItemsInvalid(EvalError):  # noqa: N818
    """A set of texts that is not what it should be, or has no test of the kind that is asked for."""


class ManifestUnusable(EvalError):  # noqa: N818
    """A labelled manifest from which nothing can be measured. A single bad row is no error: the report counts it."""


class ResultUnreadable(EvalError):  # noqa: N818
    """A file that is no result of a bench, or results that cannot be compared."""
