"""Errors of training.

PerceptionError
└── TrainingError
    ├── TrainingDataMissing     a data set is not where it was looked for, or is not what it should be
    └── TrainingExtraMissing    PyTorch and its companions are not installed
"""

from __future__ import annotations

from perception.errors import PerceptionError


class TrainingError(PerceptionError):
    """Base of all errors of training."""


class TrainingDataMissing(TrainingError):  # noqa: N818  (named for what happened, as in `perception.errors`)
    """A data set that is not where it was looked for, or not what it should be."""


class TrainingExtraMissing(TrainingError):  # noqa: N818
    """The packages of the pip extra `train` are not installed."""

    def __init__(self, package: str) -> None:
        super().__init__(f"training needs {package!r}; get it with: pip install 'attune-agent[train]'")
        self.package = package
