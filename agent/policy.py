"""The perception-priority policy at work: rules on observations, then the person's own word, then fusion. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from agent.corrections import override_by, own_words, standing, told
from memory import CorrectionRecord
from perception import Affect, Conflict, Cue, Fired, Fluency, Modality, Observation, Status
from perception.fusion import Override, fuse
from personas import Condition, Policy, Rule
from personas.conditions import TELLING


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What the policy makes of the observations of a turn, before they are fused."""

    trust: Mapping[Modality, float]
    """The weight of each sense after the rules, in [0, 1]."""
    ignored: Mapping[Modality, str]
    """Senses that count for nothing, with the id of the rule that says so."""
    added: tuple[Conflict, ...]
    """Disagreements that rules declare."""
    notes: tuple[Cue, ...]
    """What rules want noticed."""
    override: Override | None
    """The person's own word, which counts for more than any sense."""
    fired: tuple[Fired, ...]
    """What the rules changed, in order; the override is not in it."""


def decide(
    policy: Policy,
    observations: Sequence[Observation],
    *,
    correction: Override | None = None,
    statement: Override | None = None,
) -> Decision:
    """Apply the rules of a policy, in file order, all that hold.

    Each condition is held against the observations as they are: no rule changes what another one sees. What one rule
    ignores no later one brings back; of several new weights for one sense the last counts.

    Args:
        policy: Of the persona.
        observations: Of the turn, at most one a modality.
        correction: How the person set right what was read.
        statement: What the person says they feel. A correction comes before it. (A crisis comes before both, and is
            settled where turns are routed: in one nothing is fused.)
    """
    seen = {observation.modality: observation for observation in observations}
    trust, ignored = dict(policy.weights), dict[Modality, str]()
    added, notes, fired = list[Conflict](), list[Cue](), list[Fired]()
    for name, rule in policy.named:
        if not holds(rule.condition, seen):
            continue
        for one in _effects(name, rule, trust, ignored):
            fired.append(one)
            if one.action == "ignore":
                ignored[Modality(one.target)] = name
            elif one.action == "trust":
                trust[Modality(one.target)] = float(one.after or 0.0)
        if rule.action.conflict:
            added.append(Conflict(code=rule.action.conflict, params=_shown(rule.condition, seen)))
        if rule.action.note:
            notes.append(Cue(code=rule.action.note))
    return Decision(
        trust=trust,
        ignored=ignored,
        added=tuple(added),
        notes=tuple(notes),
        override=correction or statement,
        fired=tuple(fired),
    )


def holds(condition: Condition, seen: Mapping[Modality, Observation]) -> bool:
    """Whether a condition is fulfilled, in all its parts."""
    return all(sense in seen and _fits(condition, seen[sense]) for sense in condition.senses)


def weigh(
    policy: Policy,
    observations: Sequence[Observation],
    *,
    corrections: Sequence[CorrectionRecord] = (),
    since: datetime | None = None,
    fluency: Fluency | None = None,
) -> Affect:
    """What the senses say together under a policy, with the record of what it changed.

    Args:
        policy: Of the persona.
        observations: Of the turn, at most one a modality.
        corrections: Of the session, oldest first.
        since: When the last turn ended: a correction that came after it is told to the chat model, whatever was felt.
        fluency: How fluently the words were said.
    """
    words, correction = own_words(observations), standing(corrections)
    decision = decide(policy, observations, statement=words)
    sensed = _fused(replace(decision, override=None), observations, fluency)
    top = sensed.scores.top if sensed.scores else None
    override = override_by(correction, top, words) if correction else None
    if override is not None:
        decision = decide(policy, observations, correction=override, statement=words)
    fired, notes = decision.fired, decision.notes
    if correction and (override or (since is not None and correction.at > since)):
        notes = (told(correction, words), *notes)
    if decision.override is None:
        return replace(sensed, fired=fired, notes=notes)
    affect = _fused(decision, observations, fluency)
    own = Fired(
        rule=decision.override.kind,
        action="override",
        target="fused",
        before=top.value if top else None,
        after=affect.scores.top.value if affect.scores else None,
    )
    return replace(affect, fired=(*fired, own), notes=notes)


def policy_line(fired: Sequence[Fired]) -> str:
    """What the policy changed, in a line for the trace: `polite-smile: trust vision 0.4 -> 0.15`."""
    return "; ".join(f"{one.rule}: {_change(one)}" for one in fired)


def _change(fired: Fired) -> str:
    if fired.before is None and fired.after is None:
        return f"{fired.action} {fired.target}"
    before, after = (
        "unknown" if value is None else value if isinstance(value, str) else f"{value:g}"
        for value in (fired.before, fired.after)
    )
    return f"{fired.action} {fired.target} {before} -> {after}"


def _fused(decision: Decision, observations: Sequence[Observation], fluency: Fluency | None) -> Affect:
    return fuse(
        observations,
        trust=decision.trust,
        ignored=decision.ignored,
        added=decision.added,
        override=decision.override,
        fluency=fluency,
    )


def _effects(
    name: str, rule: Rule, trust: Mapping[Modality, float], ignored: Mapping[Modality, str]
) -> Iterator[Fired]:
    action = rule.action
    for sense in action.ignore or ():
        if sense not in ignored:
            yield Fired(rule=name, action="ignore", target=sense.value, before=trust[sense], after=0.0)
    for sense, weight in (action.trust or {}).items():
        if sense not in ignored:
            yield Fired(rule=name, action="trust", target=sense.value, before=trust[sense], after=weight)
    if action.conflict:
        yield Fired(rule=name, action="conflict", target=action.conflict)
    if action.note:
        yield Fired(rule=name, action="note", target=action.note)


def _shown(condition: Condition, seen: Mapping[Modality, Observation]) -> dict[str, str]:
    scores = {sense: seen[sense].scores for sense in Modality if condition.emotions(sense)}
    return {sense.value: told.top.value for sense, told in scores.items() if told}


def _fits(condition: Condition, observation: Observation) -> bool:
    sense, scores = observation.modality, observation.scores
    statuses = condition.statuses(sense)
    if statuses and observation.status not in statuses:
        return False
    quality, confidence = (condition.bounds(sense, measure) for measure in ("quality", "confidence"))
    if _bounded(quality) and not (
        (statuses or observation.status in TELLING) and _within(observation.quality, quality)
    ):
        return False
    emotions = condition.emotions(sense)
    if not (emotions or _bounded(confidence)):
        return True
    if scores is None or not (statuses or observation.status is Status.OK):
        return False
    return (not emotions or scores.top in emotions) and _within(scores.confidence, confidence)


def _bounded(bounds: tuple[float | None, float | None]) -> bool:
    return bounds != (None, None)


def _within(value: float, bounds: tuple[float | None, float | None]) -> bool:
    below, above = bounds
    return (below is None or value < below) and (above is None or value > above)
