"""The n-gram model of a language, as a task: corpora, learner, export."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perception.observation import Modality
from perception.text.model import load_model, save_model, softmax
from perception.training.calibration import Calibration, fold_text
from perception.training.cards import Source, select_sources
from perception.training.errors import TrainingDataMissing
from perception.training.experiments.task import Answers, Given, Rows, read_recipe
from perception.training.text.data import Corpus, Row, Texts, gather
from perception.training.text.learner import TextLearner, TextRecipe, decisions, targets
from perception.training.text.sources import CORPORA, LIMITS, SUMMARY


class TextTask(TextLearner):
    """Labelled texts of a language and the model that learns them. Implements `Task`."""

    modality = Modality.TEXT
    resampled_by = "dialogue"

    def __init__(self, given: Given) -> None:
        """Read the corpora and part them.

        Raises:
            TrainingDataMissing: a required corpus is not there, or there are too few rows to part.
            LicenceForbids: the policy leaves no data.
        """
        self.experiment, self.recipe = given.experiment, read_recipe(TextRecipe, given.experiment)
        given.progress(0.0, f"reading the corpora of {self.recipe.lang!r} and looking for copies")
        corpora = CORPORA[self.recipe.lang]
        used = {corpus.name: corpus for corpus in corpora if corpus.trains}
        sources, self.left_out = select_sources([_source(corpus, 0) for corpus in used.values()], given.policy)
        allowed = {source.name for source in sources}
        wanted = [corpus for corpus in corpora if not corpus.trains or corpus.name in allowed]
        self.texts = gather(given.data, wanted, limit=given.experiment.limit)
        train, dev = self.texts.parts["train"], self.texts.parts["dev"]
        _check(self.recipe.lang, given.data, self.texts)
        counts = Counter(row.corpus for row in train)
        self.sources = [_source(used[name], counts[name]) for name in used if counts[name]]
        self.splits, self.languages = self.texts.splits, (self.recipe.lang,)
        self.summary, self.limits = SUMMARY[self.recipe.lang], LIMITS[self.recipe.lang]
        super().__init__(given.experiment.model, train, dev, self.recipe, seed=given.experiment.seed)

    @property
    def notes(self) -> Mapping[str, str]:
        """What is known once it is fitted."""
        blocks = "; ".join(f"{len(b.vocabulary):,} of {b.analyzer} {b.low}-{b.high}" for b in self.model.blocks)
        return {"n-grams": blocks}

    @property
    def parameters(self) -> int:
        return int(self.model.coefficients.size + self.model.intercept.size)

    def dev(self) -> Rows:
        return _rows("development rows of the main corpora", self.texts.parts["dev"])

    def tests(self) -> Sequence[Rows]:
        names = dict.fromkeys(row.corpus for row in self.texts.parts["test"])
        return tuple(_rows(name, self.texts.of("test", name)) for name in names)

    def logits(self, rows: Rows) -> NDArray[np.float64]:
        return decisions(self.model, rows.inputs).astype(np.float64)

    def export(self, folder: Path, calibration: Calibration) -> Path:
        path = folder / f"{self.experiment.model}.npz"
        save_model(fold_text(self.model, calibration), path)
        return path

    def runtime(self, weights: Path) -> Answers:
        model = load_model(weights)
        return lambda rows: softmax(decisions(model, rows.inputs))

    def quantise(self, weights: Path, folder: Path) -> Path | None:  # noqa: ARG002
        return None  # its coefficients are half floats already, and n-grams are most of the file


def _check(lang: str, data: Path, texts: Texts) -> None:
    train, dev, test = (texts.parts[part] for part in ("train", "dev", "test"))
    emotions = {row.emotion for row in train}
    if len(emotions) < 2 or not dev or not test:
        raise TrainingDataMissing(
            f"the rows for {lang!r} in {str(data)!r} are too few: {len(train)} to train on with {len(emotions)} "
            f"emotions, {len(dev)} to develop on, {len(test)} to test; get the whole corpora"
        )


def _rows(name: str, rows: Sequence[Row]) -> Rows:
    grouped = any(row.dialogue for row in rows)
    return Rows(
        name=name,
        ids=tuple(row.id for row in rows),
        truth=targets(rows),
        groups=tuple(row.dialogue or row.id for row in rows) if grouped else None,
        inputs=rows,
    )


def _source(corpus: Corpus, rows: int) -> Source:
    return Source(name=corpus.name, licence=corpus.licence, commercial=corpus.commercial, rows=rows, note=corpus.note)


def make(given: Given) -> Any:
    """Build the task."""
    return TextTask(given)
