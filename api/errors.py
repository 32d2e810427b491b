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
