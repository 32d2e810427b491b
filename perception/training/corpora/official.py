"""The splits of authors, under one set of names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from perception.training.corpora.labels import plain

_NAMES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("train", "training", "train set", "trainset", "训练", "训练集"), "train"),
    **dict.fromkeys(
        ("dev", "val", "valid", "validation", "development", "evaluation", "val set", "publictest", "验证", "验证集"),
        "dev",
    ),
    **dict.fromkeys(("test", "testing", "test set", "testset", "privatetest", "测试", "测试集"), "test"),
}


def official(name: str) -> str | None:
    """`train`, `dev` or `test` by what authors call it; None when it is none of them."""
    return _NAMES.get(plain(name))
