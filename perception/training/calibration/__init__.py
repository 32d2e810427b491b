"""Making confidence mean the chance of being right, and choosing under which confidence to abstain."""

from perception.training.calibration.fit import calibrate
from perception.training.calibration.fold import fold_linear, fold_text
from perception.training.calibration.scaling import TEMPERATURES, fit_temperature, fit_vector
from perception.training.calibration.threshold import Threshold, choose_threshold, risk_bound, select_threshold
from perception.training.calibration.values import Calibration, Method, Seen

__all__ = [
    "TEMPERATURES",
    "Calibration",
    "Method",
    "Seen",
    "Threshold",
    "calibrate",
    "choose_threshold",
    "fit_temperature",
    "fit_vector",
    "fold_linear",
    "fold_text",
    "risk_bound",
    "select_threshold",
]
