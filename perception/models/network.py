"""An emotion network exported to ONNX: loaded once, late, and only when it is what it should be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock
from types import MappingProxyType
from typing import Any, ClassVar

from perception.emotions import EMOTIONS
from perception.errors import ModelMissing, ModelRefused
from perception.models.shipped import shipped_weight


class EmotionNetwork:
    """Runs an exported network with ONNX Runtime on one thread. May be called from several threads.

    Its metadata names the emotions it answers with, and the confidence under which its answers are not to be used.
    """

    shipped: ClassVar[str]
    """Name and version of the network that ships."""
    sense: ClassVar[str]
    """The modality whose training command writes such files."""

    def __init__(
        self, model_file: Path | None = None, *, commercial_only: bool = False, shipped: str | None = None
    ) -> None:
        """Build it; the weights load on first use.

        Args:
            model_file: written by `attune train`; one that ships when None.
            commercial_only: refuse the one that ships unless its card allows commercial use.
            shipped: name of another that ships.
        """
        self._shipped = shipped or self.shipped
        self._file = model_file
        self._commercial_only = commercial_only
        self._session: Any = None
        self._metadata: Mapping[str, str] = {}
        self._lock = Lock()

    @property
    def model(self) -> str:
        """Name and version."""
        return self._file.stem if self._file else self._shipped

    @property
    def uncertain_below(self) -> float:
        """The confidence under which an answer is not to be used, found on development rows.

        Raises:
            ModelError: the weights cannot be loaded.
        """
        return float(self.metadata["uncertain_below"])

    @property
    def metadata(self) -> Mapping[str, str]:
        """What its training told of it: `emotions`, `uncertain_below`, and in newer files how it was calibrated.

        Raises:
            ModelError: the weights cannot be loaded.
        """
        self.load()
        return self._metadata

    def load(self) -> None:
        """Load the weights now, once.

        Raises:
            ModelMissing: they are not on this machine.
            ModelRefused: the file is no such network of ours, or is held back.
        """
        with self._lock:
            if self._session is None:
                self._session, self._metadata = self._open(self._path())

    def check(self, session: Any) -> None:
        """Raise a ValueError where a session cannot take what it will be given."""

    def run(self, outputs: Sequence[str], inputs: dict[str, Any]) -> list[Any]:
        """The named outputs.

        Raises:
            ModelError: the weights cannot be loaded.
        """
        self.load()
        answers: list[Any] = self._session.run(list(outputs), inputs)
        return answers

    def inputs(self) -> Mapping[str, Sequence[Any]]:
        """Shapes of what the network takes, by name; an axis of any length has a name.

        Raises:
            ModelError: the weights cannot be loaded.
        """
        self.load()
        return {given.name: given.shape for given in self._session.get_inputs()}

    def _path(self) -> Path:
        if self._file is None:
            return shipped_weight(f"{self._shipped}.onnx", commercial_only=self._commercial_only)
        if not self._file.is_file():
            raise ModelMissing(str(self._file), f"attune train {self.sense} --data DIR")
        return self._file

    def _open(self, path: Path) -> tuple[Any, Mapping[str, str]]:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3  # errors
        try:
            session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
            told = session.get_modelmeta().custom_metadata_map
            if told["emotions"].split() != list(EMOTIONS):
                raise ValueError(f"its emotions are {told['emotions']!r}")
            float(told["uncertain_below"])
            self.check(session)
            return session, MappingProxyType(told)
        except Exception as error:  # ONNX Runtime has no error of its own to catch
            raise ModelRefused(
                f"{str(path)!r} is no {self.sense} network of Attune: {error}; "
                f"train one with: attune train {self.sense} --data DIR"
            ) from error
