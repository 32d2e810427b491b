"""The sense of sight: faces in a picture, and the emotion of the one that speaks to us."""

from perception.vision.blazeface import BlazeFaceDetector
from perception.vision.detectors import default_detector
from perception.vision.embedded import EmbeddedVision
from perception.vision.faces import FaceBox, FaceDetector
from perception.vision.haar import HaarDetector

__all__ = [
    "BlazeFaceDetector",
    "EmbeddedVision",
    "FaceBox",
    "FaceDetector",
    "HaarDetector",
    "default_detector",
]
