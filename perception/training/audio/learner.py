"""The voice network while it learns: small perceptrons on standardised functionals, several of them averaged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perception.audio.frames import Floats
from perception.emotions import EMOTIONS
from perception.training.audio.data import CORPORA, labels
from perception.training.audio.listening import Heard
from perception.training.experiments.loop import SCORE
from perception.training.experiments.torch_state import dumped, loaded


@dataclass(frozen=True, kw_only=True, slots=True)
class VoiceRecipe:
    """How the voice network is trained."""

    members: int = 5
    """Perceptrons that are averaged."""
    hidden: tuple[int, int] = (256, 64)
    """Widths of the two hidden layers."""
    dropout: tuple[float, float, float] = (0.2, 0.5, 0.25)
    """Of the input and of the hidden layers."""
    versions: int = 2
    """How often each clip is heard in another voice, and how often over a poorer channel."""
    shown: tuple[float, float, float] = (0.4, 0.3, 0.3)
    """Parts of the rows shown as recorded, in another voice, and over a poorer channel."""
    noise: float = 0.2
    """Deviation of the noise added to standardised functionals."""
    rate: float = 2e-3
    """Peak of the one-cycle learning rate."""
    decay: float = 0.05
    """Weight decay of AdamW."""
    smoothing: float = 0.1
    """Of the labels."""
    corpus_power: float = 0.5
    """A corpus of n clips is drawn in proportion to n to this power; in it, each emotion equally often."""
    batch: int = 128
    """Clips a step."""


def standardised(functionals: Floats, mean: Floats, deviation: Floats) -> Floats:
    """Mean 0 and deviation 1; what is further than 5 deviations off is held there."""
    held: Floats = np.clip((functionals - mean) / deviation, -5.0, 5.0).astype(np.float32)
    return held


def member_network(inputs: int, recipe: VoiceRecipe) -> Any:
    """A `torch.nn.Sequential`: functionals (n x inputs) to logits (n x 7)."""
    from torch import nn

    first, second = recipe.hidden
    return nn.Sequential(
        nn.Dropout(recipe.dropout[0]),
        nn.Linear(inputs, first),
        nn.LayerNorm(first),
        nn.GELU(),
        nn.Dropout(recipe.dropout[1]),
        nn.Linear(first, second),
        nn.GELU(),
        nn.Dropout(recipe.dropout[2]),
        nn.Linear(second, len(EMOTIONS)),
    )


class VoiceLearner:
    """Trains all members side by side."""

    def __init__(self, train: Heard, dev: Heard, recipe: VoiceRecipe, *, epochs: int, seed: int) -> None:
        """Make the first weights from the seed."""
        import torch

        self._recipe, self._seed, self._epochs = recipe, seed, epochs
        self._dev, self._dev_truth = dev, labels(dev.clips)
        self.mean, self.deviation = train.plain.mean(axis=0), train.plain.std(axis=0) + 1e-4
        shown = standardised(np.stack([train.plain, *train.varied, *train.degraded]), self.mean, self.deviation)
        self._versions, self._truth = torch.from_numpy(shown), torch.from_numpy(labels(train.clips))
        self._drawn, self._shown = draw_weights(train, recipe.corpus_power), _chances(recipe)
        self.members = [_seeded(train.plain.shape[1], recipe, seed + member) for member in range(recipe.members)]
        self._optimisers = [
            torch.optim.AdamW(network.parameters(), lr=recipe.rate, weight_decay=recipe.decay, foreach=False)
            for network in self.members
        ]
        self._steps = max(1, len(self._truth) // recipe.batch)
        self._schedules = [
            torch.optim.lr_scheduler.OneCycleLR(each, recipe.rate, total_steps=epochs * self._steps)
            for each in self._optimisers
        ]

    def epoch(self, number: int, tick: Callable[[float], None]) -> Mapping[str, float]:
        """As many steps as there are batches, for each member with draws of its own."""
        import torch

        losses: list[float] = []
        for member, network in enumerate(self.members):
            with torch.random.fork_rng():
                key = (self._seed, member, number)
                torch.manual_seed(int(np.random.SeedSequence(key).generate_state(1)[0]))
                random = np.random.default_rng(key)
                network.train()
                losses += [self._step(member, random) for _ in range(self._steps)]
                network.eval()
            tick((member + 1) / len(self.members))
        return {"train/loss": float(np.mean(losses))}

    def judge(self) -> Mapping[str, float]:
        """Accuracy, UAR and loss on the development speakers; the score is the mean UAR of the corpora."""
        from scipy.special import log_softmax

        logits = self.hear(self._dev.plain)
        right = logits.argmax(axis=1) == self._dev_truth
        loss = -log_softmax(logits, axis=1)[np.arange(len(right)), self._dev_truth].mean()
        parts = [self._dev.of(corpus) for corpus in CORPORA]
        score = float(np.mean([_uar(right[part], self._dev_truth[part]) for part in parts if part.any()]))
        return {
            "dev/accuracy": float(right.mean()),
            "dev/uar": _uar(right, self._dev_truth),
            "dev/loss": float(loss),
            SCORE: score,
        }

    def hear(self, functionals: Floats) -> NDArray[np.float64]:
        """Mean logits of the members (rows x 7)."""
        import torch

        rows = torch.from_numpy(standardised(functionals, self.mean, self.deviation))
        with torch.inference_mode():
            total = sum(member(rows).double() for member in self.members) / len(self.members)
        return np.asarray(total.numpy(), dtype=np.float64)

    def state(self) -> bytes:
        """Weights, optimisers and schedules of all members."""
        return dumped({name: [part.state_dict() for part in parts] for name, parts in self._parts().items()})

    def restore(self, state: bytes) -> None:
        """The inverse of `state`."""
        told = loaded(state)
        for name, parts in self._parts().items():
            for part, kept in zip(parts, told[name], strict=True):
                part.load_state_dict(kept)
        for network in self.members:
            network.eval()

    def _parts(self) -> dict[str, list[Any]]:
        return {"members": self.members, "optimisers": self._optimisers, "schedules": self._schedules}

    def _step(self, member: int, random: np.random.Generator) -> float:
        import torch

        size = self._recipe.batch
        drawn = random.choice(len(self._truth), size=size, p=self._drawn)
        shown = self._versions[random.choice(len(self._versions), size=size, p=self._shown), drawn]
        shown = shown + self._recipe.noise * torch.randn(shown.shape)
        self._optimisers[member].zero_grad()
        logits = self.members[member](shown)
        loss = torch.nn.functional.cross_entropy(logits, self._truth[drawn], label_smoothing=self._recipe.smoothing)
        loss.backward()
        self._optimisers[member].step()
        self._schedules[member].step()
        return float(loss.detach())


def _seeded(inputs: int, recipe: VoiceRecipe, seed: int) -> Any:
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return member_network(inputs, recipe).eval()


def _chances(recipe: VoiceRecipe) -> NDArray[np.float64]:
    """How often each version of a clip is shown."""
    plain, varied, degraded = recipe.shown
    chances = np.array([plain, *[varied] * recipe.versions, *[degraded] * recipe.versions])
    chances[1:] /= max(1, recipe.versions)
    return np.asarray(chances / chances.sum())


def _uar(right: NDArray[np.bool_], truth: NDArray[np.int64]) -> float:
    return float(np.mean([right[truth == emotion].mean() for emotion in np.unique(truth)]))


def draw_weights(rows: Heard, power: float) -> NDArray[np.float64]:
    """How often each row is drawn: corpora by size to a power, in a corpus each emotion equally often."""
    weights, truth = np.zeros(len(rows.clips)), labels(rows.clips)
    for corpus in CORPORA:
        inside = rows.of(corpus)
        present = np.unique(truth[inside])
        for label in present:
            same = inside & (truth == label)
            weights[same] = inside.sum() ** power / len(present) / same.sum()
    parts: NDArray[np.float64] = weights / weights.sum()
    return parts
