"""Fitting the face network within a budget of minutes; a run that was interrupted goes on where it stopped."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perception.training.vision_data import Faces, FerPlus
from perception.training.vision_net import face_network, vary

Progress = Callable[[float, str], None]

CHECKPOINT = "vision-checkpoint.pt"
BATCH = 128
PEAK_RATE = 3e-3
RARITY = 0.4
"""A class weighs its prior to the power of minus this in the loss."""
_WARM_UP = 0.2


def one_cycle(progress: float) -> float:
    """Learning rate as a part of its peak (Smith 2018): up over the first fifth of the run, then down a cosine to 0."""
    if progress < _WARM_UP:
        return 0.04 + 0.96 * progress / _WARM_UP
    return 0.5 * (1 + math.cos(math.pi * min(1.0, (progress - _WARM_UP) / (1 - _WARM_UP))))


@dataclass(kw_only=True, slots=True)
class Run:
    """A training run between two epochs: what a checkpoint holds."""

    network: Any
    """The network the optimiser moves."""
    average: Any
    """Exponential moving average of its weights: the one that is measured and kept."""
    optimiser: Any
    """AdamW."""
    seed: int
    """Of the shuffling and the augmentation."""
    faces: int
    """How many it trains on: with the seed, what tells whether a checkpoint is of this run."""
    epoch: int = 0
    """Epochs done."""
    seconds: float = 0.0
    """Spent so far, interruptions not counted."""
    best: float = -1.0
    """Mean of accuracy and UAR on the development faces at the best epoch."""
    best_epoch: int = 0
    """Which it was, from 1."""
    best_weights: dict[str, Any] = field(default_factory=dict)
    """The average's weights then."""

    def state(self) -> dict[str, Any]:
        """All of it, for `torch.save`."""
        plain = {name: getattr(self, name) for name in _PLAIN}
        return plain | {name: getattr(self, name).state_dict() for name in _STATEFUL}

    def restore(self, state: dict[str, Any]) -> None:
        """The inverse of `state`."""
        for name in _PLAIN:
            setattr(self, name, state[name])
        for name in _STATEFUL:
            getattr(self, name).load_state_dict(state[name])


_PLAIN = ("seed", "faces", "epoch", "seconds", "best", "best_epoch", "best_weights")
_STATEFUL = ("network", "average", "optimiser")


def fit(faces: FerPlus, out: Path, *, seconds: float, seed: int, progress: Progress) -> Run:
    """Train until the budget is spent, at least one batch, with a checkpoint in `out` after each epoch.

    The learning rate follows the clock and not a count of epochs: it ends at 0 on time on a machine that others slow
    down, too. The last epoch is cut short.
    """
    run = _start(out / CHECKPOINT, seed, len(faces.train))
    weights = class_weights(faces.train)
    while run.seconds < seconds:
        begun = time.monotonic() - run.seconds
        loss = _epoch(run, faces.train, weights, begun=begun, seconds=seconds)
        run.epoch += 1
        score = _score(run, faces.dev)
        run.seconds = time.monotonic() - begun
        _save(run, out / CHECKPOINT)
        part = min(1.0, run.seconds / seconds)
        progress(part, f"epoch {run.epoch}: loss {loss:.3f}, dev {score:.3f} (best {run.best:.3f})")
    run.average.load_state_dict(run.best_weights)
    return run


def predict(network: Any, images: NDArray[np.uint8], *, mirrored: bool = False) -> NDArray[np.float32]:
    """Logits (n x 7) of faces (n x 48 x 48), in fp32."""
    import torch

    network.eval()
    pixels = np.ascontiguousarray(images[:, :, ::-1]) if mirrored else images
    with torch.inference_mode():
        parts = [network(_tensor(pixels[at : at + 256]))[0] for at in range(0, len(pixels), 256)]
    return np.asarray(torch.cat(parts).numpy(), dtype=np.float32)


def class_weights(train: Faces) -> NDArray[np.float32]:
    """A weight for each emotion, rare ones more, so that the mean over the training votes is 1."""
    prior = np.maximum(train.targets.mean(axis=0), 1e-3)
    raised = prior**-RARITY
    return np.asarray(raised / (raised * prior).sum(), dtype=np.float32)


def _start(checkpoint: Path, seed: int, faces: int) -> Run:
    import torch

    torch.manual_seed(seed)
    network = face_network().to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(network.parameters(), lr=PEAK_RATE, weight_decay=0.02)
    run = Run(network=network, average=deepcopy(network), optimiser=optimiser, seed=seed, faces=faces)
    if checkpoint.is_file():
        state = torch.load(checkpoint, weights_only=True)
        if (state["seed"], state["faces"]) == (seed, faces):
            run.restore(state)
    return run


def _save(run: Run, checkpoint: Path) -> None:
    import torch

    written = checkpoint.with_suffix(".part")
    torch.save(run.state(), written)
    written.replace(checkpoint)


def _epoch(run: Run, train: Faces, weights: NDArray[np.float32], *, begun: float, seconds: float) -> float:
    """One pass over the faces, or what is left of the budget, which began at `begun`; the mean loss."""
    import torch

    generator = torch.Generator().manual_seed(run.seed * 1000 + run.epoch)
    batches = list(_batches(torch.randperm(len(train), generator=generator).numpy()))
    losses: list[float] = []
    run.network.train()
    for done, chosen in enumerate(batches):
        progress = (time.monotonic() - begun) / seconds
        if losses and progress >= 1.0:
            break
        for group in run.optimiser.param_groups:
            group["lr"] = PEAK_RATE * one_cycle(progress)
        pixels = vary(_tensor(train.images[chosen]), generator).contiguous(memory_format=torch.channels_last)
        loss = _loss(run.network, pixels, torch.from_numpy(train.targets[chosen]), torch.from_numpy(weights))
        run.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        run.optimiser.step()
        _average(run, steps=run.epoch * len(batches) + done)
        losses.append(float(loss.detach()))
    return float(np.mean(losses))


def _batches(order: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Whole batches, at least eight of them; the rest waits for another epoch."""
    size = max(1, min(BATCH, len(order) // 8))
    return (order[at : at + size] for at in range(0, len(order) - size + 1, size))


def _loss(network: Any, pixels: Any, targets: Any, weights: Any) -> Any:
    """Cross-entropy with the vote distribution, each emotion's part weighted."""
    import torch

    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits, _ = network(pixels)
    return -(weights * targets * logits.float().log_softmax(dim=1)).sum(dim=1).mean()


def _average(run: Run, *, steps: int) -> None:
    import torch

    decay = min(0.995, (1 + steps) / (10 + steps))  # the first weights are soon forgotten
    mean, now = run.average.state_dict().values(), run.network.state_dict().values()
    with torch.no_grad():
        for kept, new in zip(mean, now, strict=True):
            if kept.dtype.is_floating_point:
                kept.lerp_(new, 1 - decay)
            else:
                kept.copy_(new)


def _score(run: Run, dev: Faces) -> float:
    """Measure the average on the development faces and keep it when it is the best so far."""
    right = predict(run.average, dev.images).argmax(axis=1) == dev.truth
    recalls = [right[dev.truth == emotion].mean() for emotion in np.unique(dev.truth)]
    score = float((right.mean() + np.mean(recalls)) / 2)
    if score > run.best:
        run.best, run.best_epoch = score, run.epoch
        run.best_weights = {name: value.clone() for name, value in run.average.state_dict().items()}
    return score


def _tensor(images: NDArray[np.uint8]) -> Any:
    import torch

    return torch.from_numpy(np.array(images, dtype=np.float32))[:, None]
