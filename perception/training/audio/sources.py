"""The corpora of acted speech as model cards name them, and what no network trained on them can do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from perception.training.cards import Source

_SOURCES: Final = {
    "ravdess": ("RAVDESS, speech (English)", "CC-BY-NC-SA-4.0", "calm counts as neutral"),
    "emodb": ("EmoDB (German)", "free use, cite Burkhardt et al. 2005", "no surprise; boredom left out"),
    "nemo": ("nEMO (Polish)", "CC-BY-NC-SA-4.0", "no disgust"),
}

WHISPER: Final = Source(
    name="Whisper base, first blocks of the encoder (pretrained weights)",
    licence="MIT",
    commercial=True,
    rows=0,
    note="(c) 2022 OpenAI; frozen, in 8 bits, part of the file",
    citation="Radford et al. 2022",
)
"""What a network on its states takes on beside the corpora."""

LIMITS: Final = (
    "All training speech is acted, in studios, by adults: spontaneous emotion is weaker, and accuracy on it lower.",
    "English, German and Polish only. No Chinese was heard in training, and none was measured.",
    "On speakers never heard it is wrong about one time in three: one voice is evidence, not a verdict.",
    "Arousal is heard better than valence: happy and surprise are taken for angry, sad and neutral for each other.",
    "The poorer channels of training are simulated; phones and rooms were not recorded.",
    "Children, and voices changed by age or illness, were not heard in training.",
)


def corpus_title(corpus: str) -> str:
    """As its authors call it."""
    return _SOURCES[corpus][0]


def sources_of(rows: Mapping[str, int]) -> list[Source]:
    """The corpora with so many rows."""
    return [
        Source(name=name, licence=licence, commercial=False, rows=rows[corpus], note=note)
        for corpus, (name, licence, note) in _SOURCES.items()
        if rows.get(corpus)
    ]
