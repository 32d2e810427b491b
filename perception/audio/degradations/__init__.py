"""Every way in which sound gets worse on its way here: noise, rooms, channels, gain, length.

Pure functions of float32 samples at 16 kHz and a `numpy.random.Generator`. `degrade` makes the named conditions of a
report, `augment` draws at random for training.
"""

from perception.audio.degradations.augment import CHANCES, augment
from perception.audio.degradations.channel import gain, low_pass, opus, telephone, tilt
from perception.audio.degradations.conditions import DEGRADATIONS, Condition, degrade
from perception.audio.degradations.length import cut_middle, loop, to_length
from perception.audio.degradations.level import speech_level
from perception.audio.degradations.noise import babble_noise, mix, pink_noise, white_noise
from perception.audio.degradations.room import impulse_response, reverberate

__all__ = [
    "CHANCES",
    "DEGRADATIONS",
    "Condition",
    "augment",
    "babble_noise",
    "cut_middle",
    "degrade",
    "gain",
    "impulse_response",
    "loop",
    "low_pass",
    "mix",
    "opus",
    "pink_noise",
    "reverberate",
    "speech_level",
    "telephone",
    "tilt",
    "to_length",
    "white_noise",
]
