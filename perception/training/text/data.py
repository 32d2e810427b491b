"""The text corpora: where they are, under which licence, and which rows train, develop or test."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from perception.emotions import EMOTIONS, Emotion
from perception.text.normalise import normalise
from perception.text.tokens import TURNS
from perception.training.corpora.files import records
from perception.training.errors import TrainingDataMissing
from perception.training.experiments.trials import at_most
from perception.training.splits import Item, Part, SplitRule, Splits, make_splits, text_fingerprint


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One labelled text."""

    id: str
    """Its file and line, or its corpus and number."""
    text: str
    """Normalised."""
    emotion: Emotion
    """Its label."""
    corpus: str
    """Name of the corpus."""
    dialogue: str | None = None
    """Which conversation it is part of."""
    weight: float = 1.0
    """How much it counts in training."""
    context: tuple[str, ...] = ()
    """Up to four turns before it, oldest first, normalised."""
    finer: tuple[str, ...] = ()
    """Its labels among the 28 of GoEmotions."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Corpus:
    """A part of one TSV file, and what it is for."""

    name: str
    """As a reader of the model card knows it."""
    file: str
    """Name of the TSV file without its ending; of no file when the rows are made."""
    licence: str
    """SPDX identifier, or what its authors say."""
    where: Mapping[str, Sequence[str]]
    """Column -> the values wanted."""
    weight: float = 1.0
    """How much a row counts in training."""
    commercial: bool = False
    """Whether weights trained on it may be used commercially."""
    held_out: float = 0.0
    """Part that training never sees, by hash of the dialogue, or of the text where there is no dialogue."""
    tuned_on: bool = False
    """Whether a tenth of what trains is set apart for development."""
    required: bool = False
    """Whether training is pointless without it."""
    made: Callable[[], Iterable[dict[str, str]]] | None = None
    """Makes the rows, where they come from no file."""
    note: str = ""
    """What else a reader must know."""

    @property
    def trains(self) -> bool:
        """Whether it shapes weights, or measures alone."""
        return self.held_out < 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Texts:
    """Rows of a language, parted; no text, and no nearly equal one, twice."""

    parts: Mapping[Part, tuple[Row, ...]]
    """Rows of each part."""
    splits: Splits
    """Which row is where, and which were dropped as copies."""

    def of(self, part: Part, corpus: str) -> tuple[Row, ...]:
        """Rows of one corpus in a part."""
        return tuple(row for row in self.parts[part] if row.corpus == corpus)


TUNED: float = 0.1


def gather(data: Path, corpora: Sequence[Corpus], *, limit: int | None = None) -> Texts:
    """Read corpora and part them: dialogues whole, copies dropped from training before development before test.

    Args:
        data: folder of the TSV files, or the folder above it when they are in `text/`.
        corpora: what to read; a row goes to the first corpus that claims its line.
        limit: at most so many rows in all, chosen by hash.

    Raises:
        TrainingDataMissing: a required corpus, or every corpus, is not in the folder.
    """
    rows: dict[str, tuple[Row, Corpus]] = {}
    for corpus in corpora:
        for row in _read(data, corpus):
            rows.setdefault(row.id, (row, corpus))
    kept = at_most(list(rows), limit)
    chosen = [pair for pair, keep in zip(rows.values(), kept, strict=True) if keep]
    splits = make_splits([_item(row, corpus) for row, corpus in chosen], SplitRule(dev=0.0, test=0.0))
    by_id = {row.id: row for row, _ in chosen}
    names: tuple[Part, ...] = ("train", "dev", "test")
    return Texts(parts={part: tuple(by_id[i] for i in splits.parts[part]) for part in names}, splits=splits)


def _item(row: Row, corpus: Corpus) -> Item:
    made = text_fingerprint(row.text)
    return Item(
        id=row.id,
        corpus=corpus.name,
        group=row.dialogue or made.exact,
        fingerprint=made,
        official=_official(corpus, row.dialogue or row.text),
        unit="dialogue" if row.dialogue else "row",
    )


def _official(corpus: Corpus, group: str) -> Part:
    """Each corpus has shares of its own; a row's own text or dialogue decides, whatever else there is."""
    if not corpus.trains:
        return "test"
    dev = TUNED * (1 - corpus.held_out) if corpus.tuned_on else 0.0
    return SplitRule(dev=dev, test=corpus.held_out).assign(group)


def _read(data: Path, corpus: Corpus) -> Iterator[Row]:
    found = corpus.made() if corpus.made else _lines(data, corpus)
    turns: dict[str, deque[str]] = {}
    for number, record in enumerate(found):
        label, text = record["label7"], normalise(record["text"])
        # the files number the dialogues of each split anew
        dialogue = (
            f"{corpus.file}/{record.get('split', '')}/{record['dialogue_id']}" if record.get("dialogue_id") else None
        )
        before = turns.setdefault(dialogue, deque(maxlen=TURNS)) if dialogue else ()
        context = tuple(before)
        if isinstance(before, deque):
            before.append(text)  # a turn whose own label is ambiguous was said all the same
        if not (text and label in EMOTIONS and all(record.get(k) in wanted for k, wanted in corpus.where.items())):
            continue
        yield Row(
            id=f"{corpus.file or corpus.name}/{number}",
            text=text,
            emotion=Emotion(label),
            corpus=corpus.name,
            dialogue=dialogue,
            weight=corpus.weight,
            context=context,
            finer=tuple(filter(None, (record.get("labels28") or "").split(","))),
        )


def _lines(data: Path, corpus: Corpus) -> Iterator[dict[str, str]]:
    if path := find(data, corpus.file):
        yield from _records(path)
    elif corpus.required:
        raise TrainingDataMissing(
            f"{corpus.name} is not in {str(data)!r}: no {corpus.file}.tsv or {corpus.file}.tsv.gz there, "
            "nor in its folder 'text'; point --data at the folder that holds it"
        )


def find(data: Path, file: str) -> Path | None:
    """The TSV of that name in a folder or in its folder `text`, packed or not."""
    places = [folder / f"{file}{end}" for folder in (data / "text", data) for end in (".tsv.gz", ".tsv")]
    return next((path for path in places if path.is_file()), None)


def _records(path: Path) -> Iterator[dict[str, str]]:
    for record in records(path, delimiter="\t", quoted=False):
        if lacking := {"text", "label7"} - set(record):
            raise TrainingDataMissing(f"{path.name!r} has no column {min(lacking)!r}; is it the right file?")
        yield record
