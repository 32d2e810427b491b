"""Which perceivers there are. Listing them imports none of them.

Attune's own and those of other distributions are entry points of the group `attune.perceivers`, named
`<modality>.<name>`; one made in the running program is added with the decorator `perceiver`.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any, TypeVar

from perception.errors import UnknownPerceiver
from perception.observation import Modality
from perception.perceiver import Perceiver

GROUP = "attune.perceivers"

Factory = Callable[..., Perceiver[Any]]
FactoryT = TypeVar("FactoryT", bound=Factory)

_decorated: dict[str, Factory] = {}


def perceiver(modality: Modality, name: str) -> Callable[[FactoryT], FactoryT]:
    """Register a factory of perceivers, usually the class itself, under `<modality>.<name>`.

    A name registered here hides an entry point of the same name.
    """

    def register(factory: FactoryT) -> FactoryT:
        _decorated[f"{modality}.{name}"] = factory
        return factory

    return register


def perceiver_names(modality: Modality) -> tuple[str, ...]:
    """Names of the perceivers of one sense, sorted."""
    known = {*_decorated, *(point.name for point in entry_points(group=GROUP))}
    return tuple(sorted(key.partition(".")[2] for key in known if key.startswith(f"{modality}.")))


def create_perceiver(modality: Modality, name: str, **options: object) -> Perceiver[Any]:
    """Build a perceiver by name; only now is its module imported.

    Raises:
        UnknownPerceiver: nothing of that name is registered for this modality.
    """
    key = f"{modality}.{name}"
    if key in _decorated:
        return _decorated[key](**options)
    for point in entry_points(group=GROUP, name=key):
        factory: Factory = point.load()
        return factory(**options)
    names = ", ".join(perceiver_names(modality)) or "none"
    raise UnknownPerceiver(f"no {modality} perceiver is called {name!r}; there are: {names}")
