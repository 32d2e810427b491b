"""A YAML file that remembers where each of its values stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Any, Final, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError
from yaml.constructor import SafeConstructor
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from perception import Emotion
from personas.errors import PersonaInvalid, Problem, did_you_mean
from personas.schema import LANGS, Persona, Topic

Loc = Sequence[str | int]

# libyaml where PyYAML was built with it: ten times as fast, and the same marks
_Loader: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, kw_only=True, slots=True)
class YamlSource:
    """One YAML document, as plain data and as the nodes it came from."""

    path: str
    """For messages."""
    data: dict[str, Any]
    """The document."""
    root: MappingNode
    """Its nodes, each with its line."""

    @classmethod
    def parse(cls, text: str, path: str) -> YamlSource:
        """Parse text.

        Raises:
            PersonaInvalid: it is not YAML, not a map, or says a key twice.
        """
        root = _compose(text, path)
        if not isinstance(root, MappingNode):
            line = root.start_mark.line + 1 if root else None
            message = "a persona is a map of fields such as `name: chat`" if root else "the file is empty"
            raise PersonaInvalid([Problem(path=path, line=line, message=message)])
        if duplicates := [Problem(path=path, line=line, message=text) for line, text in _duplicates(root)]:
            raise PersonaInvalid(duplicates)
        try:
            return cls(path=path, data=SafeConstructor().construct_document(root), root=root)
        except (yaml.YAMLError, ValueError) as error:
            raise PersonaInvalid([_yaml_problem(error, text, path)]) from error

    def problem(self, loc: Loc, message: str) -> Problem:
        """A problem with the value at `loc`, or with the nearest thing above it."""
        return Problem(path=self.path, line=self._line(loc), message=message)

    def _line(self, loc: Loc) -> int:
        node: Node = self.root
        line = node.start_mark.line
        for step in loc:
            key, value = _child(node, step)
            if value is None:
                continue  # pydantic puts steps of its own (`[key]`) between those of the file
            line = (key or value).start_mark.line
            node = value
        return line + 1


def problems_of(error: ValidationError, source: YamlSource) -> list[Problem]:
    """What pydantic found, with lines, top of the file first."""
    found = [source.problem(item["loc"], _message(item["loc"], item["type"], item)) for item in error.errors()]
    return sorted(found, key=lambda problem: problem.line or 0)


def _message(loc: Loc, kind: str, item: Any) -> str:
    field = ".".join(str(step) for step in loc if step != "[key]")
    if kind == "extra_forbidden":
        known = [field.alias or name for name, field in _model_at(loc[:-1]).model_fields.items()]
        return f"unknown field {loc[-1]!r}{did_you_mean(str(loc[-1]), known)}"
    if kind == "missing":
        return f"the field {field!r} is missing"
    if kind == "literal_error" and loc[-1] == "[key]":
        topic = len(loc) == 3 and loc[0] == "questions"
        return f"{field}: unknown {'emotion' if topic else 'language'} {item['input']!r}; known are {_known(topic)}"
    reason = (
        str(item["msg"]).removeprefix("Value error, ").replace("valid dictionary", "map").replace("valid tuple", "list")
    )
    shown = repr(item["input"])
    return f"{field}: {reason}" + (f", got {shown}" if len(shown) <= 60 else "")


def _model_at(loc: Loc) -> type[BaseModel]:
    """The piece of a persona at a place."""
    model: type[BaseModel] = Persona
    for step in loc:
        fields = {field.alias or name: field for name, field in model.model_fields.items()}
        if isinstance(step, str) and step in fields:
            model = next(_models(fields[step].annotation), model)
    return model


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) is not None or isinstance(annotation, UnionType):
        for part in get_args(annotation):
            yield from _models(part)


def _known(topic: bool) -> str:
    return ", ".join(get_args(Topic) if topic else LANGS)


def _compose(text: str, path: str) -> Node | None:
    try:
        return yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise PersonaInvalid([_yaml_problem(error, text, path)]) from error
    except RecursionError as error:
        raise PersonaInvalid([Problem(path=path, message="nested too deeply")]) from error


def _yaml_problem(error: Exception, text: str, path: str) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is None:
        return Problem(path=path, message=f"not YAML: {' '.join(str(error).split())}")
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return Problem(path=path, line=mark.line + 1, message="a tab in the indentation; YAML takes spaces only")
    reason = getattr(error, "problem", None) or "cannot be read"
    return Problem(path=path, line=mark.line + 1, message=f"not YAML: {reason}")


def _child(node: Node, step: str | int) -> tuple[Node | None, Node | None]:
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if isinstance(key, ScalarNode) and key.value == str(step):
                return key, value
    if isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
        return None, node.value[step]
    return None, None


def _duplicates(root: Node) -> Iterator[tuple[int, str]]:
    pending, seen = [root], set[int]()
    while pending:
        node = pending.pop()
        if id(node) in seen:  # an alias leads to a node once more
            continue
        seen.add(id(node))
        if isinstance(node, SequenceNode):
            pending.extend(node.value)
        elif isinstance(node, MappingNode):
            pending.extend(value for _, value in node.value)
            yield from _repeated_keys(node)


def _either(node: MappingNode, key: str) -> str:
    """Advice to whoever wants two emotions of one sense."""
    said = [value.value for name, value in node.value if isinstance(name, ScalarNode) and name.value == key]
    if not all(isinstance(word, str) and word in set(Emotion) for word in said):
        return ""
    return f": a sense shows one emotion at a time; for any of several write `{key}: [{', '.join(said)}]`"


def _repeated_keys(node: MappingNode) -> Iterator[tuple[int, str]]:
    first: dict[str, int] = {}
    for key, _ in node.value:
        if not isinstance(key, ScalarNode) or key.value == "<<":
            continue
        line = key.start_mark.line + 1
        if key.value in first:
            yield line, f"duplicate key {key.value!r}, first on line {first[key.value]}{_either(node, key.value)}"
        first.setdefault(key.value, line)
