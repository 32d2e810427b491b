"""The voice network: small perceptrons on standardised functionals, several of them averaged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perception.audio.frames import Floats
from perception.emotions import EMOTIONS
from perception.training.audio_data import CORPORA, Rows


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """How one member is trained. Chosen by cross-validation over the training speakers."""

    epochs: int = 24
    hidden: tuple[int, int] = (256, 64)
    """Widths of the two hidden layers."""
    dropout: tuple[float, float, float] = (0.2, 0.5, 0.25)
    """Of the input and of the hidden layers."""
    shown: tuple[float, float, float] = (0.4, 0.3, 0.3)
    """Parts of the rows shown as recorded, in another voice, and over a poorer channel."""
    noise: float = 0.2
    """Deviation of the noise added to standardised functionals."""
    rate: float = 2e-3
    """Peak of the one-cycle learning rate."""
    decay: float = 0.05
    smoothing: float = 0.1
    """Of the labels."""
    corpus_power: float = 0.5
    """A corpus of n clips is drawn in proportion to n to this power; in it, each emotion equally often."""
    batch: int = 128


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Ensemble:
    """Members with the standardisation they share."""

    mean: Floats
    deviation: Floats
    members: tuple[Any, ...]
    """Of `member_network`, in evaluation mode."""

    def logits(self, functionals: Floats) -> NDArray[np.float64]:
        """Mean logits (rows x 7)."""
        import torch

        rows = torch.from_numpy(standardised(functionals, self.mean, self.deviation))
        with torch.inference_mode():
            total = sum(member(rows).double() for member in self.members) / len(self.members)
        return np.asarray(total.numpy(), dtype=np.float64)


def standardised(functionals: Floats, mean: Floats, deviation: Floats) -> Floats:
    """Mean 0 and deviation 1; what is further than 5 deviations off is held there."""
    held: Floats = np.clip((functionals - mean) / deviation, -5.0, 5.0).astype(np.float32)
    return held


def member_network(inputs: int, recipe: Recipe) -> Any:
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


def fit_ensemble(rows: Rows, recipe: Recipe, seeds: tuple[int, ...]) -> Ensemble:
    """Train a member for each seed on all rows."""
    mean = rows.plain.mean(axis=0)
    deviation = rows.plain.std(axis=0) + 1e-4
    members = tuple(_fit(rows, recipe, seed, mean, deviation) for seed in seeds)
    return Ensemble(mean=mean, deviation=deviation, members=members)


def _fit(rows: Rows, recipe: Recipe, seed: int, mean: Floats, deviation: Floats) -> Any:
    import torch
    from torch import nn

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        random = np.random.default_rng(seed)
        versions = torch.from_numpy(standardised(np.stack([rows.plain, *rows.varied, *rows.degraded]), mean, deviation))
        labels = torch.from_numpy(rows.labels)
        network = member_network(rows.plain.shape[1], recipe)
        steps = max(1, len(labels) // recipe.batch)
        optimiser = torch.optim.AdamW(network.parameters(), lr=recipe.rate, weight_decay=recipe.decay)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe.rate, total_steps=recipe.epochs * steps)
        loss = nn.CrossEntropyLoss(label_smoothing=recipe.smoothing)
        weights = draw_weights(rows, recipe.corpus_power)
        plain, varied, degraded = recipe.shown
        chances = [plain, *[varied / len(rows.varied)] * len(rows.varied)]
        chances += [degraded / len(rows.degraded)] * len(rows.degraded)
        for _ in range(recipe.epochs * steps):
            drawn = random.choice(len(labels), size=recipe.batch, p=weights)
            shown = versions[random.choice(len(versions), size=recipe.batch, p=chances), drawn]
            shown = shown + recipe.noise * torch.randn(shown.shape)
            optimiser.zero_grad()
            loss(network(shown), labels[drawn]).backward()
            optimiser.step()
            schedule.step()
    return network.eval()


def draw_weights(rows: Rows, power: float) -> NDArray[np.float64]:
    """How often each row is drawn: corpora by size to a power, in a corpus each emotion equally often."""
    weights = np.zeros(len(rows.clips))
    for corpus in CORPORA:
        inside = rows.of(corpus)
        present = np.unique(rows.labels[inside])
        for label in present:
            same = inside & (rows.labels == label)
            weights[same] = inside.sum() ** power / len(present) / same.sum()
    parts: NDArray[np.float64] = weights / weights.sum()
    return parts
