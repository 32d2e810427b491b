"""Which column of a table is what, where nobody says it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from perception.training.corpora.labels import plain
from perception.training.errors import CorpusOptionInvalid

NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "text": (
        "text",
        "utterance",
        "sentence",
        "content",
        "comment",
        "tweet",
        "transcript",
        "文本",
        "内容",
        "句子",
        "话语",
    ),
    "audio": ("audio", "audio path", "audio file", "wav", "wav path", "音频", "语音"),
    "image": ("image", "image path", "image file", "img", "picture", "图片", "图像"),
    "path": ("path", "file", "file path", "filepath", "file name", "filename", "文件", "路径"),
    "label": (
        "label",
        "emotion",
        "emotion label",
        "label7",
        "labels",
        "emotions",
        "class",
        "标签",
        "情绪",
        "情感",
        "类别",
    ),
    "id": ("id", "uid", "编号"),
    "speaker": ("speaker", "speaker id", "spk", "actor", "subject", "说话人", "演员"),
    "dialogue": ("dialogue", "dialogue id", "dialog", "dialog id", "conversation", "conversation id", "对话"),
    "context": ("context", "history", "上下文"),
    "lang": ("lang", "language", "语言"),
    "split": ("split", "subset", "partition", "usage", "划分"),
    "start": ("start",),
    "end": ("end",),
}
"""What a column may be for, and the names it is guessed by, in lower case; the first that is there is taken."""

EVIDENCE: Final = ("text", "audio", "image", "path")
"""Of these a table needs one."""


def columns_of(there: Collection[str], given: Mapping[str, str]) -> dict[str, str]:
    """The column of each use that a table has.

    Args:
        there: names of its columns.
        given: columns by use, which go before what is guessed.

    Raises:
        CorpusOptionInvalid: a column that was given is not there.
    """
    for use, column in given.items():
        if column not in there:
            raise CorpusOptionInvalid(
                f"there is no column {column!r} to be the {use}; the table has {', '.join(map(repr, there))}"
            )
    # of two names that differ in case alone, the first counts
    known = {plain(column): column for column in reversed([*there])}
    taken = set(given.values())
    guessed = {
        use: found
        for use, names in NAMES.items()
        if (found := next((known[name] for name in names if name in known and known[name] not in taken), None))
    }
    return {**guessed, **given}
