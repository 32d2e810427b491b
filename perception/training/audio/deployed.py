"""A sequence network as it ships: encoder, baseline, scale and calibration are in one graph."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np

from perception.audio.baseline import PRIOR
from perception.training.audio.batches import Scale
from perception.training.audio.hearings import Hearing
from perception.training.calibration import Calibration
from perception.training.export import calibrated_head, export_torch, load_onnx, save_onnx, weights_metadata

OUTPUTS: Final = ("probabilities", "embedding", "mean")
_IR: Final = 10


def export_sequence(network: Any, hearing: Hearing, scale: Scale, calibration: Calibration, path: Path) -> Path:
    """Write the ONNX file that `perception.audio.VoiceClassifier` loads.

    It takes `spectrogram` of one clip (frames x bands), `usual`, the mean vector of the speaker's earlier utterances
    (width), and `heard`, how many those were (a scalar), 0 for none. It gives calibrated `probabilities` (1 x 7), an
    `embedding` (1 x its width), and the `mean` vector of this clip (width), of which the next baseline is made.

    Raises:
        ExportFailed: the network cannot be exported.
    """
    front = hearing.front()
    told = {"spectrogram": hearing.spectrogram, **weights_metadata(path.stem, calibration)}
    first = "vectors" if front else "spectrogram"
    export_torch(
        _deployed(network, hearing, scale, calibration),
        _example(hearing),
        path,
        input_names=(first, "usual", "heard"),
        output_names=OUTPUTS,
        metadata=told,
        dynamic={first: {0: "frames"}},
        traced=front is None,  # the network on spectrograms is recurrent
    )
    return path if front is None else _behind(front, path, told)


def _behind(front: Path, path: Path, told: dict[str, str]) -> Path:
    """Put the encoder before the head, in the head's file."""
    from onnx import compose, version_converter

    head, encoder = load_onnx(path), load_onnx(front)
    opset = max(_opset(head), _opset(encoder))
    head, encoder = (
        each if _opset(each) == opset else version_converter.convert_version(each, opset) for each in (head, encoder)
    )
    for each in (head, encoder):
        each.ir_version = _IR
        del each.metadata_props[:]
    joined = compose.merge_models(
        compose.add_prefix(encoder, "encoder/", rename_inputs=False, rename_outputs=False),
        compose.add_prefix(head, "head/", rename_inputs=False, rename_outputs=False),
        io_map=[("vectors", "vectors")],
    )
    return save_onnx(joined, path, told)


def _opset(model: Any) -> int:
    return int(next(each.version for each in model.opset_import if each.domain in {"", "ai.onnx"}))


def _deployed(network: Any, hearing: Hearing, scale: Scale, calibration: Calibration) -> Any:
    import torch

    class Deployed(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.network, self.calibrated = network, calibrated_head(calibration)
            self.register_buffer("general", torch.from_numpy(np.ascontiguousarray(scale.mean, dtype=np.float32)))
            self.register_buffer("deviation", torch.from_numpy(np.ascontiguousarray(scale.deviation)))

        def forward(self, vectors: Any, usual: Any, heard: Any) -> tuple[Any, Any, Any]:
            baseline = (heard * usual + PRIOR * self.general) / (heard + PRIOR)
            standard = ((vectors - baseline) / self.deviation)[None]
            logits, embedding = self.network(standard, None)
            return self.calibrated(logits), embedding, hearing.mean(vectors)

    return Deployed().eval()


def _example(hearing: Hearing) -> tuple[Any, ...]:
    """Inputs of the shape that will be given."""
    import torch

    return torch.randn(96, hearing.width), torch.zeros(hearing.width), torch.tensor(0.0)
