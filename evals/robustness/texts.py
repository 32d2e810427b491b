"""Words of the page, of the picture and of the summary."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

_FILE: Final = Path(__file__).with_name("texts.yaml")


def say(key: str, lang: str, **values: object) -> str:
    """A text, in English or Chinese."""
    text: str = _texts()[key][lang]
    return text.format(**values) if values else text


def name_condition(name: str, lang: str) -> str:
    """A condition in words: what is done, and to which degree."""
    family, _, degree = name.partition("_")
    if f"condition_{family}" not in _texts():
        return name
    return say(f"condition_{family}", lang, degree=degree.removesuffix("dB").removesuffix("s").removesuffix("k"))


@lru_cache(maxsize=1)
def _texts() -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return loaded
