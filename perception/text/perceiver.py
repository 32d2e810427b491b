"""The embedded text perceiver."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from perception.cues import Cue
from perception.emotions import EmotionScores
from perception.errors import ModelError, ModelMissing
from perception.models.trouble import model_trouble
from perception.observation import Modality, Observation, Status
from perception.perceiver import Utterance
from perception.text import occlusion
from perception.text.blend import Blend
from perception.text.clean import blanked, plain
from perception.text.files import SHIPPED, allowed, load_shipped, load_trained
from perception.text.language import Language
from perception.text.normalise import normalise
from perception.text.occlusion import Explanation
from perception.text.reading import READ, Reading, read
from perception.text.statements import statement_cues
from perception.text.translation import TARGET, TRANSLATED, Translator, translated

_ENOUGH_WORDS: Final = 6
_ENOUGH_KNOWN: Final = 0.5
_FAMILY: Final = "text-1"
_THREADS: Final = 4


class EmbeddedText:
    """Feels English and Chinese words: an encoder a language, blended with n-grams, all in the wheel.

    `quality` is `coverage * (0.5 + 0.5 * min(1, words / 6))`: the part of the words (in Chinese, of the characters)
    that the n-grams know, halved for a text of almost no length. The status is `uncertain` where confidence is below
    the model's threshold, or where it knows less than half of the words; English words that other languages write too
    do not count for that where there is no other sign of English; nor is it sure of English that no word shows, or
    that is mixed with another language. `features` are the logarithms of the seven calibrated probabilities. Up to four
    earlier turns are read where the model of the language has learned to. What the person says of their own feeling
    comes as cues `states_emotion` and `denies_emotion`.

    Text in another language is not felt (`unsupported_language`), unless there is a translator: then its English is,
    with the cue `translated {from, to}`, a model name that ends in `+translated`, and `quality * 0.7`.
    """

    def __init__(
        self, *, weights: Path | None = None, commercial_only: bool = False, translator: Translator | None = None
    ) -> None:
        """Build it; weights load on first use.

        Args:
            weights: folder of files named as those that ship; those that ship when None.
            commercial_only: of those that ship, use only what their card allows commercially; where there is nothing
                for a language, its status is `failed`, and the cue `model_refused` says why.
            translator: asked for English where a text is in another language than the two; none when None.
        """
        self._weights = weights
        self._commercial_only = commercial_only
        self._translator = translator
        self._blends: dict[str, Blend] = {}
        self._lock = threading.Lock()

    @property
    def modality(self) -> Modality:
        return Modality.TEXT

    @property
    def model(self) -> str:
        """Name of the family; an observation names the model of its language (`text-en-minilm-2`)."""
        return _FAMILY

    def warm_up(self) -> None:
        """Load the models that are not held back.

        Raises:
            ModelMissing: a file is not on this machine.
            ModelRefused: a file is not the model it should be.
        """
        for lang in SHIPPED:
            if self._weights or allowed(lang, commercial_only=self._commercial_only):
                self._load(lang).probabilities(["warm up"])

    def perceive(self, evidence: Utterance, /) -> Observation:
        return self._perceive([evidence], threads=1)[0]

    def perceive_batch(self, utterances: Sequence[Utterance]) -> list[Observation]:
        """Feel many utterances; the observations come in the same order.

        Each costs a part of what it costs alone. Encoders in 8 bits measure the range of what they read once for all
        texts that go through together, so that a probability may differ a little from that of the text alone.
        """
        return self._perceive(utterances, threads=min(_THREADS, os.cpu_count() or 1))

    def explain(self, evidence: Utterance, /) -> Explanation:
        """Which words carry what is felt in an utterance; none where it abstains without scores, or translates.

        It costs as much as perceiving up to 66 variants of it, or 131 of a long text.
        """
        text = blanked(evidence.text[:READ])
        found = read(replace(evidence, text=plain(text)))
        if found.language.code not in SHIPPED or self.perceive(evidence).scores is None:
            return Explanation()
        blend = self._load(str(found.language.code))

        def scores(texts: Sequence[str]) -> NDArray[np.float64]:
            return blend.probabilities([normalise(plain(each)) for each in texts], [found.context] * len(texts))

        return occlusion.explain(scores, text)

    def embed(self, texts: Sequence[str], lang: str | None = None) -> NDArray[np.float64]:
        """The embeddings of sentences (texts x 384), each of length 1, so that an inner product is a cosine.

        Sentences of like meaning are near; those of English and those of Chinese are not comparable with each other,
        so give `lang` where all are to be of one language. They mean the same as long as the model of the language has
        the same name.

        Args:
            texts: sentences; what is in no language known here is read as English.
            lang: ISO 639-1 code of all of them; detected for each when None.

        Raises:
            ModelError: the encoder of a language cannot be loaded, or is held back.
        """
        found = [read(Utterance(text=text, lang=lang)) for text in texts]
        langs = [lang or (each.language.code if each.language.code in SHIPPED else "en") for each in found]
        vectors: dict[int, NDArray[np.float64]] = {}
        for code in dict.fromkeys(langs):
            places = [place for place, each in enumerate(langs) if each == code]
            encoder = self._load(str(code)).encoder if code in SHIPPED else None
            if encoder is None:
                raise ModelMissing(f"an encoder of {code!r}", "use a weights policy and a language that have one")
            vectors |= zip(places, encoder.embeddings([found[place].clean for place in places]), strict=True)
        return np.array([vectors[place] for place in range(len(texts))])

    def _perceive(self, utterances: Sequence[Utterance], *, threads: int) -> list[Observation]:
        began = time.perf_counter()
        readings = [read(utterance) for utterance in utterances]
        answers = [self._without_model(reading) for reading in readings]
        for lang in SHIPPED:
            places = [p for p, each in enumerate(readings) if answers[p] is None and each.language.code == lang]
            for place, answer in zip(places, self._feel(lang, [readings[p] for p in places], threads), strict=True):
                answers[place] = answer
        each = (time.perf_counter() - began) * 1000 / max(1, len(utterances))
        return [replace(answer, latency_ms=each) for answer in answers if answer is not None]

    def _without_model(self, reading: Reading) -> Observation | None:
        """What to say of a text that no model of ours reads; None of one that it does."""
        if not reading.clean:
            return _silent(Status.EMPTY, reading.cues)
        if reading.language.code in SHIPPED:
            return None
        cues = reading.cues
        if self._translator is not None:
            translation = translated(self._translator, reading.text, reading.language.code)
            cues = (*cues, translation.cue)
            if translation.text is not None:
                english = replace(
                    reading, clean=translation.text, language=Language(code=TARGET), context=(), cues=cues
                )
                return _secondhand(self._feel(TARGET, [english], 1)[0])
        unknown = Cue(code="language_unsupported", params={"language": reading.language.code or "unknown"})
        return _silent(Status.UNSUPPORTED_LANGUAGE, (*cues, unknown))

    def _feel(self, lang: str, readings: Sequence[Reading], threads: int) -> list[Observation]:
        if not readings:
            return []
        try:
            blend = self._load(lang)
            told = blend.probabilities([r.clean for r in readings], [r.context for r in readings], threads=threads)
        except ModelError as error:
            status, hint = model_trouble(error)
            return [_silent(status, (*reading.cues, hint)) for reading in readings]
        return [_felt(blend, row, reading) for row, reading in zip(told, readings, strict=True)]

    def _load(self, lang: str) -> Blend:
        with self._lock:
            if lang not in self._blends:
                self._blends[lang] = (
                    load_shipped(lang, commercial_only=self._commercial_only)
                    if self._weights is None
                    else load_trained(lang, self._weights)
                )
            return self._blends[lang]


def _secondhand(observation: Observation) -> Observation:
    """What was felt in a translation, said to be so."""
    if observation.scores is None:
        return observation
    return replace(observation, model=f"{observation.model}+translated", quality=observation.quality * TRANSLATED)


def _felt(blend: Blend, probabilities: NDArray[np.float64], reading: Reading) -> Observation:
    scores = EmotionScores.normalised(probabilities.tolist())
    known, words = blend.coverage(reading.clean)
    sure = reading.language.sure and known >= _ENOUGH_KNOWN and scores.confidence >= blend.threshold
    return Observation(
        modality=Modality.TEXT,
        status=Status.OK if sure else Status.UNCERTAIN,
        model=blend.name,
        scores=scores,
        quality=known * (0.5 + 0.5 * min(1.0, words / _ENOUGH_WORDS)),
        cues=(*reading.cues, *statement_cues(reading.text, blend.lang)),
        latency_ms=0.0,
        features=np.log(np.maximum(probabilities, 1e-6)).astype(np.float32),
    )


def _silent(status: Status, cues: tuple[Cue, ...]) -> Observation:
    return Observation(modality=Modality.TEXT, status=status, model=_FAMILY, cues=cues, latency_ms=0.0)
