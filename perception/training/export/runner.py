"""Run an ONNX file over many rows, as the perceivers run it: on the processor, with one thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perception.training.errors import ExportFailed


class OnnxRunner:
    """An ONNX file that answers rows in batches, by the names of its inputs and outputs.

    Called with rows alone it answers them by its first input and the output chosen, so that it is what `check_parity`
    compares.
    """

    def __init__(self, path: Path, *, output: str | None = None, batch: int = 64) -> None:
        """Load it.

        Args:
            path: the file.
            output: what a call returns; the first output when None.
            batch: rows run at once, at least 1.

        Raises:
            ExportFailed: the file is no ONNX that can be run here, or has no such output.
        """
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3  # errors
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime has no error of its own to catch
            raise ExportFailed(f"{str(path)!r} cannot be run: {error}") from error
        self._path = path
        self._batch = batch
        self.inputs: tuple[str, ...] = tuple(each.name for each in self._session.get_inputs())
        self.outputs: tuple[str, ...] = tuple(each.name for each in self._session.get_outputs())
        self._types = {each.name: _DTYPES.get(each.type, np.float32) for each in self._session.get_inputs()}
        self._output = output or self.outputs[0]
        self._check([self._output], self.outputs)

    @property
    def metadata(self) -> dict[str, str]:
        """What is written with the graph."""
        return dict(self._session.get_modelmeta().custom_metadata_map)

    def __call__(self, rows: NDArray[Any]) -> NDArray[Any]:
        """The chosen output for rows given to the first input.

        Raises:
            ExportFailed: the rows are not what the graph takes.
        """
        return self.run([self._output], {self.inputs[0]: rows})[0]

    def run(self, outputs: Sequence[str], inputs: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """The named outputs for named inputs, each with as many rows, which are cast to the types the graph takes.

        Raises:
            ExportFailed: a name is not of this graph, there are no rows, or they are not what it takes.
        """
        self._check(outputs, self.outputs)
        self._check(list(inputs), self.inputs)
        counts = {name: len(rows) for name, rows in inputs.items()}
        if len(set(counts.values())) != 1 or not min(counts.values()):
            raise ExportFailed(f"{self._path.name!r} takes one row or more of each input, got {counts}")
        parts = [self._part(outputs, inputs, at) for at in range(0, min(counts.values()), self._batch)]
        return [np.concatenate(column) for column in zip(*parts, strict=True)]

    def _part(self, outputs: Sequence[str], inputs: Mapping[str, NDArray[Any]], at: int) -> list[NDArray[Any]]:
        given = {name: rows[at : at + self._batch].astype(self._types[name]) for name, rows in inputs.items()}
        try:
            return list(self._session.run(list(outputs), given))
        except Exception as error:  # as above
            raise ExportFailed(f"{self._path.name!r} does not take these rows: {error}") from error

    def _check(self, names: Sequence[str], known: Sequence[str]) -> None:
        if unknown := [name for name in names if name not in known]:
            raise ExportFailed(f"{self._path.name!r} has no {unknown[0]!r}; it has {', '.join(known)}")


_DTYPES: dict[str, Any] = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(double)": np.float64,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(uint8)": np.uint8,
    "tensor(int8)": np.int8,
    "tensor(bool)": np.bool_,
}
