"""The corpora of a language, read and parted, as every trainer of text takes them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from perception.emotions import EMOTIONS
from perception.training.cards import Source, select_sources
from perception.training.errors import ExperimentInvalid, TrainingDataMissing
from perception.training.experiments.task import Given, Rows
from perception.training.text.data import Corpus, Row, Texts, gather
from perception.training.text.sources import CORPORA, EKMAN


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Material:
    """Labelled texts."""

    texts: Texts
    """In their parts."""
    sources: tuple[Source, ...]
    """What there is to train on, with its licence."""
    left_out: tuple[Source, ...]
    """What the weights policy kept away."""

    def dev(self) -> Rows:
        """The development rows."""
        return as_rows("development rows of the main corpora", self.texts.parts["dev"])

    def tests(self) -> Sequence[Rows]:
        """Held-out rows by corpus; of one with the labels of GoEmotions, the strict subset too."""
        found = []
        for name in dict.fromkeys(row.corpus for row in self.texts.parts["test"]):
            rows = self.texts.of("test", name)
            strict = [row for row in rows if len(row.finer) == 1 and row.finer[0] in EKMAN]
            found += [as_rows(name, rows)]
            found += [as_rows(f"{name}, strict Ekman", strict)] if 0 < len(strict) < len(rows) else []
        return tuple(found)


def read_material(given: Given, lang: str) -> Material:
    """Read the corpora of a language, or of the name that an experiment gives.

    Raises:
        ExperimentInvalid: there are no corpora of that name.
        TrainingDataMissing: a required corpus is not there, or there are too few rows to part.
        LicenceForbids: the policy leaves no data.
    """
    given.progress(0.0, f"reading the corpora of {lang!r} and looking for copies")
    if lang not in CORPORA:
        raise ExperimentInvalid(f"there are no corpora {lang!r} of text; there are {', '.join(CORPORA)}")
    corpora = CORPORA[lang]
    used = {corpus.name: corpus for corpus in corpora if corpus.trains}
    sources, left_out = select_sources([_source(corpus, 0) for corpus in used.values()], given.policy)
    allowed = {source.name for source in sources}
    wanted = [corpus for corpus in corpora if not corpus.trains or corpus.name in allowed]
    if not any(corpus.tuned_on for corpus in wanted):
        # a policy may leave none of those that development rows are usually taken from
        wanted = [replace(each, tuned_on=each.trains and not each.made) for each in wanted]
    texts = gather(given.data, wanted, limit=given.experiment.limit)
    _check(lang, given.data, texts)
    counts = Counter(row.corpus for row in texts.parts["train"])
    return Material(
        texts=texts,
        sources=tuple(_source(used[name], counts[name]) for name in used if counts[name]),
        left_out=tuple(left_out),
    )


def _check(lang: str, data: Path, texts: Texts) -> None:
    train, dev, test = (texts.parts[part] for part in ("train", "dev", "test"))
    emotions = {row.emotion for row in train}
    if len(emotions) < 2 or not dev or not test:
        raise TrainingDataMissing(
            f"the rows for {lang!r} in {str(data)!r} are too few: {len(train)} to train on with {len(emotions)} "
            f"emotions, {len(dev)} to develop on, {len(test)} to test; get the whole corpora"
        )


def targets(rows: Sequence[Row]) -> NDArray[np.int64]:
    """Index of each row's emotion."""
    return np.array([EMOTIONS.index(row.emotion) for row in rows], dtype=np.int64)


def as_rows(name: str, rows: Sequence[Row]) -> Rows:
    """Rows to measure on; those of one dialogue hang together."""
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
