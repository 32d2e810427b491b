"""Eight-bit weights: smaller files, and faster ones where the processor and the graph allow."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from perception.training.errors import ExportFailed
from perception.training.export.files import load_onnx, need, save_onnx

_BATCH: Final = 32


def quantise(
    path: Path,
    out: Path,
    *,
    method: Literal["dynamic", "static"],
    calibration: NDArray[Any] | None = None,
    reduce_range: bool = True,
) -> Path:
    """Write an 8-bit copy of an ONNX file. The same file and rows give the same bytes; metadata are kept.

    Weights are signed and per channel (a scale for each output), the usual remedy against a loss of accuracy. `dynamic`
    finds the range of activations anew for each input, and suits matrix products (perceptrons, transformers). `static`
    finds them once, on rows like those to come, and puts quantised pairs (QDQ) around the nodes: it suits convolutions.
    Its last layer and what follows stay as they are: they are small, and a softmax in steps of 1/255 sums to 1 no more.

    Args:
        path: the file, of 32-bit floats, with one input when static.
        out: the new file.
        method: see above.
        calibration: rows for static (n x ...), as the graph takes them; some hundreds. Not rows it is measured on.
        reduce_range: weights use 7 bits. Without it, processors that lack VNNI let sums overflow and answer otherwise
            than those that have it; false for a model that will only run on the latter.

    Raises:
        ExportFailed: the file cannot be quantised, or nothing in it can be, or rows are missing or not called for.
        TrainingExtraMissing: onnx is not installed.
    """
    need("onnx")
    if (calibration is None) == (method == "static"):
        raise ExportFailed(f"quantising {path.name!r}: rows for calibration go with 'static', method is {method!r}")
    metadata = {each.key: each.value for each in load_onnx(path).metadata_props}
    with tempfile.TemporaryDirectory(prefix="attune-quantise-") as folder, _quiet():
        prepared, small = Path(folder, "prepared.onnx"), Path(folder, "small.onnx")
        try:
            _quantised(path, prepared, small, calibration, reduce_range)
        except Exception as error:  # the tool raises whatever breaks in it
            raise ExportFailed(f"{path.name!r} cannot be quantised ({method}): {error}") from error
        model = _stacked(load_onnx(small))
    if not any(tensor.data_type in _EIGHT_BITS for tensor in model.graph.initializer if len(tensor.dims) > 1):
        raise ExportFailed(f"{path.name!r} has no weights that {method} quantisation can make smaller")
    return save_onnx(model, out, metadata | {"quantised": f"{method} int8"})


_EIGHT_BITS: Final = (2, 3)  # TensorProto.UINT8, INT8


_WEIGHTED: Final = frozenset({"Conv", "ConvTranspose", "Gemm", "MatMul"})


def _quantised(path: Path, prepared: Path, small: Path, rows: NDArray[Any] | None, reduce_range: bool) -> None:
    from onnxruntime.quantization import QuantFormat, QuantType, quant_pre_process, quantize_dynamic, quantize_static

    # shapes of our graphs are known without symbolic inference, which would need sympy
    quant_pre_process(path, prepared, skip_symbolic_shape=True)
    model = _named(_merged(load_onnx(prepared)))
    prepared.write_bytes(model.SerializeToString())
    options: dict[str, Any] = {"per_channel": True, "reduce_range": reduce_range, "weight_type": QuantType.QInt8}
    if rows is None:
        quantize_dynamic(prepared, small, **options)
        return
    quantize_static(
        prepared,
        small,
        _reader(model.graph.input[0].name, rows),
        quant_format=QuantFormat.QDQ,
        activation_type=QuantType.QUInt8,
        nodes_to_exclude=_tail(model.graph),
        **options,
    )


def _merged(model: Any) -> Any:
    """The graph with one copy of equal weights: a layer used twice is made two when batch statistics go into it."""
    from onnx import numpy_helper

    kept: dict[tuple[Any, ...], str] = {}
    same: dict[str, str] = {}
    for tensor in model.graph.initializer:
        key = (tensor.data_type, tuple(tensor.dims), numpy_helper.to_array(tensor).tobytes())
        same[tensor.name] = kept.setdefault(key, tensor.name)
    for node in model.graph.node:
        node.input[:] = [same.get(name, name) for name in node.input]
    for tensor in [each for each in model.graph.initializer if same[each.name] != each.name]:
        model.graph.initializer.remove(tensor)
    return model


def _stacked(model: Any) -> Any:
    """The graph with scales and zero points of stacked matrices (... x k x n) repeated for each matrix.

    The tool writes one for all (n), which ONNX Runtime then refuses to run (microsoft/onnxruntime#25489).
    """
    from onnx import numpy_helper

    weights = {tensor.name: tensor for tensor in model.graph.initializer}
    stacks = {
        node.input[1].removesuffix("_quantized"): weights[node.input[1]].dims[:-2]
        for node in model.graph.node
        if node.op_type == "MatMulInteger" and node.input[1] in weights
    }
    for name, stack in stacks.items():
        for part in (f"{name}_scale", f"{name}_zero_point"):
            values = numpy_helper.to_array(weights[part])
            if stack and values.ndim == 1:
                repeated = np.broadcast_to(values, (*stack, 1, len(values)))
                weights[part].CopyFrom(numpy_helper.from_array(np.ascontiguousarray(repeated), part))
    return model


def _named(model: Any) -> Any:
    """The graph with a name for each node: nodes to leave out are told by name."""
    for place, node in enumerate(model.graph.node):
        node.name = node.name or f"node_{place}"
    return model


def _tail(graph: Any) -> list[str]:
    """Names of the nodes that no weighted node follows: the last layer, and what comes after it."""
    followed: set[str] = set()  # values that a weighted node reads, at once or through others
    tail = []
    for node in reversed(graph.node):  # ONNX keeps nodes in the order they run
        before = any(value in followed for value in node.output)
        if before or node.op_type in _WEIGHTED:
            followed.update(node.input)
        if not before:
            tail.append(node.name)
    return tail


def _reader(name: str, rows: NDArray[Any]) -> Any:
    from onnxruntime.quantization import CalibrationDataReader

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            parts = (rows[at : at + _BATCH] for at in range(0, len(rows), _BATCH))
            self._batches = iter([{name: np.ascontiguousarray(part, dtype=np.float32)} for part in parts])

        def get_next(self) -> dict[str, NDArray[np.float32]] | None:
            return next(self._batches, None)

    return Reader()


@contextmanager
def _quiet() -> Iterator[None]:
    """The tool writes to the root logger, which gives that a handler, and so would print whatever comes later."""
    root = logging.getLogger()
    handlers, disabled = list(root.handlers), root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(disabled)
        for handler in [each for each in root.handlers if each not in handlers]:
            root.removeHandler(handler)
