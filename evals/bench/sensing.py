"""What the benches of the senses share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from evals.bench.case import Outcome

if TYPE_CHECKING:
    from perception import Observation


def observed(observation: Observation) -> Outcome:
    """What a sense said. It judged when there are scores, whether or not it stands by them."""
    return Outcome(said=observation.status.value, judged=observation.scores is not None)


def all_observed(observations: Sequence[Observation]) -> Outcome:
    """What a sense said of several pieces of evidence, such as `7 ok, 1 uncertain`."""
    said = [observation.status.value for observation in observations]
    counts = ", ".join(f"{said.count(status)} {status}" for status in dict.fromkeys(said))
    return Outcome(said=counts, judged=all(observation.scores is not None for observation in observations))
