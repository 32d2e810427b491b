"""Videos: frames sampled evenly, each felt, all together one observation."""

from perception.video.aggregate import TimedObservation, VideoReading, aggregate
from perception.video.sampling import TimedFrame, sample_video

__all__ = ["TimedFrame", "TimedObservation", "VideoReading", "aggregate", "sample_video"]
