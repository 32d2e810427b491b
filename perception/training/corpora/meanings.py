"""What labels of people's own mean."""

from __future__ import annotations

from collections.abc import Mapping

from perception.emotions import EMOTIONS, Emotion
from perception.training.corpora.labels import emotion_of
from perception.training.errors import CorpusOptionInvalid


def meanings(labels: Mapping[str, str] | None) -> dict[str, Emotion]:
    """Emotions by label, from names that people wrote.

    Raises:
        CorpusOptionInvalid: a label is to mean what is none of the seven emotions.
    """
    meant = {label: emotion_of(name) for label, name in (labels or {}).items()}
    if wrong := [label for label, emotion in meant.items() if emotion is None]:
        given = (labels or {})[wrong[0]]
        raise CorpusOptionInvalid(
            f"the label {wrong[0]!r} is to mean {given!r}, which is no emotion; there are {', '.join(EMOTIONS)}"
        )
    return {label: emotion for label, emotion in meant.items() if emotion is not None}
