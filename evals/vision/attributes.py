"""What a table says of the faces beside their corpus: age, gender, skin tone, glasses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from evals.errors import ManifestUnusable
from perception.training.corpora import Example
from perception.training.corpora.ferplus import VOTED
from perception.training.corpora.files import records
from perception.training.errors import TrainingDataMissing


@dataclass(frozen=True, kw_only=True, slots=True)
class Attributes:
    """Columns by face."""

    path: Path
    """The table."""
    by_name: Mapping[str, Mapping[str, str]]
    """By what the first column says."""

    def of(self, example: Example) -> Mapping[str, str]:
        """Those of a face: by its id, with the name of the corpus or without, or by the name of its file."""
        names = [example.id, example.id.partition("/")[2]]
        if example.image is not None:
            names += [example.image.name, example.image.stem]
        return next((self.by_name[name] for name in names if name in self.by_name), {})


def read_attributes(path: Path) -> Attributes:
    """Read a table with a header; its first column names the face, empty fields say nothing.

    Raises:
        ManifestUnusable: it cannot be read, or has one column alone.
    """
    delimiter = "\t" if path.suffix.lower() in (".tsv", ".tab") else ","
    try:
        rows = list(records(path, delimiter=delimiter))
    except TrainingDataMissing as error:
        raise ManifestUnusable(f"--attributes: {error}") from error
    if not rows or len(rows[0]) < 2:
        raise ManifestUnusable(
            f"--attributes {str(path)!r} takes a table of two columns or more, the first with the id or the file name "
            "of each face, with commas between (.csv) or tabs (.tsv)"
        )
    first, *others = rows[0]
    told = {row[first].strip(): {name: row[name].strip() for name in others if row[name].strip()} for row in rows}
    return Attributes(path=path, by_name=told)


def votes_of(example: Example) -> Mapping[str, str]:
    """The votes of FER+ as columns: one for each thing people could vote for, and `agreement`, the most of them."""
    votes = example.extra.get("votes", "").split(",")
    if len(votes) != len(VOTED):
        return {}
    return {**dict(zip(VOTED, votes, strict=True)), "agreement": max(votes, key=int)}
