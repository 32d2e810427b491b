"""Live faces: pictures of a camera in, one steady emotion out, and never a queue between."""

from perception.live.faces import LiveFaces
from perception.live.smoother import AffectSmoother, SmoothedAffect
from perception.live.values import LiveStatistics, LiveUpdate

__all__ = ["AffectSmoother", "LiveFaces", "LiveStatistics", "LiveUpdate", "SmoothedAffect"]
