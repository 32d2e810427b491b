"""The embedded text perceiver."""

from __future__ import annotations

import math
import threading
import time
import unicodedata
from pathlib import Path
from typing import Final

from perception.cues import Cue
from perception.emotions import EmotionScores
from perception.errors import ModelError, ModelMissing
from perception.models.shipped import commercial, shipped_weight
from perception.models.trouble import model_trouble
from perception.observation import Modality, Observation, Status
from perception.perceiver import Utterance
from perception.text.language import detect_language, english_evidence, mostly_han
from perception.text.lexicon import SHARED
from perception.text.model import TextModel, load_model, softmax
from perception.text.normalise import normalise
from perception.text.vectorise import ngrams

READ: Final = 4000
"""Characters of an utterance that are read; what follows is not felt, and the cue `text_truncated` says so."""

FILES: Final = {"en": "text-en-tfidf-1.npz", "zh": "text-zh-tfidf-1.npz"}
"""The model of each language."""

_NAMES: Final = {"cmn": "zh", "eng": "en", "zho": "zh", "chi": "zh"}
_ENOUGH_WORDS: Final = 6
_ENOUGH_KNOWN: Final = 0.5
_FAMILY: Final = "text-tfidf-1"


class EmbeddedText:
    """Feels English and Chinese words with n-gram models small enough for the wheel.

    `quality` is `coverage * (0.5 + 0.5 * min(1, words / 6))`: the part of the words (in Chinese, of the characters)
    that the model knows, halved for a text of almost no length. The status is `uncertain` where confidence is below
    the model's threshold, or where it knows less than half of the words; English words that other languages write too
    do not count for that where there is no other sign of English. `features` are the seven calibrated logits.
    The context of an utterance is not read.
    """

    def __init__(self, *, weights: Path | None = None, commercial_only: bool = False) -> None:
        """Build it; weights load on first use.

        Args:
            weights: folder of files named as those that ship; those that ship when None.
            commercial_only: hold those that ship back unless their card allows commercial use; the status of their
                language is then `failed`, and the cue `model_refused` says why.
        """
        self._weights = weights
        self._commercial_only = commercial_only
        self._models: dict[str, TextModel] = {}
        self._lock = threading.Lock()

    @property
    def modality(self) -> Modality:
        return Modality.TEXT

    @property
    def model(self) -> str:
        """Name of the family; an observation names the model of its language (`text-en-tfidf-1`)."""
        return _FAMILY

    def warm_up(self) -> None:
        """Load the models that are not held back.

        Raises:
            ModelMissing: a file is not on this machine.
            ModelRefused: a file is not the model it should be.
        """
        for lang, file in FILES.items():
            if self._weights or not self._commercial_only or commercial(file):
                self._load(lang)

    def perceive(self, evidence: Utterance, /) -> Observation:
        began = time.perf_counter()
        text = evidence.text[:READ]
        cues: tuple[Cue, ...] = ()
        if len(evidence.text) > READ:
            cues = (Cue(code="text_truncated", params={"characters": READ}),)
        clean = normalise(text)
        if not any(_visible(c) for c in clean):
            return _silent(Status.EMPTY, began, cues)
        lang = _language(evidence.lang, clean)
        if lang not in FILES:
            unknown = Cue(code="language_unsupported", params={"language": lang or "unknown"})
            return _silent(Status.UNSUPPORTED_LANGUAGE, began, (*cues, unknown))
        try:
            model = self._load(lang)
        except ModelError as error:
            status, hint = model_trouble(error)
            return _silent(status, began, (*cues, hint))
        return _felt(model, clean, lang, began, cues)

    def _load(self, lang: str) -> TextModel:
        with self._lock:
            if lang not in self._models:
                self._models[lang] = load_model(self._path(FILES[lang]))
            return self._models[lang]

    def _path(self, name: str) -> Path:
        if self._weights is None:
            return shipped_weight(name, commercial_only=self._commercial_only)
        path = self._weights / name
        if not path.is_file():
            raise ModelMissing(name, f"attune train text --data DIR --out {self._weights}")
        return path


def _felt(model: TextModel, clean: str, lang: str, began: float, cues: tuple[Cue, ...]) -> Observation:
    logits = model.logits(clean)
    scores = EmotionScores.normalised(softmax(logits).tolist())
    known, words = _coverage(model, clean, lang)
    sure = known >= _ENOUGH_KNOWN and scores.confidence >= model.threshold
    return Observation(
        modality=Modality.TEXT,
        status=Status.OK if sure else Status.UNCERTAIN,
        model=model.name,
        scores=scores,
        quality=known * (0.5 + 0.5 * min(1.0, words / _ENOUGH_WORDS)),
        cues=cues,
        latency_ms=(time.perf_counter() - began) * 1000,
        features=logits,
    )


def _coverage(model: TextModel, clean: str, lang: str) -> tuple[float, float]:
    """Part of the words known, in [0, 1], and how many words there are; two Chinese characters make a word."""
    units = [c for c in clean if _visible(c)] if lang == "zh" else list(ngrams(clean, "word", 1, 1))
    units = [unit for unit in units if unit[0].isalnum() or unicodedata.category(unit[0]) == "So"]
    if lang == "en" and not english_evidence(clean):
        # "Me muero": a word that many languages share must not vouch for those the model does not know
        units = [unit for unit in units if unit not in SHARED] or units
    if not units:
        return 0.0, 0.0
    known = sum(model.knows(unit) for unit in units) / len(units)
    return known, math.ceil(len(units) / 2) if lang == "zh" else len(units)


def _language(hint: str | None, clean: str) -> str | None:
    """The hint, unless the script contradicts it: people write English to a Chinese page and the other way round."""
    found = detect_language(clean)
    code = (hint or "").lower().replace("_", "-").partition("-")[0]
    code = _NAMES.get(code, code)
    if not code:
        # emoji and digits alone: the English corpus has far more emoji
        return found or ("en" if not any(c.isalpha() for c in clean) else None)
    if found == "ja" and code == "zh" and mostly_han(clean):
        return "zh"
    if found == "zh" and code in _WRITTEN_IN_HAN:
        return code
    if found in {"zh", *_OTHER_SCRIPTS}:
        return found
    # the hint settles which language a Latin-script text is in, but for English written to a Chinese page
    return found if code == "zh" and found else code


_WRITTEN_IN_HAN: Final = frozenset({"ja", "ko", "yue", "wuu", "nan", "hak", "lzh"})
_OTHER_SCRIPTS: Final = frozenset({"ja", "ko", "ru", "uk", "ar", "fa", "he", "el", "th", "hi", "bn", "ta", "hy", "ka"})


def _visible(character: str) -> bool:
    """Not a space, a control or a format character."""
    return unicodedata.category(character)[0] not in "ZC"


def _silent(status: Status, began: float, cues: tuple[Cue, ...]) -> Observation:
    elapsed = (time.perf_counter() - began) * 1000
    return Observation(modality=Modality.TEXT, status=status, model=_FAMILY, cues=cues, latency_ms=elapsed)
