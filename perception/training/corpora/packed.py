"""Text corpora in the packed layout: one table a corpus, `<name>.tsv` or `<name>.tsv.gz`, with a header.

Columns are text and label7 (one of the seven, or empty where the labels differ or mean none of them), and where they
are known split, id, speaker, lang, dialogue_id and utterance_id; the labels of the authors are in a further column.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from pathlib import Path
from typing import Final

from perception.training.corpora.base import LeftOut, Row
from perception.training.corpora.dialogues import in_context
from perception.training.corpora.example import Example
from perception.training.corpora.files import records
from perception.training.corpora.labels import emotion_of, several
from perception.training.corpora.official import official

_LANGUAGES: Final = {"eng": "en", "chn": "zh", "cn": "zh"}
_KEPT: Final = ("act", "age", "dialogue_act", "domain", "gender", "kind", "scene", "sentiment", "topic")


def packed_file(root: Path, name: str) -> Path | None:
    """The table of that name in a folder, or in its folder `text`; the folder may be the table itself."""
    if root.is_file():
        return root if root.name in (f"{name}.tsv", f"{name}.tsv.gz") else None
    places = [folder / f"{name}{end}" for folder in (root, root / "text") for end in (".tsv.gz", ".tsv")]
    return next((path for path in places if path.is_file() and "label7" in next(_records(path), {})), None)


def packed_rows(path: Path, *, lang: str | None = None, label: str = "emotion", prefix: str = "") -> Iterator[Row]:
    """The rows of a packed table, with the earlier turns of dialogues.

    Args:
        path: the table.
        lang: language of all rows, where no column says it.
        label: column of the authors' labels; where it names several, those that are 1 make the label.
        prefix: what ids begin with.
    """
    numbered = enumerate(_records(path), start=1)
    return in_context(_turn(record, number, lang=lang, label=label, prefix=prefix) for number, record in numbered)


def _records(path: Path) -> Iterator[dict[str, str]]:
    return records(path, delimiter="\t", quoted=False)


def _turn(
    record: Mapping[str, str], number: int, *, lang: str | None, label: str, prefix: str
) -> tuple[Hashable, str, Row]:
    text, split = record.get("text", "").strip(), record.get("split", "")
    named = record.get("dialogue_id", "")
    # a number counts in its split only
    dialogue = f"{split}/{named}" if named.isdecimal() else named
    key: Hashable = dialogue or number
    labels = _labels(record, label)
    emotion = emotion_of(record.get("label7", ""))
    if not text:
        return key, text, LeftOut(reason="row")
    if emotion is None:
        single = len(several(labels)) == 1
        return key, text, LeftOut(reason="label" if single else "mixed", detail=labels if single else "")
    row = Example(
        id=prefix + _id(record, number, dialogue),
        emotion=emotion,
        # no label of the authors' is set where they mean neutral
        label=labels or emotion.value,
        text=text,
        speaker=record.get("speaker") or None,
        dialogue=dialogue or None,
        lang=_LANGUAGES.get(record.get("lang", ""), record.get("lang") or lang),
        split=official(split),
        extra={name: record[name] for name in _KEPT if record.get(name)},
    )
    return key, text, row


def _labels(record: Mapping[str, str], label: str) -> str:
    names = label.split()
    if len(names) == 1:
        return record.get(label, "")
    return ",".join(name for name in names if record.get(name) == "1")


def _id(record: Mapping[str, str], number: int, dialogue: str) -> str:
    """As the authors call it where that is unique, else its place in the table."""
    if dialogue and record.get("utterance_id", "").isdecimal():
        return f"{dialogue}_{record['utterance_id']}"
    if record.get("utterance_id"):
        return record["utterance_id"]
    own = record.get("id", "")
    return own if own and not own.isdecimal() else str(number)
