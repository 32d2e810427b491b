"""The pages of the documentation that the code writes say what the code does."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals.pages import briefings, conversations
from evals.pages.sections import replaced, section

pytestmark = pytest.mark.unit

DOCS = Path(__file__).parents[2] / "docs"


def test_the_briefings_of_the_page_are_those_of_the_code() -> None:
    page = (DOCS / "mood.md").read_text("utf-8")
    assert section(page, briefings.NAME) == briefings.table(), (
        "write it again: python -m evals.pages.briefings docs/mood.md"
    )


@pytest.mark.parametrize("lang", conversations.LANGS)
async def test_the_conversations_of_the_page_are_those_that_are_held(lang: str) -> None:
    held = await conversations.held(lang)
    assert section((DOCS / "conversations.md").read_text("utf-8"), lang) == conversations.text(held, lang), (
        "write them again: python -m evals.pages.conversations docs/conversations.md"
    )
    assert len(held) == 12
    policies, routes = ([str(turn.done.trace.get(key, "")) for turn in held] for key in ("policy", "routing"))
    masked = next(place for place, turn in enumerate(held) if turn.affect.conflicts)
    corrected = next(place for place, policy in enumerate(policies) if "correction: override fused" in policy)
    offered = next(place for place, turn in enumerate(held) if turn.offered)
    taken = next(place for place, turn in enumerate(held) if turn.reason == "handed_over")
    assert masked < corrected <= offered < taken
    assert policies[masked] == "polite-smile: trust vision 0.4 -> 0.15"
    assert held[masked].affect.conflicts[0].code == "masking"
    assert routes[offered] == "offer: counseling 2 of 2/3"
    assert [turn.done.persona for turn in held] == ["chat"] * taken + ["counseling"] * (12 - taken)
    assert all(turn.done.reply == turn.line.reply for turn in held)


def test_a_section_is_replaced_and_nothing_else() -> None:
    page = "# A\n<!-- x: written by the code -->\nold\n<!-- end of x -->\nrest\n"
    assert section(page, "x") == "old\n"
    assert replaced(page, "x", "new\n") == page.replace("old", "new")


@pytest.mark.parametrize("page", ["", "<!-- x: written by the code -->\n", "<!-- end of x -->\n"])
def test_a_page_without_the_section_is_an_error_that_names_it(page: str) -> None:
    with pytest.raises(ValueError, match="no section 'x'"):
        replaced(page, "x", "new")
