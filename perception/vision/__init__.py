"""The sense of sight: faces in a picture, and the emotion of the one that speaks to us."""

from perception.vision.blazeface import BlazeFaceDetector
from perception.vision.detectors import default_detector
from perception.vision.embedded import EmbeddedVision
from perception.vision.faces import FaceBox, FaceDetector
from perception.vision.haar import HaarDetector
from perception.vision.points import FacePoints
from perception.vision.stream import FaceStream
from perception.vision.tracking import FaceTracker, Followed, TrackedFace

__all__ = [
    "BlazeFaceDetector",
    "EmbeddedVision",
    "FaceBox",
    "FaceDetector",
    "FacePoints",
    "FaceStream",
    "FaceTracker",
    "Followed",
    "HaarDetector",
    "TrackedFace",
    "default_detector",
]
