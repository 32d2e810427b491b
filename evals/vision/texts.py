"""Words of the page and of the summary."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from evals import words
from evals.robustness.texts import name_condition
from evals.robustness.values import CLEAN

_FILE: Final = Path(__file__).with_name("texts.yaml")


def say(key: str, lang: str, **values: object) -> str:
    """A text, in English or Chinese."""
    return words.say(_FILE, key, lang, **values)


def name_reason(key: str, lang: str) -> str:
    """Why a face was excluded, with the label that is none of ours by name: `label:contempt`."""
    code, _, detail = key.partition(":")
    try:
        text = say(f"reason_{code}", lang)
    except KeyError:  # a corpus of somebody else's may have reasons of its own
        text = code
    if not detail:
        return text
    return f"{text}: {detail}" if lang == "en" else f"{text}：{detail}"


def name_kind(name: str, lang: str) -> str:
    """What was done to the faces."""
    return say("clean", lang) if name == CLEAN else name_condition(name, lang)
