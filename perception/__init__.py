"""The senses: media in, `Observation` out; fusion; every value that travels."""

from perception.affect import Affect, Fired, Mood, Share
from perception.cues import Conflict, Cue
from perception.emotions import CIRCUMPLEX, EMOTIONS, Emotion, EmotionScores
from perception.errors import (
    CardInvalid,
    DownloadFailed,
    MediaError,
    MediaMissing,
    MediaTooLarge,
    MediaUnreadable,
    ModelError,
    ModelMissing,
    ModelRefused,
    PerceptionError,
    UnknownPerceiver,
)
from perception.media.values import SAMPLE_RATE, AudioClip, Frame
from perception.observation import Modality, Observation, Status
from perception.perceiver import (
    AudioPerceiver,
    Perceiver,
    TextPerceiver,
    Transcriber,
    Utterance,
    VisionPerceiver,
)
from perception.registry import create_perceiver, perceiver, perceiver_names
from perception.speech.fluency.values import Fluency
from perception.speech.values import Transcript, Word

__all__ = [
    "CIRCUMPLEX",
    "EMOTIONS",
    "SAMPLE_RATE",
    "Affect",
    "AudioClip",
    "AudioPerceiver",
    "CardInvalid",
    "Conflict",
    "Cue",
    "DownloadFailed",
    "Emotion",
    "EmotionScores",
    "Fired",
    "Fluency",
    "Frame",
    "MediaError",
    "MediaMissing",
    "MediaTooLarge",
    "MediaUnreadable",
    "Modality",
    "ModelError",
    "ModelMissing",
    "ModelRefused",
    "Mood",
    "Observation",
    "Perceiver",
    "PerceptionError",
    "Share",
    "Status",
    "TextPerceiver",
    "Transcriber",
    "Transcript",
    "UnknownPerceiver",
    "Utterance",
    "VisionPerceiver",
    "Word",
    "create_perceiver",
    "perceiver",
    "perceiver_names",
]
