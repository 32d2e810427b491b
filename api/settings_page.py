"""`docs/settings.md`, made from the settings themselves: `python -m api.settings_page > docs/settings.md`."""

from __future__ import annotations

import sys
from typing import get_args

from pydantic.fields import FieldInfo

from api.settings import Settings

HEAD = """# Settings

Environment variables, or lines of a file `.env` in the working directory; the environment wins. An empty value means
the default, except for a sense, which it turns off. `~` is your home folder. A value that cannot be used is named, and
nothing starts.

| variable | default | what it does |
|---|---|---|
"""


def settings_page() -> str:
    """The page in Markdown: a row for each setting."""
    return HEAD + "".join(_row(name, field) for name, field in Settings.model_fields.items())


def _row(name: str, field: FieldInfo) -> str:
    about = " ".join((field.description or "").split()).replace("|", "\\|")
    if choices := [value for value in _choices(field.annotation) if isinstance(value, str)]:
        about += f" One of {', '.join(f'`{choice}`' for choice in choices)}."
    return f"| `ATTUNE_{name.upper()}` | {_default(name, field)} | {about} |\n"


def _choices(annotation: object) -> list[object]:
    """The values of a `Literal`, also inside of a union."""
    return [value for part in get_args(annotation) for value in (_choices(part) or [part])]


def _default(name: str, field: FieldInfo) -> str:
    if name == "data_dir":
        return "the user data folder of your system"
    default = field.get_default()
    return "" if default in (None, (), {}) else f"`{default}`"


if __name__ == "__main__":
    sys.stdout.write(settings_page())
