"""How far each sense is trusted before its quality and confidence are known."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

from perception import Modality

Preset = Literal["words-first", "reference", "balanced"]

DEFAULT_PRESET: Final[Preset] = "words-first"

PRESETS: Final[Mapping[Preset, Mapping[Modality, float]]] = MappingProxyType(
    {
        # on the dialogues of MELD the words deserve most
        "words-first": {Modality.VISION: 0.4, Modality.AUDIO: 0.3, Modality.TEXT: 0.6},
        # the weights of the system Attune descends from
        "reference": {Modality.VISION: 0.6, Modality.AUDIO: 0.1, Modality.TEXT: 0.3},
        "balanced": {Modality.VISION: 0.5, Modality.AUDIO: 0.5, Modality.TEXT: 0.5},
    }
)
"""Weights in [0, 1] by preset and modality. Fusion renormalises them, so only their ratios matter."""
