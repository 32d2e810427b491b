"""Who should answer: handoff rules held against the last turns. Pure.

A rule asks for the same feeling in several of the last turns (k of n), the present one among them, so that what one
turn shows never changes who answers. A persona that has taken over stays for its dwell, and only what was felt since
then counts for it. The way back is narrower than the way there: the feeling that led there must have sunk well below
its threshold, and while the persona left is among the turns that are remembered it is asked about, whatever the mode.
So nobody is sent to and fro.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from memory import OfferRecord
from perception import Affect, Emotion
from personas import Evidence, Handoff, Persona

HYSTERESIS: Final = 0.2
"""How far below its threshold the feeling that led to a persona must be, in each turn that counts for the way back."""
ROUNDING: Final = 1e-9
"""0.6 that is a sum of probabilities is 0.6."""
RELIABLE: Final = 0.25
"""Least reliability of an affect that counts."""
OPEN: Final = 2
"""Turns for which an offer can be answered after the one that made it."""
QUIET: Final = 8
"""Turns before an offer that nobody answered is made again."""
QUIET_DECLINED: Final = 20
"""Turns before one that was declined is, or one that nobody answered twice: who says nothing to it does not want it."""

REASONS: Final = frozenset(
    {
        *("fixed", "no_rules", "no_rule_holds", "not_yet", "dwell", "offer", "return", "offer_open", "asked_lately"),
        *("declined_lately", "handoff"),
    }
)
"""With which a reason begins; figures follow after a colon."""

Act = Literal["stay", "offer", "switch"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """What of one turn the route rests on."""

    persona: str
    """Who answered; of the present turn, who would."""
    affect: Affect | None
    """What was felt, as corrected."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What becomes of the route."""

    act: Act
    """Stay, ask the person, or hand over."""
    reason: str
    """Why, for the trace: a code with the figures it rests on."""
    rule: Handoff | None = None
    """The rule that speaks for a handoff."""


def consider(
    persona: Persona,
    steps: Sequence[Step],
    *,
    find: Callable[[str], Persona | None],
    offers: Sequence[OfferRecord] = (),
    number: int,
) -> Verdict:
    """Whether another persona should answer.

    Args:
        persona: Who answers in the session.
        steps: The last turns, oldest first, the present one at the end; those of a crisis are left out.
        find: The persona of a name, or None.
        offers: Handoffs that were offered in the session.
        number: Of the present turn.
    """
    if persona.routing == "fixed":
        return Verdict(act="stay", reason="fixed")
    if not persona.handoff:
        return Verdict(act="stay", reason="no_rules")
    said = Verdict(act="stay", reason="no_rule_holds")
    run = _run(steps)
    came = len(run) < len(steps)
    for rule in persona.handoff:
        target = find(rule.to)
        if target is None:
            continue
        back = tuple(r.when for r in target.handoff if r.to == persona.name)
        count = _count(rule.when, run, back)
        figures = f"{rule.to} {count} of {rule.when.turns}/{rule.when.of}"
        if not count:
            continue
        if count < rule.when.turns:
            said = Verdict(act="stay", reason=f"not_yet: {figures}")
        elif came and len(run) - 1 < rule.dwell:
            said = Verdict(act="stay", reason=f"dwell: {len(run) - 1} of {rule.dwell}")
        else:
            returns = any(step.persona == rule.to for step in steps[: len(steps) - len(run)])
            return _hand_over(rule, rule.mode or persona.routing, figures, returns=returns, offers=offers, at=number)
    return said


def is_open(offer: OfferRecord, number: int) -> bool:
    """Whether an offer can still be answered.

    Args:
        offer: Made earlier.
        number: Of the turn that comes or runs.
    """
    return offer.answer is None and number - offer.number <= OPEN


def with_offer(offers: Sequence[OfferRecord], new: OfferRecord) -> tuple[OfferRecord, ...]:
    """The offers of a session after another one: of the same persona the last one stays where nobody answered it."""
    before = _last(offers, new.persona)
    kept = (offer for offer in offers if offer.persona != new.persona or (offer is before and offer.answer is None))
    return (*kept, new)


def _last(offers: Sequence[OfferRecord], persona: str) -> OfferRecord | None:
    return max((offer for offer in offers if offer.persona == persona), key=lambda offer: offer.number, default=None)


def _hand_over(
    rule: Handoff, mode: str, figures: str, *, returns: bool, offers: Sequence[OfferRecord], at: int
) -> Verdict:
    if mode == "auto" and not returns:
        return Verdict(act="switch", reason=f"handoff: {figures}", rule=rule)
    if any(is_open(offer, at) for offer in offers):
        return Verdict(act="stay", reason="offer_open")
    last = _last(offers, rule.to)
    if last is not None and last.answer != "accepted":
        declined = last.answer == "declined"
        again = any(offer.persona == rule.to and offer is not last for offer in offers)
        if at - last.number < (QUIET_DECLINED if declined or again else QUIET):
            return Verdict(act="stay", reason=f"{'declined' if declined else 'asked'}_lately: {rule.to}")
    return Verdict(act="offer", reason=f"{'return' if returns else 'offer'}: {figures}", rule=rule)


def _run(steps: Sequence[Step]) -> Sequence[Step]:
    """The last turns of one persona, the present one included."""
    here = steps[-1].persona
    begins = next((place for place in range(len(steps) - 1, -1, -1) if steps[place].persona != here), -1)
    return steps[begins + 1 :]


def _count(when: Evidence, run: Sequence[Step], back: Sequence[Evidence]) -> int:
    """How many of the last turns show what a rule asks for; 0 where the present one does not."""
    shown = [_shows(when, step.affect, back) for step in run[-when.of :]]
    return sum(shown) if shown and shown[-1] else 0


def _shows(when: Evidence, affect: Affect | None, back: Sequence[Evidence]) -> bool:
    if affect is None or affect.scores is None or affect.reliability < RELIABLE:
        return False
    if _felt(affect, when.fused) < when.at_least - ROUNDING:
        return False
    return all(_felt(affect, there.fused) <= there.at_least - HYSTERESIS + ROUNDING for there in back)


def _felt(affect: Affect, emotions: Sequence[Emotion]) -> float:
    return sum(affect.scores[emotion] for emotion in set(emotions)) if affect.scores else 0.0
