"""A linear model over n-grams, and the file it lives in."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perception.emotions import EMOTIONS
from perception.errors import ModelRefused
from perception.text.vectorise import Analyzer, Vectoriser


@dataclass(frozen=True, kw_only=True)
class TextModel:
    """Multinomial linear model of the seven emotions."""

    name: str
    """Name and version, such as `text-en-tfidf-3`."""
    blocks: tuple[Vectoriser, ...]
    """Feature blocks; the columns of one follow those of the one before."""
    coefficients: NDArray[np.float16]
    """Features x 7, in the order of `Emotion`."""
    intercept: NDArray[np.float32]
    """Seven."""
    temperature: float
    """Divides the decision values so that confidence is the chance of being right; chosen on development rows."""
    threshold: float
    """Confidence below which the model is uncertain; chosen on development rows."""
    metadata: Mapping[str, str] = field(default_factory=dict)
    """What else its training told of it, such as how it was calibrated; nothing in older files."""

    def logits(self, text: str) -> NDArray[np.float32]:
        """Seven calibrated logits of a normalised text."""
        total = self.intercept.astype(np.float32)
        start = 0
        for block in self.blocks:
            columns, values = block.transform(text)
            total = total + values @ self.coefficients[columns + start].astype(np.float32)
            start += len(block.idf)
        return (total / np.float32(self.temperature)).astype(np.float32)

    @property
    def digest(self) -> str:
        """SHA-256 of its numbers: whether two models answer alike."""
        told = hashlib.sha256(self.coefficients.tobytes() + self.intercept.tobytes())
        for block in self.blocks:
            told.update("\n".join(block.vocabulary).encode() + block.idf.astype(np.float16).tobytes())
        return told.hexdigest()

    def knows(self, token: str) -> bool:
        """Whether a word (English) or a character (Chinese) is in the vocabulary of the first block."""
        return token in self.blocks[0].vocabulary


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """Probabilities along the last axis."""
    shifted = np.exp(logits.astype(np.float64) - logits.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True))


def save_model(model: TextModel, path: Path) -> None:
    """Write a compressed `.npz` that loads without pickle: n-grams are UTF-8 lines in column order."""
    arrays: dict[str, Any] = {
        "name": np.array(model.name),
        "emotions": np.array([str(emotion) for emotion in EMOTIONS]),
        "coefficients": model.coefficients,
        "intercept": model.intercept,
        "calibration": np.array([model.temperature, model.threshold], dtype=np.float64),
        "blocks": np.array([f"{b.analyzer} {b.low} {b.high}" for b in model.blocks]),
    }
    if model.metadata:
        arrays["metadata"] = np.array(list(model.metadata.items()))
    for i, block in enumerate(model.blocks):
        lines = "\n".join(sorted(block.vocabulary, key=lambda gram: block.vocabulary[gram]))
        arrays[f"vocabulary{i}"] = np.frombuffer(lines.encode(), dtype=np.uint8)
        arrays[f"idf{i}"] = block.idf.astype(np.float16)
    np.savez_compressed(path, **arrays)


def load_model(path: Path) -> TextModel:
    """Read what `save_model` wrote.

    Raises:
        ModelRefused: the file is damaged or is no model of this kind.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            return _model_of(file)
    except (OSError, ValueError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise ModelRefused(
            f"{path.name!r} is no text model ({error}); reinstall attune-agent or train again"
        ) from error


def _model_of(file: Any) -> TextModel:
    if file["emotions"].tolist() != [str(emotion) for emotion in EMOTIONS]:
        raise ValueError(f"its emotions are {file['emotions'].tolist()!r}")
    temperature, threshold = file["calibration"].tolist()
    return TextModel(
        name=str(file["name"]),
        blocks=tuple(_block(spec, file[f"vocabulary{i}"], file[f"idf{i}"]) for i, spec in enumerate(file["blocks"])),
        coefficients=file["coefficients"],
        intercept=file["intercept"],
        temperature=temperature,
        threshold=threshold,
        metadata=dict(file["metadata"].tolist()) if "metadata" in file else {},
    )


def _block(spec: str, vocabulary: NDArray[np.uint8], idf: NDArray[np.float16]) -> Vectoriser:
    analyzer, low, high = str(spec).split()
    grams: Sequence[str] = vocabulary.tobytes().decode().split("\n")
    if analyzer not in {"word", "char_wb", "char"} or len(grams) != len(idf):
        raise ValueError(f"its block {str(spec)!r} has {len(grams)} n-grams and {len(idf)} weights")
    kind: Analyzer = analyzer  # type: ignore[assignment]
    return Vectoriser(
        analyzer=kind,
        low=int(low),
        high=int(high),
        vocabulary={gram: column for column, gram in enumerate(grams)},
        idf=idf.astype(np.float32),
    )
