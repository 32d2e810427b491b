"""Words of the table and of the failures."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from evals.words import say as say_of

say = partial(say_of, Path(__file__).with_name("texts.yaml"))
"""A text by key, in English or Chinese."""
