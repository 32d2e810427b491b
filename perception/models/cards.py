"""Reading a model card: what its front matter says of the weights beside it.

A card is Markdown for people with YAML in front for programs, as the Hugging Face hub has it; Attune's own facts are
the block `attune`. Only that block is read here. `perception.training.cards` writes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, StrictBool, ValidationError, model_validator

from perception.errors import CardInvalid
from perception.models.manifest import Sha256, Size

FENCE = "---"
"""The line before and the line after the front matter."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CardFile:
    """A file of weights, as its card knows it."""

    bytes: int
    """Its size."""
    sha256: str
    """64 hexadecimal digits."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """What a model card says to programs."""

    model: str
    """Name and version, as in each observation: `text-en-tfidf-3`."""
    licence: str
    """Of the weights: an SPDX identifier, or `research, non-commercial`."""
    commercial: bool
    """Whether that allows commercial use."""
    files: Mapping[str, CardFile]
    """The weights by file name."""


def read_card(path: Path) -> Card:
    """Read the front matter of a model card.

    Raises:
        CardInvalid: the file cannot be read, has no front matter, or its block `attune` is not what it should be.
    """
    try:
        block = _Front.model_validate(yaml.safe_load(_front(path))).attune
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CardInvalid(
            f"the model card {str(path)!r} cannot be read: {error}; write it again by training"
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"]) or "front matter"
        raise CardInvalid(
            f"the model card {str(path)!r} is wrong at {where}: {first['msg']}; write it again by training"
        ) from error
    files = {name: CardFile(bytes=file.bytes, sha256=file.sha256) for name, file in block.files.items()}
    return Card(model=block.model, licence=block.licence, commercial=block.commercial, files=files)


def _front(path: Path) -> str:
    first, *rest = path.read_text(encoding="utf-8").splitlines() or [""]
    if first != FENCE or FENCE not in rest:
        raise CardInvalid(
            f"the model card {str(path)!r} has no front matter between two lines {FENCE!r}; write it again by training"
        )
    return "\n".join(rest[: rest.index(FENCE)])


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    bytes: Size
    sha256: Sha256


class _Block(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    model: Annotated[str, Field(min_length=1)]
    licence: Annotated[str, Field(min_length=1)]
    commercial: StrictBool
    files: dict[str, _File] = Field(min_length=1)

    @model_validator(mode="after")
    def _holds_together(self) -> _Block:
        if self.commercial and "non-commercial" in self.licence:
            raise ValueError(f"it allows commercial use, yet the licence is {self.licence!r}")
        for name in self.files:
            if PurePath(name).name != name:
                raise ValueError(f"{name!r} is no plain file name")
        return self


class _Front(BaseModel):
    attune: _Block
