"""The little Markdown a card needs. Names come from people's manifests, so nothing in them may break a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence


def plain(text: str) -> str:
    """Text on one line, in which nothing is taken for HTML."""
    return " ".join(text.split()).replace("<", "&lt;")


def cell(value: object) -> str:
    """A value in a table cell: numbers grouped by thousands, pipes and backslashes escaped, None as nothing."""
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return plain(str(value)).replace("\\", "\\\\").replace("|", "\\|")


def code(text: str) -> str:
    """Text in the typeface of code, also in a table cell."""
    return "`" + " ".join(text.split()).replace("`", "'").replace("|", "\\|") + "`"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Lines of a table, an empty one before and after; cells are taken as they are."""
    yield ""
    yield f"| {' | '.join(header)} |"
    yield "|" + "---|" * len(header)
    yield from (f"| {' | '.join(row)} |" for row in rows)
    yield ""


def facts(named: Mapping[str, str]) -> Iterator[str]:
    """Lines of a list, one for each fact."""
    yield from (f"- {plain(name)}: {plain(value)}" for name, value in named.items())
