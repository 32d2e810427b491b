"""Reading the tests, and choosing among them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import ValidationError

from evals.behaviour.schema import WrittenFile
from evals.behaviour.values import Item
from evals.errors import ItemsInvalid

SHIPPED: Final = Path(__file__).with_name("items")
"""Folder of the tests that ship, one file a category. They were written before the models they judge."""

# libyaml where PyYAML was built with it
_Loader: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_items(folder: Path = SHIPPED) -> tuple[Item, ...]:
    """Read `*.yaml` of a folder, in the order of their names.

    Raises:
        ItemsInvalid: there is none, a file is not what it should be, or two tests share an id or a text.
    """
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        raise ItemsInvalid(f"no *.yaml in {str(folder)!r}; a behavioural test set has one for each category")
    items = tuple(item for path in paths for item in _read(path))
    for what, values in (("id", [each.id for each in items]), ("text", [each.text for each in items])):
        twice = [value for value, count in Counter(values).items() if count > 1]
        if twice:
            raise ItemsInvalid(f"the {what} {twice[0]!r} stands twice in {str(folder)!r}; say each test once")
    return items


def choose(items: Sequence[Item], *, langs: Collection[str] = (), categories: Collection[str] = ()) -> tuple[Item, ...]:
    """The tests in these languages and of these categories; where none is named, of all.

    Raises:
        ItemsInvalid: no test has a language or a category that is named, or none has both.
    """
    for what, named, known in (
        ("language", langs, {each.lang for each in items}),
        ("category", categories, {each.category for each in items}),
    ):
        unknown = [each for each in named if each not in known]
        if unknown:
            raise ItemsInvalid(f"no test has the {what} {unknown[0]!r}; there are {', '.join(sorted(known))}")
    chosen = tuple(
        each for each in items if (not langs or each.lang in langs) and (not categories or each.category in categories)
    )
    if not chosen:
        raise ItemsInvalid(f"no test of {', '.join(categories)} is in {', '.join(langs)}; leave one of the two out")
    return chosen


def _read(path: Path) -> tuple[Item, ...]:
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506  (a safe loader)
        written = WrittenFile.model_validate(data)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ItemsInvalid(f"cannot read {str(path)!r}: {error}; it should be a YAML file of tests") from error
    except ValidationError as error:
        raise ItemsInvalid(f"{str(path)!r}: {_first(error, data)}") from error
    if written.category != path.stem:
        raise ItemsInvalid(f"{str(path)!r} holds the category {written.category!r}; name the file after it")
    return written.tests()


def _first(error: ValidationError, data: Any) -> str:
    """The first thing that is wrong, with the id of its test."""
    problem = error.errors()[0]
    loc = problem["loc"]
    where = ".".join(str(step) for step in loc)
    if len(loc) > 1 and loc[0] == "items" and isinstance(loc[1], int) and isinstance(data["items"][loc[1]], dict):
        where = f"{data['items'][loc[1]].get('id', f'test {loc[1] + 1}')}: {'.'.join(str(step) for step in loc[3:])}"
    return f"{where.rstrip(': ')}: {problem['msg'].removeprefix('Value error, ')}"
