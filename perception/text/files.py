"""Which files make the text sense, for each policy of weights."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from perception.errors import ModelMissing
from perception.models.shipped import commercial, shipped_weight
from perception.text.blend import Blend, load_blend
from perception.text.encoder import EncoderModel


@dataclass(frozen=True, kw_only=True, slots=True)
class Files:
    """The models of a language."""

    linear: str
    """N-grams, `.npz`."""
    encoder: str | None
    """Transformer, `.onnx`; None for n-grams alone."""

    @property
    def names(self) -> tuple[str, ...]:
        """Both, or the one."""
        return (self.linear, *([self.encoder] if self.encoder else []))


SHIPPED: Final = {
    "en": (Files(linear="text-en-tfidf-3.npz", encoder="text-en-minilm-2.onnx"),),
    "zh": (
        Files(linear="text-zh-tfidf-3.npz", encoder="text-zh-e5-2.onnx"),
        Files(linear="text-zh-tfidf-commercial-1.npz", encoder=None),
    ),
}
"""By language, the best first; the last may be used commercially."""


def allowed(lang: str, *, commercial_only: bool) -> Files | None:
    """The best files of a language that a policy allows; None where it allows none."""
    fitting = (files for files in SHIPPED[lang] if not commercial_only or all(commercial(name) for name in files.names))
    return next(fitting, None)


def load_shipped(lang: str, *, commercial_only: bool) -> Blend:
    """Load the best models of a language that a policy allows.

    Raises:
        ModelMissing: a file is not on this machine.
        ModelRefused: a file is not what it should be, or the policy allows none.
    """
    files = allowed(lang, commercial_only=commercial_only) or SHIPPED[lang][-1]
    linear = shipped_weight(files.linear, commercial_only=commercial_only)
    encoder = EncoderModel(shipped=Path(files.encoder).stem, commercial_only=commercial_only) if files.encoder else None
    return load_blend(lang, linear, encoder)


def load_trained(lang: str, folder: Path) -> Blend:
    """Load models of a user's own, named as those that ship; n-grams alone where there is no encoder.

    Raises:
        ModelMissing: the n-grams are not in the folder.
        ModelRefused: a file is not what it should be.
    """
    files = SHIPPED[lang][0]
    linear = folder / files.linear
    if not linear.is_file():
        raise ModelMissing(files.linear, f"attune train text --data DIR, and copy {files.linear} to {folder}")
    encoder = folder / str(files.encoder)
    return load_blend(lang, linear, EncoderModel(encoder) if encoder.is_file() else None)
