"""What makes no sense in a persona although each of its fields is right: rules that can never apply."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from personas.errors import Problem, did_you_mean
from personas.schema import Persona
from personas.source import YamlSource

TAKEN: Final = frozenset({"correction", "self_statement"})
"""What the record of a turn calls the person's own word."""


def find_problems(persona: Persona, source: YamlSource) -> list[Problem]:
    """Everything, top of the file first."""
    found = [*_rules(persona, source), *_handoffs(persona, source)]
    return sorted(found, key=lambda problem: problem.line or 0)


def find_strangers(persona: Persona, source: YamlSource, names: Collection[str]) -> list[Problem]:
    """Handoff rules that lead to nobody.

    Args:
        persona: Whose rules.
        source: Its file.
        names: The personas there are.
    """
    return [
        source.problem(
            ("handoff", place, "to"),
            f"no persona is called {rule.to!r}{did_you_mean(rule.to, [*names])}; there are: {', '.join(sorted(names))}",
        )
        for place, rule in enumerate(persona.handoff)
        if rule.to not in names
    ]


def _rules(persona: Persona, source: YamlSource) -> Iterator[Problem]:
    rules = persona.perception.rules
    for place, rule in enumerate(rules):
        at = ("perception", "rules", place)
        if rule.id in TAKEN:
            yield source.problem((*at, "id"), f"the id {rule.id!r} is that of the person's own word; choose another")
        for before, earlier in enumerate(rules[:place], 1):
            if rule.id is not None and rule.id == earlier.id:
                yield source.problem((*at, "id"), f"the id {rule.id!r} is taken by rule {before}; choose another")
            if rule.condition == earlier.condition and rule.action == earlier.action:
                yield source.problem(at, f"says the same as rule {before}; leave it out")


def _handoffs(persona: Persona, source: YamlSource) -> Iterator[Problem]:
    if persona.handoff and persona.routing == "fixed":
        yield source.problem(
            ("handoff",), "these rules never hold while `routing` is fixed; make it suggest or auto, or leave them out"
        )
    for place, rule in enumerate(persona.handoff):
        if rule.to == persona.name:
            yield source.problem(("handoff", place, "to"), "never holds: it leads to the persona itself")
        for before, earlier in enumerate(persona.handoff[:place], 1):
            if (rule.to, rule.when) == (earlier.to, earlier.when):
                yield source.problem(("handoff", place), f"says the same as rule {before}; leave it out")
