"""The face network while it learns: an epoch at a time, its randomness drawn from seed and epoch alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perception.training.experiments.loop import SCORE
from perception.training.experiments.precision import mixed_precision
from perception.training.experiments.torch_state import dumped, loaded
from perception.training.vision.data import Faces
from perception.training.vision.net import Architecture, network_of
from perception.training.vision.variation import side_at, vary
from perception.training.vision.webcam import as_webcams_see
from perception.vision.classifier import SIDE

_WARM_UP = 0.2


@dataclass(frozen=True, kw_only=True, slots=True)
class FaceRecipe:
    """How the face network is trained."""

    architecture: Architecture = "residual"
    """Which network; of `mini-xception` nothing about its layers can be chosen."""
    widths: tuple[int, int, int] = (48, 96, 160)
    """Channels of its three stages."""
    dropout: float = 0.2
    """Before the last layer."""
    rate: float = 3e-3
    """Peak of the one-cycle learning rate."""
    decay: float = 0.02
    """Weight decay of AdamW."""
    rarity: float = 0.4
    """A class weighs its prior to the power of minus this in the loss."""
    restored: float = 0.0
    """Part of the class weighting that is taken back in the logits: 0 answers rare emotions most often, 1 is most often
    right (logit adjustment, Menon et al. 2021, ICLR)."""
    batch: int = 128
    """Faces a step."""
    teacher: str | None = None
    """Experiment whose finished runs teach: what they say on average is mixed into the votes."""
    taught: float = 0.5
    """Part of the targets that is theirs."""
    squeeze: bool = False
    """Whether blocks weigh their channels (squeeze and excitation)."""
    webcam: float = 0.0
    """Part of the faces that is shown as a bad webcam would: see `webcam.KINDS`."""
    grows: bool = False
    """Whether faces are shown small first: see `variation.side_at`."""


def one_cycle(progress: float) -> float:
    """Learning rate as a part of its peak (Smith 2018): up over the first fifth of the run, then down a cosine to 0."""
    if progress < _WARM_UP:
        return 0.04 + 0.96 * progress / _WARM_UP
    return 0.5 * (1 + math.cos(math.pi * min(1.0, (progress - _WARM_UP) / (1 - _WARM_UP))))


def class_weights(train: Faces, rarity: float) -> NDArray[np.float32]:
    """A weight for each emotion, rare ones more, so that the mean over the training votes is 1."""
    prior = np.maximum(train.targets.mean(axis=0), 1e-3)
    raised = prior**-rarity
    return np.asarray(raised / (raised * prior).sum(), dtype=np.float32)


def restoring(train: Faces, recipe: FaceRecipe) -> NDArray[np.float32]:
    """What is added to the logits to take back a part of the class weights."""
    prior = np.maximum(train.targets.mean(axis=0), 1e-3)
    return np.asarray(recipe.restored * recipe.rarity * np.log(prior), dtype=np.float32)


class FaceLearner:
    """Trains `face_network` on the votes; a moving average of its weights is what is judged and kept."""

    def __init__(self, train: Faces, dev: Faces, recipe: FaceRecipe, *, epochs: int, seed: int) -> None:
        """Make the first weights from the seed."""
        import torch

        self._train, self._dev, self._recipe, self._epochs, self._seed = train, dev, recipe, epochs, seed
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            network = network_of(
                recipe.architecture, widths=recipe.widths, dropout=recipe.dropout, squeeze=recipe.squeeze
            )
        self._network = network.to(memory_format=torch.channels_last)
        self.network = deepcopy(self._network)
        """The moving average: what is measured and exported."""
        self._optimiser = torch.optim.AdamW(
            self._network.parameters(), lr=recipe.rate, weight_decay=recipe.decay, foreach=False
        )
        self._weights = torch.from_numpy(class_weights(train, recipe.rarity))

    def epoch(self, number: int, tick: Callable[[float], None]) -> Mapping[str, float]:
        """One pass over the faces, in an order and with variations of its own."""
        import torch

        generator = torch.Generator().manual_seed(self._seed * 1000 + number)
        batches = list(self._batches(torch.randperm(len(self._train), generator=generator).numpy()))
        chance = np.random.default_rng((self._seed, number))
        losses: list[float] = []
        self._network.train()
        with torch.random.fork_rng():
            torch.manual_seed(self._seed * 1000 + number)  # for dropout
            for done, chosen in enumerate(batches):
                step = (number - 1) * len(batches) + done
                seen = as_webcams_see(self._train.images[chosen], chance, share=self._recipe.webcam)
                losses.append(self._step(chosen, seen, generator, step, self._epochs * len(batches)))
                tick((done + 1) / len(batches))
        return {"train/loss": float(np.mean(losses)), "train/rate": self._rate(number / self._epochs)}

    def judge(self) -> Mapping[str, float]:
        """Accuracy, UAR and loss on the development faces; the score is the mean of the first two."""
        from scipy.special import log_softmax

        truth = self._dev.truth
        logits = predict(self.network, self._dev.images).astype(np.float64)
        right = logits.argmax(axis=1) == truth
        recalls = [right[truth == emotion].mean() for emotion in np.unique(truth)]
        accuracy, uar = float(right.mean()), float(np.mean(recalls))
        loss = float(-log_softmax(logits, axis=1)[np.arange(len(truth)), truth].mean())
        return {"dev/accuracy": accuracy, "dev/uar": uar, "dev/loss": loss, SCORE: (accuracy + uar) / 2}

    def state(self) -> bytes:
        """Weights, their average, and the optimiser."""
        return dumped({name: part.state_dict() for name, part in self._parts().items()})

    def restore(self, state: bytes) -> None:
        """The inverse of `state`."""
        told = loaded(state)
        for name, part in self._parts().items():
            part.load_state_dict(told[name])

    def _parts(self) -> dict[str, Any]:
        return {"network": self._network, "average": self.network, "optimiser": self._optimiser}

    def _rate(self, progress: float) -> float:
        return self._recipe.rate * one_cycle(progress)

    def _step(self, chosen: NDArray[np.int64], seen: NDArray[np.uint8], generator: Any, step: int, steps: int) -> float:
        import torch

        for group in self._optimiser.param_groups:
            group["lr"] = self._rate(step / steps)
        side = side_at(step / steps) if self._recipe.grows else SIDE
        pixels = vary(_tensor(seen), generator, side=side).contiguous(memory_format=torch.channels_last)
        targets = torch.from_numpy(self._train.targets[chosen])
        with mixed_precision():
            logits, _ = self._network(pixels)
        loss = -(self._weights * targets * logits.float().log_softmax(dim=1)).sum(dim=1).mean()
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self._optimiser.step()
        self._follow(step)
        return float(loss.detach())

    def _follow(self, step: int) -> None:
        import torch

        decay = min(0.995, (1 + step) / (10 + step))  # the first weights are soon forgotten
        mean, now = self.network.state_dict().values(), self._network.state_dict().values()
        with torch.no_grad():
            for kept, new in zip(mean, now, strict=True):
                if kept.dtype.is_floating_point:
                    kept.lerp_(new, 1 - decay)
                else:
                    kept.copy_(new)

    def _batches(self, order: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
        """Whole batches, at least eight of them; the rest waits for another epoch."""
        size = max(1, min(self._recipe.batch, len(order) // 8))
        return (order[at : at + size] for at in range(0, len(order) - size + 1, size))


def predict(network: Any, images: NDArray[np.uint8], *, mirrored: bool = False) -> NDArray[np.float32]:
    """Logits (n x 7) of faces (n x 48 x 48), in fp32."""
    import torch

    network.eval()
    pixels = np.ascontiguousarray(images[:, :, ::-1]) if mirrored else images
    with torch.inference_mode():
        parts = [network(_tensor(pixels[at : at + 256]))[0] for at in range(0, len(pixels), 256)]
    return np.asarray(torch.cat(parts).numpy(), dtype=np.float32)


def _tensor(images: NDArray[np.uint8]) -> Any:
    import torch

    return torch.from_numpy(np.array(images, dtype=np.float32))[:, None]
