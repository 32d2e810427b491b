"""`attune eval fusion`: what fusing is worth, measured on synthetic pairs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evals.fusion.control import class_offsets
from perception import Modality
from perception.fusion.fitting import fit_trust
from perception.fusion.fitting.fit import predictions
from perception.fusion.gated import GatedNetwork
from perception.metrics import Predictions, compare
from perception.metrics.compare import Difference
from perception.metrics.values import plain
from perception.training.fusion.items import read_items
from perception.training.fusion.pairs import CONDITIONS, SENSES, Condition, Pairs, condition, draw_pairs
from perception.training.fusion.sensing import Sensed, sense_items
from perception.training.splits import Part

PER_EMOTION: Final[Mapping[Part, int]] = {"dev": 100, "test": 150}
"""Items of each sense and emotion at most; trust is fitted to dev, and test is what figures are of."""
ALLOWED: Final = 0.01
"""By how much fused may be below the best single sense under the same corruption."""
_MIXED: Final = condition("half corrupted", corrupted=dict.fromkeys(SENSES, 0.5), missing=dict.fromkeys(SENSES, 0.1))


@dataclass(frozen=True, kw_only=True, slots=True)
class Single:
    """One sense alone, against late fusion."""

    accuracy: float
    """Of all rows; a row that it does not answer is wrong."""
    answered: int
    """Rows that it answers."""
    where_answered: float | None
    """Its accuracy on those; None where there are none."""
    fused_there: float | None
    """Of late fusion on the same rows."""
    gain: Difference
    """From the sense alone (a) to late fusion (b), on all rows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """One condition."""

    name: str
    """Which."""
    rows: int
    """Synthetic pairs in which some sense could tell."""
    late: float
    """Accuracy of late fusion as it ships, with the trust fitted to development pairs."""
    singles: Mapping[str, Single]
    """By sense, of those that say anything."""
    linear: Difference
    """From the linear pool (a) to the log-linear one (b), each with its own fitted trust."""
    gated: Difference | None
    """From late fusion (a) to the gated network (b)."""
    beyond_classes: Difference | None
    """From late fusion that knows how frequent the classes of the pairs are (a) to the gated network (b)."""

    @property
    def gap(self) -> float:
        """By how much late fusion is better than the best single sense, on all rows."""
        return self.late - max(single.accuracy for single in self.singles.values())


@dataclass(frozen=True, kw_only=True, slots=True)
class FusionEvaluation:
    """All conditions."""

    trust: Mapping[str, float]
    """Fitted to development pairs."""
    conditions: tuple[Measured, ...]
    """In order; the last are several joined."""
    models: Mapping[str, str]
    """Of the senses, and of the network where there is one."""

    @property
    def holds(self) -> bool:
        """Whether late fusion is never more than `ALLOWED` below the best single sense; conflicts apart."""
        return all(each.gap >= -ALLOWED for each in self.conditions if "conflicting" not in each.name)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "kind": "attune.eval.fusion",
            "version": 1,
            "data": "synthetic pairs by label",
            "trust": dict(self.trust),
            "models": dict(self.models),
            "holds": self.holds,
            "conditions": [{**plain(asdict(each)), "gap": plain(each.gap)} for each in self.conditions],
        }


def evaluate_fusion(
    data: Path,
    cache: Path,
    *,
    weights: Path | None = None,
    pairs: int = 1050,
    resamples: int = 1000,
    seed: int = 0,
    tell: Callable[[float, str], None] = lambda _part, _line: None,
) -> FusionEvaluation:
    """Ask the senses about faces, voices and sentences, pair them by label, fuse, and compare.

    Args:
        data: folder with `face`, `voice` and `text`.
        cache: folder where what the senses say is kept.
        weights: of a gated network, to compare with.
        pairs: of each condition.
        resamples: of the bootstrap, which draws all pairs of a face together.
        seed: of pairing and bootstrap.
        tell: told how far it has come.

    Raises:
        TrainingDataMissing: a corpus is not there.
        ModelError: the weights cannot be loaded.
    """
    sensed = {part: _sensed(data, part, cache, tell) for part in PER_EMOTION}
    network = GatedNetwork(weights) if weights else None
    return measure_fusion(sensed["dev"], sensed["test"], network, pairs=pairs, resamples=resamples, seed=seed)


def measure_fusion(
    dev_items: Mapping[Modality, Sensed],
    test_items: Mapping[Modality, Sensed],
    network: GatedNetwork | None = None,
    *,
    pairs: int = 1050,
    resamples: int = 1000,
    seed: int = 0,
) -> FusionEvaluation:
    """The same, of items that the senses were asked about already.

    Args:
        dev_items: by sense; trust is fitted to pairs of them.
        test_items: by sense; figures are of pairs of them.
        network: to compare with late fusion.
        pairs: of each condition.
        resamples: of the bootstrap.
        seed: of pairing and bootstrap.
    """
    drawn = {c.name: _drawn(test_items, pairs, c, seed) for c in CONDITIONS}
    dev = _drawn(dev_items, 2 * pairs, _MIXED, seed)
    trust = {pool: fit_trust(dev.rows, pooling=pool, metric="accuracy", resamples=0).trust for pool in POOLS}
    offsets = class_offsets(predictions(dev.rows, trust["log"], "log")) if network else None

    def told(each: Pairs) -> dict[str, Predictions]:
        late = predictions(each.rows, trust["log"], "log")
        found = {"late": late, "linear": predictions(each.rows, trust["linear"], "linear")}
        if network is not None and offsets is not None:
            gated = network.probabilities(each.features, each.scores, each.quality)
            found |= {"gated": _like(late, gated), "control": _like(late, offsets(late.probabilities))}
        return found

    answers = {name: told(each) for name, each in drawn.items()}
    measured = [_measured(name, [drawn[name]], [answers[name]], resamples, seed) for name in drawn]
    for name, ending in (("corrupted, all four", "corrupted"), ("missing, all three", "missing")):
        of_it = [each for each in drawn if each.endswith(ending)]
        measured.append(_measured(name, [drawn[n] for n in of_it], [answers[n] for n in of_it], resamples, seed))
    models = {str(sense): each.model for sense, each in test_items.items()}
    return FusionEvaluation(
        trust={str(sense): value for sense, value in trust["log"].items()},
        conditions=tuple(measured),
        models={**models, **({"fusion": network.model} if network else {})},
    )


POOLS: Final = ("linear", "log")


def _sensed(data: Path, part: Part, cache: Path, tell: Callable[[float, str], None]) -> dict[Modality, Sensed]:
    items = read_items(data, part, per_emotion=PER_EMOTION[part])
    return {sense: sense_items(each, cache, tell) for sense, each in items.items()}


def _drawn(sensed: Mapping[Modality, Sensed], count: int, asked: Condition, seed: int) -> Pairs:
    pairs = draw_pairs(sensed, count, asked, np.random.default_rng(seed))
    return pairs.where(np.asarray(pairs.quality.any(axis=1)))


def _like(late: Predictions, probabilities: NDArray[np.float64]) -> Predictions:
    return Predictions(truth=late.truth, probabilities=probabilities, groups=late.groups)


def _measured(
    name: str, pairs: Sequence[Pairs], answers: Sequence[Mapping[str, Predictions]], resamples: int, seed: int
) -> Measured:
    joined = {kind: _joined([each[kind] for each in answers]) for kind in answers[0]}
    late = joined["late"]

    def against(one: str, other: str) -> Difference | None:
        if other not in joined:
            return None
        found = compare(joined[one], joined[other], metrics=("accuracy",), resamples=resamples, seed=seed)
        return found.differences["accuracy"]

    linear = against("linear", "late")
    assert linear is not None, "both pools are always there"
    return Measured(
        name=name,
        rows=len(late),
        late=float(late.right.mean()),
        singles=_singles(pairs, late, resamples, seed),
        linear=linear,
        gated=against("late", "gated"),
        beyond_classes=against("control", "gated"),
    )


def _joined(parts: Sequence[Predictions]) -> Predictions:
    return Predictions(
        truth=np.concatenate([each.truth for each in parts]),
        probabilities=np.concatenate([each.probabilities for each in parts]),
        groups=tuple(group for each in parts for group in each.groups or ()),
    )


def _singles(pairs: Sequence[Pairs], late: Predictions, resamples: int, seed: int) -> dict[str, Single]:
    scores, quality = (np.concatenate([getattr(each, n) for each in pairs]) for n in ("scores", "quality"))
    found = {}
    for place, sense in enumerate(SENSES):
        answered = quality[:, place] > 0
        if not answered.any():
            continue
        # a row that a sense does not answer is wrong, whatever the truth
        missed = np.eye(7)[(late.truth + 1) % 7]
        alone = _like(late, np.where(answered[:, None], scores[:, place].astype(np.float64), missed))
        right = alone.right
        found[str(sense)] = Single(
            accuracy=float(right.mean()),
            answered=int(answered.sum()),
            where_answered=float(right[answered].mean()),
            fused_there=float(late.right[answered].mean()),
            gain=compare(alone, late, metrics=("accuracy",), resamples=resamples, seed=seed).differences["accuracy"],
        )
    return found
