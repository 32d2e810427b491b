"""MELD: dialogues of a television series, with words, sound and film."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping
from pathlib import Path
from typing import Final

from perception.training.corpora.base import Corpus, LeftOut, Row
from perception.training.corpora.dialogues import in_context
from perception.training.corpora.example import Example
from perception.training.corpora.files import FILM, SOUND, copies, find, records, require, walk
from perception.training.corpora.labels import emotion_of
from perception.training.corpora.packed import packed_file, packed_rows
from perception.training.corpora.registry import corpus
from perception.training.errors import TrainingDataMissing

_SPLITS: Final = ("train", "dev", "test")
_COLUMNS: Final = ("Utterance", "Speaker", "Emotion", "Dialogue_ID", "Utterance_ID")
_MEDIUM: Final = re.compile(r"dia\d+_utt\d+")
# the published tables hold Windows-1252 punctuation as C1 control characters
_PUNCTUATION: Final = {code: bytes([code]).decode("cp1252", errors="ignore") for code in range(0x80, 0xA0)}

Turn = tuple[Hashable, str, Row]


@corpus
class Meld(Corpus):
    """The splits of the authors share speakers (the six friends), so sound does not meet unknown voices in them.

    A film or recording that is absent costs an utterance its sound, not its words.
    """

    name = "meld"
    title = "MELD"
    modalities = ("text", "audio")
    takes_file = True
    languages = ("en",)
    licence = "GPL-3.0-only"
    citation = (
        "Poria, S. et al. (2019). MELD: A Multimodal Multi-Party Dataset for Emotion Recognition in Conversations. "
        "ACL 2019, 527-536."
    )
    url = "https://affective-meld.github.io/"
    layout = "train_sent_emo.csv, dev_sent_emo.csv, test_sent_emo.csv; train_splits/dia0_utt0.mp4 where there are films"

    def rows(self, root: Path) -> Iterator[Row]:
        if (packed := packed_file(root, "meld")) is not None:
            yield from packed_rows(packed, lang="en")
            return
        tables = {split: find(root, f"{split}_sent_emo.csv") for split in _SPLITS}
        if not any(tables.values()):
            raise TrainingDataMissing(f"{self.title}: no train_sent_emo.csv, dev_... or test_... below {str(root)!r}")
        media = _media(root)
        for split, table in tables.items():
            if table is not None:
                yield from in_context(_turns(table, split, media))


def _turns(table: Path, split: str, media: Mapping[tuple[str, str], Path]) -> Iterator[Turn]:
    for place, record in enumerate(records(table)):
        if place == 0:
            require(_COLUMNS, record, table)
        words = record["Utterance"].translate(_PUNCTUATION).strip()
        yield (split, record["Dialogue_ID"]), words, _row(record, words, split, media)


def _row(record: Mapping[str, str], words: str, split: str, media: Mapping[tuple[str, str], Path]) -> Row:
    dialogue, utterance, label = record["Dialogue_ID"], record["Utterance_ID"], record["Emotion"]
    if not (words and dialogue.isdecimal() and utterance.isdecimal()):
        return LeftOut(reason="row")
    if (emotion := emotion_of(label)) is None:
        return LeftOut(reason="label", detail=label)
    name = f"dia{dialogue}_utt{utterance}"
    return Example(
        id=f"{split}/{dialogue}_{utterance}",
        emotion=emotion,
        label=label,
        text=words,
        audio=media.get((split, name)),
        speaker=record["Speaker"].strip() or None,
        dialogue=f"{split}/{dialogue}",
        lang="en",
        split=split,
        extra={key.lower(): record[key] for key in ("Sentiment", "Season", "Episode") if record.get(key)},
    )


def _media(root: Path) -> dict[tuple[str, str], Path]:
    """Films and recordings by split and name. The split is in the name of a folder: `dev_splits_complete`."""

    def key(path: Path) -> str:
        folders = "/".join(path.relative_to(root).parts[:-1]).lower()
        return f"{next((split for split in _SPLITS if split in folders), '')} {path.stem}"

    clips = (path for path in walk(root, (*SOUND, *FILM)) if _MEDIUM.fullmatch(path.stem))
    return {_pair(name): paths[0] for name, paths in copies(clips, key).items()}


def _pair(name: str) -> tuple[str, str]:
    split, _, stem = name.partition(" ")
    return split, stem
