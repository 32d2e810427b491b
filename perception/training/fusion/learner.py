"""The gated network while it learns: new pairs each epoch, drawn from seed and epoch alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from perception.emotions import EMOTIONS, Emotion
from perception.observation import Modality
from perception.training.experiments.loop import SCORE
from perception.training.experiments.torch_state import dumped, loaded
from perception.training.fusion.network import gated_network
from perception.training.fusion.pairs import SENSES, Pairs, condition, draw_pairs
from perception.training.fusion.sensing import Sensed

POLARITY: Final = np.array([{Emotion.HAPPY: 0, Emotion.SURPRISE: 1, Emotion.NEUTRAL: 1}.get(e, 2) for e in EMOTIONS])
"""Positive, neither, negative, by emotion: surprise is on no side of its own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FusionRecipe:
    """How the gated network is trained."""

    per_emotion: tuple[int, int, int] = (250, 100, 150)
    """Items of each sense and emotion at most, to train, to develop and to test on."""
    pairs: int = 14_000
    """Drawn anew each epoch."""
    width: int = 64
    """That all senses are projected to."""
    tokens: int = 4
    """Of a face or a voice."""
    dropout: float = 0.2
    """Between layers."""
    corrupted: float = 0.5
    """Chance that a sense is given corrupted evidence."""
    missing: float = 0.2
    """Chance that a sense is dropped (modality dropout)."""
    featureless: float = 0.2
    """Chance that the features of a sense are dropped while its scores stay, as of a backend without any."""
    conflict: float = 0.1
    """Chance that the face, or the words, show another emotion than the pair's."""
    misheard: float = 0.4
    """The same of the voice. Higher, since the audio sense has met every speaker that trains and knows them better than
    it will know anyone else."""
    auxiliary: float = 0.3
    """Weight of the polarities in the loss."""
    smoothing: float = 0.05
    """Part of a target that is spread over all classes."""
    rate: float = 2e-3
    """Peak of the learning rate."""
    decay: float = 0.02
    """Weight decay of AdamW."""
    batch: int = 256
    """Pairs a step."""


class FusionLearner:
    """Trains `gated_network` on synthetic pairs."""

    def __init__(
        self, train: Mapping[Modality, Sensed], dev: Pairs, recipe: FusionRecipe, *, epochs: int, seed: int
    ) -> None:
        """Make the first weights from the seed."""
        import torch

        self._train, self._dev, self._recipe, self._epochs, self._seed = train, dev, recipe, epochs, seed
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.network = gated_network(
                {sense: told.features.shape[2] for sense, told in train.items()},
                width=recipe.width,
                tokens=recipe.tokens,
                dropout=recipe.dropout,
            )
        self._optimiser = torch.optim.AdamW(
            self.network.parameters(), lr=recipe.rate, weight_decay=recipe.decay, foreach=False
        )

    def epoch(self, number: int, tick: Callable[[float], None]) -> Mapping[str, float]:
        """One pass over pairs of its own."""
        import torch

        random = np.random.default_rng((self._seed, number))
        pairs = self._drawn(random)
        inputs, truth = tensors(pairs), torch.from_numpy(pairs.truth)
        polarity = torch.from_numpy(POLARITY[pairs.truth])
        order, losses = random.permutation(len(pairs)), []
        steps = range(0, len(order) - self._recipe.batch + 1, self._recipe.batch)
        self.network.train()
        with torch.random.fork_rng():
            torch.manual_seed(self._seed * 1000 + number)
            for step, begin in enumerate(steps):
                self._at((number - 1 + step / len(steps)) / self._epochs)
                rows = torch.from_numpy(order[begin : begin + self._recipe.batch])
                losses.append(self._step([each[rows] for each in inputs], truth[rows], polarity[rows]))
                tick((step + 1) / len(steps))
        return {"train/loss": float(np.mean(losses))}

    def judge(self) -> Mapping[str, float]:
        """Accuracy and UAR on the development pairs; the score is UAR."""
        right = predict(self.network, self._dev).argmax(axis=1) == self._dev.truth
        uar = float(np.mean([right[self._dev.truth == each].mean() for each in np.unique(self._dev.truth)]))
        return {"dev/accuracy": float(right.mean()), "dev/uar": uar, SCORE: uar}

    def state(self) -> bytes:
        """Network and optimiser."""
        return dumped({"network": self.network.state_dict(), "optimiser": self._optimiser.state_dict()})

    def restore(self, state: bytes) -> None:
        """The inverse of `state`."""
        told = loaded(state)
        self.network.load_state_dict(told["network"])
        self._optimiser.load_state_dict(told["optimiser"])

    def _drawn(self, random: np.random.Generator) -> Pairs:
        recipe = self._recipe
        asked = condition(
            "training",
            corrupted=dict.fromkeys(SENSES, recipe.corrupted),
            missing=dict.fromkeys(SENSES, recipe.missing),
            conflict={**dict.fromkeys(SENSES, recipe.conflict), Modality.AUDIO: recipe.misheard},
        )
        pairs = draw_pairs(self._train, recipe.pairs, asked, random)
        for features in pairs.features.values():
            features[random.random(len(pairs)) < recipe.featureless] = 0.0
        return pairs.where(np.asarray(pairs.quality.any(axis=1)))

    def _at(self, progress: float) -> None:
        from perception.training.vision.learner import one_cycle

        for group in self._optimiser.param_groups:
            group["lr"] = self._recipe.rate * one_cycle(progress)

    def _step(self, inputs: list[Any], truth: Any, polarity: Any) -> float:
        from torch.nn.functional import cross_entropy

        emotions, polarities = self.network(*inputs)
        loss = cross_entropy(emotions, truth, label_smoothing=self._recipe.smoothing)
        loss = loss + self._recipe.auxiliary * cross_entropy(polarities, polarity)
        self._optimiser.zero_grad()
        loss.backward()
        self._optimiser.step()
        return float(loss.detach())


def tensors(pairs: Pairs) -> list[Any]:
    """What the network takes."""
    import torch

    arrays = [*(pairs.features[sense] for sense in SENSES), pairs.scores, pairs.quality]
    return [torch.from_numpy(np.ascontiguousarray(each)) for each in arrays]


def predict(network: Any, pairs: Pairs) -> NDArray[np.float64]:
    """Logits of the emotions (n x 7)."""
    import torch

    network.eval()
    with torch.inference_mode():
        return np.asarray(network(*tensors(pairs))[0].numpy(), dtype=np.float64)
