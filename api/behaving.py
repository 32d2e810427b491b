"""`attune eval behaviour`: the text sense, as the settings want it, on the behavioural tests that ship."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from api.errors import InputInvalid
from api.evaluating import Shown, shown_language
from api.senses import make_perceiver
from api.settings import load_settings


@dataclass(frozen=True, kw_only=True, slots=True)
class Behaved(Shown):
    """What the command prints, and what its exit code depends on."""

    rate: float
    """Part of the tests that passed, in [0, 1]."""


def evaluate_texts(
    *,
    langs: Sequence[str],
    categories: Sequence[str],
    failures: bool,
    lang: str | None,
    progress: Callable[[int, int], None],
) -> Behaved:
    """Run the tests.

    Args:
        langs: Of the tests, as ISO 639 codes; all when empty.
        categories: Of the tests; all when empty.
        failures: Whether the summary lists them.
        lang: Of the summary; that of the settings, else of the terminal, when None.
        progress: Told how many texts are done, and of how many.

    Raises:
        InputInvalid: the language is none of the summary, or the text sense is off.
        ItemsInvalid: no test has such a language or category.
        ModelMissing: the model is not on this machine.
        ModelRefused: it cannot be used.
        UnknownPerceiver: a setting names a perceiver that is not registered.
    """
    from evals.behaviour import choose, evaluate_behaviour, failure_lines, load_items, summary_lines
    from perception import Modality

    settings = load_settings()
    shown_in = shown_language(lang, settings)
    if not settings.text:
        raise InputInvalid("the text sense is off; set ATTUNE_TEXT=embedded, or the name of another text perceiver")
    items = choose(load_items(), langs=langs, categories=categories)
    sense = make_perceiver(settings, Modality.TEXT, settings.text)
    # a model that is missing is no bad behaviour
    sense.warm_up()
    found = evaluate_behaviour(items, sense, progress=progress)
    listed = tuple(failure_lines(found, shown_in)) if failures else ()
    return Behaved(
        json=json.dumps(found.as_dict(), ensure_ascii=False, indent=2),
        summary=(*listed, *summary_lines(found, shown_in, listed=failures)),
        rate=found.overall.rate,
    )
