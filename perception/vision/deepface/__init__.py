"""DeepFace's emotion model as a vision backend: `pip install 'attune-agent[deepface]'`, `ATTUNE_VISION=deepface`."""

from perception.vision.deepface.perceiver import DeepFaceVision
from perception.vision.deepface.weights import DETECTORS, Detector

__all__ = ["DETECTORS", "DeepFaceVision", "Detector"]
