"""ONNX files: what is written with a graph, and what is left out."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from perception.emotions import EMOTIONS
from perception.training.calibration import Calibration
from perception.training.errors import ExportFailed, TrainingExtraMissing


def weights_metadata(name: str, calibration: Calibration) -> dict[str, str]:
    """What every network of ours tells of itself: its name, the order of its emotions, how it was calibrated."""
    return {"name": name, "emotions": " ".join(EMOTIONS), **calibration.metadata()}


def save_onnx(model: Any, path: Path, metadata: Mapping[str, str]) -> Path:
    """Check a graph and write it: the same graph and metadata give the same bytes.

    Args:
        model: an `onnx.ModelProto`. It is changed: its metadata become `metadata`, and doc strings and what exporters
            note of nodes is dropped, since stack traces name the folders of whoever trained it.
        path: the file; it appears whole or not at all.
        metadata: read by the perceivers; see `weights_metadata`.

    Raises:
        ExportFailed: the graph is no valid ONNX, or metadata are not text.
        TrainingExtraMissing: onnx is not installed.
    """
    need("onnx")
    import onnx

    for key, value in metadata.items():
        if not (isinstance(key, str) and isinstance(value, str)):
            raise ExportFailed(f"metadata of {path.name!r} must be text, got {key!r}: {value!r}")
    _strip(model)
    onnx.helper.set_model_props(model, dict(sorted(metadata.items())))
    try:
        onnx.checker.check_model(model, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise ExportFailed(f"the graph for {path.name!r} is not valid ONNX: {error}") from error
    partial = path.with_name(f"{path.name}.partial")
    partial.write_bytes(model.SerializeToString(deterministic=True))
    partial.replace(path)
    return path


def read_metadata(path: Path) -> dict[str, str]:
    """What is written with a graph.

    Raises:
        ExportFailed: there is no such file, or it is no ONNX.
        TrainingExtraMissing: onnx is not installed.
    """
    return {each.key: each.value for each in load_onnx(path).metadata_props}


def load_onnx(path: Path) -> Any:
    """The graph in a file, an `onnx.ModelProto`.

    Raises:
        ExportFailed: there is no such file, or it is no ONNX.
        TrainingExtraMissing: onnx is not installed.
    """
    need("onnx")
    import onnx

    try:
        model = onnx.load(path)
    except Exception as error:  # of protobuf, which has no types, or of the file
        raise ExportFailed(f"{str(path)!r} cannot be read as ONNX: {error}") from error
    if not model.graph.node:
        raise ExportFailed(f"{str(path)!r} cannot be read as ONNX: it holds no graph")
    return model


def need(package: str) -> None:
    """Raise a TrainingExtraMissing where a package of the extra `train` is not installed."""
    if importlib.util.find_spec(package) is None:
        raise TrainingExtraMissing(package)


def _strip(model: Any) -> None:
    model.ClearField("doc_string")
    for graph in (model.graph, *model.functions):
        for part in _parts(graph):
            part.ClearField("doc_string")
            if "metadata_props" in part.DESCRIPTOR.fields_by_name:
                part.ClearField("metadata_props")


def _parts(graph: Any) -> Iterator[Any]:
    """A graph or function and all in it, with the graphs inside its nodes."""
    yield graph
    for field in ("value_info", "input", "output", "initializer"):
        # a function names its inputs and outputs, where a graph describes them
        yield from (each for each in getattr(graph, field, ()) if not isinstance(each, str))
    for node in graph.node:
        yield node
        for attribute in node.attribute:
            yield attribute
            for inner in (*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs):
                yield from _parts(inner)
