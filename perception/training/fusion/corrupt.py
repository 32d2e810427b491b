"""The same evidence, worse: what cameras, rooms and thumbs do to a face, a voice and a sentence."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from perception.audio.degradations import babble_noise, mix, pink_noise, reverberate, telephone, white_noise
from perception.audio.degradations.room import impulse_response
from perception.audio.frames import Floats
from perception.training.vision.webcam import KINDS, degrade


def corrupt_face(face: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """One to three of the things that happen to faces before webcams, each at half strength at least."""
    names = tuple(KINDS)
    for place in random.choice(len(names), size=int(random.integers(1, 4)), replace=False):
        face = degrade(face, names[place], float(random.uniform(0.5, 1.0)), random)
    return face


def corrupt_voice(samples: Floats, random: np.random.Generator, others: list[Floats]) -> Floats:
    """Noise of 10 to -5 dB, half of it voices, often in a room and sometimes over a telephone."""
    if random.random() < 0.5:
        samples = reverberate(samples, impulse_response(float(random.uniform(0.3, 1.0)), random))
    kind = random.random()
    if kind < 0.5 and others:
        noise = babble_noise(len(samples), others, random)
    else:
        noise = (pink_noise if kind < 0.75 else white_noise)(len(samples), random)
    samples = mix(samples, noise, float(random.uniform(-5, 10)))
    return telephone(samples) if random.random() < 0.2 else samples


def corrupt_sentence(text: str, random: np.random.Generator) -> str:
    """Half of the words lost or misheard, as of a recogniser in a noisy room: dropped, or letters swapped."""
    words = text.split()
    kept = [_typo(word, random) if random.random() < 0.5 else word for word in words if random.random() > 0.4]
    return " ".join(kept) or words[0]


def _typo(word: str, random: np.random.Generator) -> str:
    if len(word) < 3:
        return word
    at = int(random.integers(len(word) - 1))
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def corrupt(evidence: Any, random: np.random.Generator, others: list[Floats]) -> Any:
    """Whatever it is, worse."""
    if isinstance(evidence, str):
        return corrupt_sentence(evidence, random)
    if evidence.ndim == 2:
        return corrupt_face(evidence, random)
    return corrupt_voice(evidence, random, others)
