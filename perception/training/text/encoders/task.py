"""An encoder of a language, as a task: corpora, learner, blend, export."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from perception.metrics import compare
from perception.observation import Modality
from perception.text.encoder import EncoderModel
from perception.text.tokens import TURNS, Limits
from perception.training.calibration import Calibration
from perception.training.experiments.task import Answers, Given, Rows, read_recipe
from perception.training.export import quantise
from perception.training.text.data import Row
from perception.training.text.encoders.deployed import export_encoder, with_small_words
from perception.training.text.encoders.embedding import likeness, map_back, sentence_vectors
from perception.training.text.encoders.learner import EncoderLearner
from perception.training.text.encoders.network import merged
from perception.training.text.encoders.pretrained import Pretrained, load_pretrained
from perception.training.text.encoders.prior import best_share, linear_model, said
from perception.training.text.encoders.recipe import EncoderRecipe
from perception.training.text.material import as_rows, read_material, targets
from perception.training.text.sources import ENCODER_LIMITS, ENCODER_SUMMARY

_EVERY_LAYER: Final = 99
_COMPARED: Final = 500


class EncoderTask(EncoderLearner):
    """Labelled texts of a language and the encoder that learns them. Implements `Task`."""

    modality = Modality.TEXT
    resampled_by = "dialogue"

    def __init__(self, given: Given) -> None:
        """Read the corpora, part them, and load the pretrained encoder.

        Raises:
            TrainingDataMissing: a required corpus is not there, or there are too few rows to part.
            TrainingExtraMissing: PyTorch or the package of the encoder is not installed.
            LicenceForbids: the policy leaves no data.
        """
        self.experiment, self.recipe = given.experiment, read_recipe(EncoderRecipe, given.experiment)
        lang = self.recipe.lang
        self.material = read_material(given, self.recipe.corpora or lang)
        self.sources, self.left_out = self.material.sources, self.material.left_out
        self.splits, self.languages = self.material.texts.splits, (lang,)
        self.summary, self.limits = ENCODER_SUMMARY[lang], ENCODER_LIMITS[lang]
        self._train, dev = self.material.texts.parts["train"], self.material.texts.parts["dev"]
        self.linear = linear_model(self.recipe.linear, given, self.material) if self.recipe.linear else None
        given.progress(0.6, f"reading the pretrained encoder {self.recipe.encoder}")
        self.pretrained = self._pretrained(self.recipe.layers)
        with_small_words(self.pretrained.encoder)  # from the start, so that what is judged is what ships
        self.reads = Limits(utterance=self.recipe.utterance, context=self.recipe.earlier)
        super().__init__(
            self.pretrained,
            self.pretrained.tokens(self.reads),
            self._train,
            dev,
            self.recipe,
            epochs=given.experiment.epochs,
            seed=given.experiment.seed,
        )

    def _pretrained(self, layers: int) -> Pretrained:
        return load_pretrained(
            self.recipe.encoder,
            layers=layers,
            texts=lambda: [t for row in self._train for t in (row.text, *row.context)],
        )

    @property
    def notes(self) -> Mapping[str, str]:
        """What is known once it is fitted."""
        told = {
            "encoder": f"{self.pretrained.licence}; its lowest {self.recipe.layers} layers, "
            f"{self.pretrained.encoder.config.vocab_size:,} word pieces",
            "embedding": "mapped back to the pretrained encoder: Spearman's correlation of cosines "
            f"{self._mapped[1]:.3f} over all pairs of {_COMPARED} development rows",
            **self._context_notes(),
        }
        if self.linear:
            told["blend"] = (
                f"{self._share:.1f} times the logits of {self.linear.name} are added, chosen on development rows"
            )
        return told

    @property
    def parameters(self) -> int:
        unused = sum(p.numel() for p in self.network.finer.parameters()) if self.network.finer else 0
        return int(sum(p.numel() for p in self.network.parameters()) - unused)

    def dev(self) -> Rows:
        return self.material.dev()

    def tests(self) -> Sequence[Rows]:
        return self.material.tests()

    @property
    def _reads_context(self) -> bool:
        """Whether it has learned what earlier turns are."""
        return self.recipe.context > 0 and any(row.context for row in self._train)

    def logits(self, rows: Rows) -> NDArray[np.float64]:
        return self._blended(rows.inputs, context=self._reads_context)

    def _blended(self, rows: Sequence[Row], *, context: bool) -> NDArray[np.float64]:
        read = self.read(rows, context=context)[0].astype(np.float64)
        return read + self._share * said(self.linear, rows)

    @cached_property
    def _share(self) -> float:
        if self.linear is None:
            return 0.0
        rows = self._dev
        read = self.read(rows, context=self._reads_context)[0].astype(np.float64)
        return best_share(targets(rows), read, said(self.linear, rows))

    def _context_notes(self) -> dict[str, str]:
        """Figures of held-out rows with their earlier turns, without, and the difference with its interval."""
        told: dict[str, str] = {}
        if not self._reads_context:
            return {"context": "it reads no earlier turns: nothing it was trained on has any"}
        for name in dict.fromkeys(row.corpus for row in self.material.texts.parts["test"]):
            if rows := [row for row in self.material.texts.of("test", name) if row.context]:
                told[f"context, {name}"] = self._context_note(as_rows(name, rows))
        return told

    def _context_note(self, rows: Rows) -> str:
        unseen, seen = (
            rows.predictions(softmax(self._blended(rows.inputs, context=shown), axis=1)) for shown in (False, True)
        )
        compared = compare(unseen, seen, metrics=("accuracy", "macro_f1"))
        parts = []
        for metric, name in (("accuracy", "accuracy"), ("macro_f1", "macro-F1")):
            found = compared.differences[metric]
            between = f" ({found.interval.low:+.3f} to {found.interval.high:+.3f})" if found.interval else ""
            parts.append(f"{name} {found.b:.3f} with them, {found.a:.3f} without: {found.difference:+.3f}{between}")
        return f"{len(rows):,} rows with earlier turns: {'; '.join(parts)}"

    @cached_property
    def _mapped(self) -> tuple[NDArray[np.float32], float]:
        """The map to sentence vectors, and how alike it makes them."""
        whole = self._pretrained(_EVERY_LAYER)
        tokens = whole.tokens(self.reads)
        random = np.random.default_rng(self.experiment.seed)
        some = [self._train[i] for i in random.permutation(len(self._train))[: self.recipe.mapped]]
        others = [self._dev[i] for i in random.permutation(len(self._dev))[:_COMPARED]]
        wanted, kept = (sentence_vectors(whole.encoder, tokens, [row.text for row in rows]) for rows in (some, others))
        found, unseen = (self.read(rows, context=False)[1] for rows in (some, others))
        matrix = map_back(found, wanted)
        return matrix, likeness(unseen @ matrix[:-1] + matrix[-1], kept)

    def export(self, folder: Path, calibration: Calibration) -> Path:
        matrix, _ = self._mapped
        told = {"lang": self.recipe.lang, "turns": str(TURNS if self._reads_context else 0)}
        if self.linear:
            told |= {"linear": self.linear.name, "linear_digest": self.linear.digest}
        return export_encoder(
            merged(self.network),
            self.pretrained,
            calibration,
            folder / f"{self.experiment.model}.onnx",
            share=self._share,
            embedding=matrix,
            limits=self.reads,
            told=told,
        )

    def runtime(self, weights: Path) -> Answers:
        model = EncoderModel(weights)
        return lambda rows: model.probabilities(
            [row.text for row in rows.inputs], [row.context for row in rows.inputs], said(self.linear, rows.inputs)
        )

    def quantise(self, weights: Path, folder: Path) -> Path | None:
        return quantise(weights, folder / f"{weights.stem}.int8.onnx", method="dynamic")


def make(given: Given) -> Any:
    """Build the task."""
    return EncoderTask(given)
