"""A PyTorch module as an ONNX file."""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any, Final

from perception.training.calibration import Calibration
from perception.training.errors import ExportFailed
from perception.training.export.files import need, save_onnx

OPSET: Final = 18
"""Read by every ONNX Runtime that Attune installs with."""


def export_torch(
    module: Any,
    example_inputs: tuple[Any, ...],
    path: Path,
    *,
    input_names: Sequence[str],
    output_names: Sequence[str],
    metadata: Mapping[str, str],
    dynamic: str | Mapping[str, Mapping[int, str]] = "n",
    opset: int = OPSET,
    traced: bool = False,
) -> Path:
    """Write a module as it answers when not in training. The same weights give the same bytes.

    Args:
        module: a `torch.nn.Module` whose forward takes `example_inputs` and returns a tensor or several.
        example_inputs: tensors of the shape that will be given; free axes of at least 2, or they would be fixed.
        path: the file.
        input_names: as many as inputs.
        output_names: as many as outputs.
        metadata: see `weights_metadata`.
        dynamic: name of the free first axis of every input; or axis and name by input: axes of one name are equal.
        opset: of ONNX.
        traced: follow one run of the module instead of reading it. PyTorch reads an LSTM over a free axis as a loop,
            and fails; a trace keeps it one node.

    Raises:
        ExportFailed: the module cannot be exported.
        TrainingExtraMissing: PyTorch, onnx or onnxscript is not installed.
    """
    for package in ("torch", "onnx", "onnxscript"):
        need(package)
    axes = {name: {0: dynamic} for name in input_names} if isinstance(dynamic, str) else dynamic
    _check(example_inputs, input_names, axes, path)
    export = _traced if traced else _exported
    model = export(module, example_inputs, path, input_names, output_names, axes, opset)
    if (found := [each.name for each in model.graph.output]) != list(output_names):
        raise ExportFailed(f"{path.name!r} would have outputs {found}, not {list(output_names)}")
    return save_onnx(model, path, metadata)


def calibrated_head(calibration: Calibration) -> Any:
    """A module, logits (n x 7) -> calibrated probabilities (n x 7), to put last: so the graph holds the calibration."""
    need("torch")
    import torch

    class Calibrated(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("factor", torch.tensor(calibration.factor, dtype=torch.float32))
            self.register_buffer("bias", torch.tensor(calibration.bias, dtype=torch.float32))

        def forward(self, logits: Any) -> Any:
            return (logits * self.factor + self.bias).softmax(dim=1)

    return Calibrated().eval()


def _check(examples: tuple[Any, ...], names: Sequence[str], axes: Mapping[str, Mapping[int, str]], path: Path) -> None:
    if len(names) != len(examples):
        raise ExportFailed(f"{path.name!r} has {len(examples)} inputs, so it needs as many names, not {list(names)}")
    if unknown := sorted(set(axes) - set(names)):
        raise ExportFailed(f"{unknown[0]!r} is no input of {path.name!r}; those are {list(names)}")
    for name, example in zip(names, examples, strict=True):
        for axis in axes.get(name, {}):
            if axis >= example.ndim or example.shape[axis] < 2:
                raise ExportFailed(
                    f"axis {axis} of {name!r} is to be free, but the example has shape {tuple(example.shape)}: "
                    "PyTorch fixes an axis of size 1, so give an example of at least 2"
                )


def _exported(
    module: Any,
    examples: tuple[Any, ...],
    path: Path,
    input_names: Sequence[str],
    output_names: Sequence[str],
    axes: Mapping[str, Mapping[int, str]],
    opset: int,
) -> Any:
    import torch

    dims = {name: torch.export.Dim(name) for of in axes.values() for name in of.values()}
    shapes = tuple({axis: dims[name] for axis, name in axes.get(given, {}).items()} for given in input_names)
    with _answering(module), _quiet(), warnings.catch_warnings():
        # inputs may share an axis, which it takes for a mistake in naming
        warnings.filterwarnings("ignore", message=".*The axis name.*")
        try:
            return torch.onnx.export(
                module,
                examples,
                input_names=list(input_names),
                output_names=list(output_names),
                dynamic_shapes=shapes,
                opset_version=opset,
                dynamo=True,
                verbose=False,
            ).model_proto
        except torch.onnx.errors.OnnxExporterError as error:
            raise ExportFailed(f"PyTorch cannot export {path.name!r}: {_why(error)}") from error


def _traced(
    module: Any,
    examples: tuple[Any, ...],
    path: Path,
    input_names: Sequence[str],
    output_names: Sequence[str],
    axes: Mapping[str, Mapping[int, str]],
    opset: int,
) -> Any:
    import onnx
    import torch

    stream = io.BytesIO()
    with _answering(module), _quiet(), warnings.catch_warnings():
        # the way by traces is called old, and warns of axes and of values that it takes for constants
        warnings.simplefilter("ignore")
        try:
            torch.onnx.export(
                module,
                examples,
                stream,
                input_names=list(input_names),
                output_names=list(output_names),
                dynamic_axes=axes,
                opset_version=opset,
                dynamo=False,
            )
        except Exception as error:  # of the tracer, which has no error of its own
            raise ExportFailed(f"PyTorch cannot export {path.name!r}: {_why(error)}") from error
    return onnx.load_from_string(stream.getvalue())


def _why(error: BaseException) -> str:
    """First line of what went wrong; the exporter's own message is of its steps, over many lines."""
    return next(iter(str(error.__cause__ or error).strip().splitlines()), type(error).__name__)


@contextmanager
def _answering(module: Any) -> Iterator[None]:
    """Dropout and batch statistics off; each part is put back as it was."""
    modes = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        yield
    finally:
        for part, training in modes:
            part.training = training


@contextmanager
def _quiet() -> Iterator[None]:
    """The exporter tells its progress on standard output, what it need not have on loggers, and warns of itself."""
    loggers = [logging.getLogger(name) for name in ("onnxscript", "torch.onnx")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with redirect_stdout(io.StringIO()), warnings.catch_warnings():
            # PyTorch 2.13 calls a name of its own that it has deprecated
            warnings.filterwarnings("ignore", r".*treespec, LeafSpec", FutureWarning)
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
