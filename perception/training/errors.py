"""Errors of training.

PerceptionError
└── TrainingError
    ├── CalibrationInvalid      development rows or metadata that give no calibration
    ├── CheckpointInvalid       a checkpoint that is damaged, or of a run with other settings or other data
    ├── CorpusOptionInvalid     a corpus does not know an option, or not that value
    ├── ExperimentInvalid       an experiment that cannot be read, or has a field that cannot be
    ├── ExportFailed            a model that cannot be written as ONNX, read back, or quantised
    ├── LabelsInvalid           labels of a user's own that cannot be learned: too few of them, or too many
    ├── LeakFound               a held-out row that shares a person, a conversation or content with another part
    ├── LedgerDamaged           the book of touches of test splits has a line that cannot be read
    ├── LicenceForbids          a data set whose licence forbids the weights that are wanted
    ├── ParityFailed            an exported model that answers otherwise than the trained one
    ├── RunBusy                 another process trains in the same folder
    ├── RunFinished             the run is done already
    ├── RunsMissing             no run of that name was trained
    ├── SplitImpossible         rows that cannot be parted
    ├── TestTouched             a test split was measured on before, for the same release
    ├── TrainingDataMissing     a data set is not where it was looked for, or is not what it should be
    ├── TrainingExtraMissing    PyTorch and its companions are not installed
    └── UnknownCorpus           no corpus of that name is registered
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from perception.errors import PerceptionError

if TYPE_CHECKING:
    from perception.training.splits.leaks import Leak


class TrainingError(PerceptionError):
    """Base of all errors of training."""


class TrainingDataMissing(TrainingError):  # noqa: N818  (named for what happened, as in `perception.errors`)
    """A data set that is not where it was looked for, or not what it should be."""


class TrainingExtraMissing(TrainingError):  # noqa: N818
    """The packages of the pip extra `train` are not installed."""

    def __init__(self, package: str) -> None:
        super().__init__(f"training needs {package!r}; get it with: pip install 'attune-agent[train]'")
        self.package = package


class ExperimentInvalid(TrainingError):  # noqa: N818
    """An experiment that cannot be read, or has a field that cannot be."""


class CheckpointInvalid(TrainingError):  # noqa: N818
    """A checkpoint that is damaged, or of a run with other settings or other data."""


class RunBusy(TrainingError):  # noqa: N818
    """A run that another process trains."""


class RunFinished(TrainingError):  # noqa: N818
    """A run that is done already."""


class LicenceForbids(TrainingError):  # noqa: N818
    """A data set whose licence forbids the weights that are wanted."""


class CalibrationInvalid(TrainingError):  # noqa: N818
    """Development rows or metadata that give no calibration."""


class ExportFailed(TrainingError):  # noqa: N818
    """A model that cannot be written as ONNX, read back, or quantised."""


class ParityFailed(TrainingError):  # noqa: N818
    """An exported model that answers otherwise than the trained one."""


class UnknownCorpus(TrainingError):  # noqa: N818
    """A corpus that is not registered."""


class CorpusOptionInvalid(TrainingError):  # noqa: N818
    """An option that a corpus does not know, or a value that it does not take."""


class LabelsInvalid(TrainingError):  # noqa: N818
    """Labels of a user's own that cannot be learned: too few of them, or too many."""


class RunsMissing(TrainingError):  # noqa: N818
    """No run of that name was trained."""


class LeakFound(TrainingError):  # noqa: N818
    """A held-out row that shares a person, a conversation or content with another part."""

    def __init__(self, message: str, *, leaks: tuple[Leak, ...]) -> None:
        super().__init__(message)
        self.leaks = leaks


class SplitImpossible(TrainingError):  # noqa: N818
    """Rows that cannot be parted."""


class TestTouched(TrainingError):  # noqa: N818
    """A test split that was measured on before, for the same release."""

    # pytest takes what is called Test... for a test
    __test__ = False


class LedgerDamaged(TrainingError):  # noqa: N818
    """The book of touches of test splits has a line that cannot be read."""
