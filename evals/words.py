"""What suites say to people, in English and Chinese, out of a YAML file beside each."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml


def say(file: Path, key: str, lang: str, **values: object) -> str:
    """A text of a file: by key, then by language."""
    text: str = _read(file)[key][lang]
    return text.format(**values) if values else text


@lru_cache
def _read(file: Path) -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return loaded
