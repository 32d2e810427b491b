"""Reading the texts."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from evals.errors import ItemsInvalid
from evals.statements.values import Claim, Text
from perception import Emotion
from perception.text.statements import Polarity

SHIPPED: Final = Path(__file__).with_name("items")
"""Folder of the texts that ship: `<language>-<split>.yaml`. They were written before the detector, and `test`
may not be tuned on."""

# libyaml where PyYAML was built with it
_Loader: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Claim(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    emotion: Emotion
    polarity: Polarity


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z]{2}-\d{3,}$")
    lang: Literal["en", "zh"]
    kind: str = Field(pattern=r"^[a-z_]+$")
    text: str = Field(min_length=1)
    expected: tuple[_Claim, ...]


_FILE: Final = TypeAdapter(tuple[_Written, ...])


def load_texts(split: str = "test", *, lang: str | None = None, folder: Path = SHIPPED) -> tuple[Text, ...]:
    """Read the texts of a split, in the order of their files.

    Args:
        split: `dev`, `test`, or `all`.
        lang: `en` or `zh`; both when None.
        folder: of the files.

    Raises:
        ItemsInvalid: there is no such file, one is not what it should be, or two texts share an id.
    """
    name = f"{lang or '*'}-{'*' if split == 'all' else split}.yaml"
    paths = sorted(folder.glob(name))
    if not paths:
        raise ItemsInvalid(f"no {name} in {str(folder)!r}; a split is dev, test or all, and a language en or zh")
    texts = tuple(text for path in paths for text in _read(path))
    twice = [each for each, count in Counter(text.id for text in texts).items() if count > 1]
    if twice:
        raise ItemsInvalid(f"the id {twice[0]!r} stands twice in {str(folder)!r}; give each text its own")
    return texts


def _read(path: Path) -> tuple[Text, ...]:
    try:
        written = _FILE.validate_python(yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader))  # noqa: S506
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ItemsInvalid(f"cannot read {str(path)!r}: {error}; it should be a YAML list of texts") from error
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(map(str, problem["loc"]))
        raise ItemsInvalid(f"{str(path)!r}, at {where}: {problem['msg']}") from error
    return tuple(
        Text(
            id=each.id,
            lang=each.lang,
            kind=each.kind,
            text=each.text,
            expected=frozenset(Claim(emotion=claim.emotion, polarity=claim.polarity) for claim in each.expected),
        )
        for each in written
    )
