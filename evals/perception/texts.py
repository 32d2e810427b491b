"""Words of the page and of the summary."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

LANGUAGES: Final = ("en", "zh")

_FILE: Final = Path(__file__).with_name("texts.yaml")


def say(key: str, lang: str, **values: object) -> str:
    """A text, in English or Chinese."""
    text: str = _texts()[key][lang]
    return text.format(**values) if values else text


def name_status(status: str, lang: str) -> str:
    """A status in words; one that nobody foresaw as it is."""
    return say(f"status_{status}", lang) if f"status_{status}" in _texts() else status


def name_source(source: str, lang: str) -> str:
    """A sense, or all together, in words."""
    return say(source, lang) if source in ("vision", "audio", "text", "fused") else source


def terms(lang: str) -> Mapping[str, str]:
    """What the figures mean."""
    return {key: text[lang] for key, text in _texts()["terms"].items()}


@lru_cache(maxsize=1)
def _texts() -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return loaded
