"""The text corpora: where they are, under which licence, and which rows train, tune or measure."""

from __future__ import annotations

import csv
import gzip
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from perception.emotions import EMOTIONS, Emotion
from perception.text.normalise import normalise
from perception.training.errors import TrainingDataMissing


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One labelled text."""

    text: str
    """Normalised."""
    emotion: Emotion
    """Its label."""
    weight: float = 1.0
    """How much it counts in training."""


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
    """Whether a tenth of what trains is set apart to choose settings, threshold and temperature."""
    required: bool = False
    """Whether training is pointless without it."""
    made: Callable[[], Iterable[dict[str, str]]] | None = None
    """Makes the rows, where they come from no file."""
    note: str = ""
    """What else a reader must know."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Split:
    """Rows of a language, no normalised text twice."""

    fit: tuple[Row, ...]
    """Trained on."""
    tune: tuple[Row, ...]
    """Settings, threshold and temperature are chosen on these; the final fit has them too."""
    held_out: Mapping[str, tuple[Row, ...]]
    """Measured on, by the name of the set."""
    counts: Mapping[str, int]
    """Rows of each corpus in `fit` and `tune`."""


TUNED: float = 0.1


def gather(data: Path, corpora: Iterable[Corpus]) -> Split:
    """Read corpora and part them. A text goes to the first that claims it: held-out, then tune, then fit.

    Raises:
        TrainingDataMissing: a required corpus, or every corpus, is not in the folder.
    """
    tagged = [(corpus, group, row) for corpus in corpora for group, row in _read(data, corpus)]
    seen: set[str] = set()
    held: dict[str, list[Row]] = {}
    parts: dict[str, list[Row]] = {"tune": [], "fit": []}
    counts: dict[str, int] = {}
    for corpus, _, row in _unseen(tagged, seen, lambda c, group: share(group) < c.held_out):
        held.setdefault(corpus.name, []).append(row)
    for part, claims in (("tune", _tunes), ("fit", _fits)):
        for corpus, _, row in _unseen(tagged, seen, claims):
            parts[part].append(row)
            counts[corpus.name] = counts.get(corpus.name, 0) + 1
    return Split(
        fit=tuple(parts["fit"]),
        tune=tuple(parts["tune"]),
        held_out={name: tuple(rows) for name, rows in held.items()},
        counts=counts,
    )


def share(group: str) -> float:
    """A number in [0, 1) that stays the same for the same text or dialogue."""
    return int.from_bytes(hashlib.sha256(group.encode()).digest()[:4], "big") / 2**32


Tagged = tuple[Corpus, str, Row]


def _unseen(tagged: Sequence[Tagged], seen: set[str], claims: Callable[[Corpus, str], bool]) -> Iterator[Tagged]:
    for corpus, group, row in tagged:
        if claims(corpus, group) and row.text not in seen:
            seen.add(row.text)
            yield corpus, group, row


def _tunes(corpus: Corpus, group: str) -> bool:
    return corpus.tuned_on and corpus.held_out <= share(group) < corpus.held_out + TUNED * (1 - corpus.held_out)


def _fits(corpus: Corpus, group: str) -> bool:
    return share(group) >= corpus.held_out and not _tunes(corpus, group)


def _read(data: Path, corpus: Corpus) -> Iterator[tuple[str, Row]]:
    for record in corpus.made() if corpus.made else _lines(data, corpus):
        label, text = record["label7"], normalise(record["text"])
        if not (text and label in EMOTIONS and all(record.get(k) in wanted for k, wanted in corpus.where.items())):
            continue
        row = Row(text=text, emotion=Emotion(label), weight=corpus.weight)
        yield (f"{corpus.file}/{record['dialogue_id']}" if record.get("dialogue_id") else text), row


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
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8", newline="") as lines:
            reader = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
            if lacking := {"text", "label7"} - set(reader.fieldnames or ()):
                raise TrainingDataMissing(f"{path.name!r} has no column {min(lacking)!r}; is it the right file?")
            yield from reader
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise TrainingDataMissing(f"{path.name!r} cannot be read ({error}); get it again") from error
