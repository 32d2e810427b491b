"""From trained weights to the file that ships: the same bytes each time, compared with what was trained, made small."""

from perception.training.export.files import load_onnx, read_metadata, save_onnx, weights_metadata
from perception.training.export.gain import Quantised, faster, measure_quantised, quantisation_loss
from perception.training.export.parity import Parity, check_parity
from perception.training.export.quantise import quantise
from perception.training.export.runner import OnnxRunner
from perception.training.export.torch_model import calibrated_head, export_torch

__all__ = [
    "OnnxRunner",
    "Parity",
    "Quantised",
    "calibrated_head",
    "check_parity",
    "export_torch",
    "faster",
    "load_onnx",
    "measure_quantised",
    "quantisation_loss",
    "quantise",
    "read_metadata",
    "save_onnx",
    "weights_metadata",
]
