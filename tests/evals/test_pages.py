"""The pages of the documentation that the code writes say what the code does."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals.pages import briefings
from evals.pages.sections import replaced, section

pytestmark = pytest.mark.unit

DOCS = Path(__file__).parents[2] / "docs"


def test_the_briefings_of_the_page_are_those_of_the_code() -> None:
    page = (DOCS / "mood.md").read_text("utf-8")
    assert section(page, briefings.NAME) == briefings.table(), (
        "write it again: python -m evals.pages.briefings docs/mood.md"
    )


def test_a_section_is_replaced_and_nothing_else() -> None:
    page = "# A\n<!-- x: written by the code -->\nold\n<!-- end of x -->\nrest\n"
    assert section(page, "x") == "old\n"
    assert replaced(page, "x", "new\n") == page.replace("old", "new")


@pytest.mark.parametrize("page", ["", "<!-- x: written by the code -->\n", "<!-- end of x -->\n"])
def test_a_page_without_the_section_is_an_error_that_names_it(page: str) -> None:
    with pytest.raises(ValueError, match="no section 'x'"):
        replaced(page, "x", "new")
