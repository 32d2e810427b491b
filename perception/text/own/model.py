"""A head of a user's own, and the file it lives in."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from perception.errors import ModelRefused
from perception.text.vectorise import Analyzer, Vectoriser

FORMAT: Final = "attune-own-labels-1"
"""First thing told by a file; another number is another layout."""
_UNKNOWN: Final = "-"
"""Stands in a file for a text of which no language is known."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Dense:
    """The numbers of one base model, and how they are scaled."""

    lang: str
    """ISO 639-1 code of the texts it reads."""
    base: str
    """Name of the base model: its numbers mean something on that one alone."""
    mean: NDArray[np.float32]
    """By number, over the rows trained on; subtracted."""
    scale: NDArray[np.float32]
    """By number; multiplied afterwards."""

    def apply(self, numbers: Floats) -> NDArray[np.float32]:
        """Scaled numbers (texts x width)."""
        return ((numbers - self.mean) * self.scale).astype(np.float32)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class OwnModel:
    """Multinomial logistic regression over the numbers of base models and n-grams."""

    labels: tuple[str, ...]
    """Two to fifty names, sorted."""
    lang: str | None
    """Language in which every text is read, whatever it looks like; None where each text tells its own."""
    dense: tuple[Dense, ...]
    """One for each language learned; the first is of most rows, and reads what is in none of them."""
    blocks: tuple[Vectoriser, ...]
    """N-grams of the rows trained on."""
    coefficients: NDArray[np.float16]
    """Features x labels: those of each `dense` in turn, then those of each block."""
    intercept: NDArray[np.float32]
    """By label."""
    temperature: float
    """Divides the logits so that confidence is the chance of being right."""
    threshold: float
    """Confidence below which there is no answer."""
    seen: frozenset[str | None]
    """Codes of the languages among the rows trained on; texts in others get no answer."""

    def __post_init__(self) -> None:
        width = sum(len(each.mean) for each in self.dense) + sum(len(each.idf) for each in self.blocks)
        if self.coefficients.shape != (width, len(self.labels)) or self.intercept.shape != (len(self.labels),):
            raise ValueError(
                f"{len(self.labels)} labels over {width} features need as many coefficients, "
                f"not {self.coefficients.shape} and {self.intercept.shape}"
            )

    def dense_for(self, code: str | None) -> int:
        """Place of the base model that reads a text of a language."""
        return next((place for place, each in enumerate(self.dense) if each.lang == code), 0)

    def probabilities(self, texts: Sequence[str], numbers: Floats, place: int) -> Floats:
        """Calibrated (texts x labels) of normalised texts that one base model has read."""
        start = sum(len(each.mean) for each in self.dense[:place])
        dense = self.dense[place]
        head = self.coefficients[start : start + len(dense.mean)].astype(np.float32)
        logits = self.intercept + dense.apply(numbers) @ head + np.stack([self._of_grams(text) for text in texts])
        logits = logits.astype(np.float64) / self.temperature
        raised = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(raised / raised.sum(axis=1, keepdims=True))

    def _of_grams(self, text: str) -> NDArray[np.float32]:
        total = np.zeros(len(self.labels), dtype=np.float32)
        start = sum(len(each.mean) for each in self.dense)
        for block in self.blocks:
            columns, values = block.transform(text)
            total += values @ self.coefficients[columns + start].astype(np.float32)
            start += len(block.idf)
        return total


def save_own(model: OwnModel, path: Path) -> None:
    """Write a compressed `.npz` that loads without pickle; equal models give equal bytes.

    Raises:
        OSError: it cannot be written.
    """
    arrays: dict[str, Any] = {
        "format": np.array(FORMAT),
        "labels": _lines(model.labels),
        "lang": np.array(model.lang or ""),
        "bases": _lines([f"{each.lang} {each.base}" for each in model.dense]),
        "coefficients": model.coefficients,
        "intercept": model.intercept,
        "calibration": np.array([model.temperature, model.threshold], dtype=np.float64),
        "seen": _lines(sorted(code or _UNKNOWN for code in model.seen)),
        "blocks": _lines([f"{each.analyzer} {each.low} {each.high}" for each in model.blocks]),
    }
    for i, dense in enumerate(model.dense):
        arrays |= {f"mean{i}": dense.mean, f"scale{i}": dense.scale}
    for i, block in enumerate(model.blocks):
        grams = sorted(block.vocabulary, key=lambda gram: block.vocabulary[gram])
        arrays |= {f"vocabulary{i}": _lines(grams), f"idf{i}": block.idf.astype(np.float16)}
    with path.open("wb") as file:
        np.savez_compressed(file, **arrays)


def load_own(path: Path) -> OwnModel:
    """Read what `save_own` wrote.

    Raises:
        ModelRefused: there is no such file, it is damaged, or it is no model of this kind.
    """
    try:
        # opened here, since NumPy leaves what is no archive open
        with path.open("rb") as stream:
            if not zipfile.is_zipfile(stream):
                raise ValueError("it is no whole archive")
            stream.seek(0)
            with np.load(stream, allow_pickle=False) as file:
                return _model_of(file)
    except OSError as error:
        raise ModelRefused(f"cannot read {str(path)!r}: {error.strerror or error}; check the path") from error
    except (ValueError, KeyError, EOFError, RuntimeError, AttributeError, zipfile.BadZipFile, zlib.error) as error:
        raise ModelRefused(
            f"{str(path)!r} is no model of labels of your own ({error}); write one with: "
            "attune train text --data MY.csv"
        ) from error


def _model_of(file: Mapping[str, NDArray[Any]]) -> OwnModel:
    if (told := str(file["format"])) != FORMAT:
        raise ValueError(f"its format is {told!r}, not {FORMAT!r}")
    temperature, threshold = file["calibration"].tolist()
    return OwnModel(
        labels=_texts(file["labels"]),
        lang=str(file["lang"]) or None,
        dense=tuple(
            Dense(lang=lang, base=base, mean=file[f"mean{i}"], scale=file[f"scale{i}"])
            for i, (lang, _, base) in enumerate(each.partition(" ") for each in _texts(file["bases"]))
        ),
        blocks=tuple(
            _block(spec, _texts(file[f"vocabulary{i}"]), file[f"idf{i}"])
            for i, spec in enumerate(_texts(file["blocks"]))
        ),
        coefficients=file["coefficients"],
        intercept=file["intercept"],
        temperature=temperature,
        threshold=threshold,
        seen=frozenset(None if code == _UNKNOWN else code for code in _texts(file["seen"])),
    )


def _block(spec: str, grams: Sequence[str], idf: NDArray[np.float16]) -> Vectoriser:
    analyzer, low, high = spec.split()
    if analyzer not in {"word", "char_wb", "char"} or len(grams) != len(idf):
        raise ValueError(f"its block {spec!r} has {len(grams)} n-grams and {len(idf)} weights")
    kind: Analyzer = analyzer  # type: ignore[assignment]
    vocabulary = {gram: column for column, gram in enumerate(grams)}
    return Vectoriser(analyzer=kind, low=int(low), high=int(high), vocabulary=vocabulary, idf=idf.astype(np.float32))


def _lines(texts: Sequence[str]) -> NDArray[np.uint8]:
    """As UTF-8, which is a quarter of what NumPy makes of texts, and keeps what ends in a NUL."""
    return np.frombuffer("\n".join(texts).encode(), dtype=np.uint8)


def _texts(lines: NDArray[np.uint8]) -> tuple[str, ...]:
    return tuple(lines.tobytes().decode().split("\n")) if len(lines) else ()
