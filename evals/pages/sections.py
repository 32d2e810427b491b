"""Sections of a page that the code writes, between two comments that no reader sees."""

from __future__ import annotations


def section(page: str, name: str) -> str:
    """What stands in a section.

    Raises:
        ValueError: the page has no such section.
    """
    return page[slice(*_place(page, name))]


def replaced(page: str, name: str, text: str) -> str:
    """The page with another text in a section.

    Raises:
        ValueError: the page has no such section.
    """
    begins, ends = _place(page, name)
    return page[:begins] + text + page[ends:]


def _place(page: str, name: str) -> tuple[int, int]:
    opening, closing = f"<!-- {name}: written by the code -->\n", f"<!-- end of {name} -->"
    try:
        begins = page.index(opening) + len(opening)
        return begins, page.index(closing, begins)
    except ValueError as error:
        raise ValueError(f"the page has no section {name!r}; it stands between {opening!r} and {closing!r}") from error
