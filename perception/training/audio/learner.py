"""A voice network while it learns from sequences: the attention CRNN, or the head on encoder states."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perception.audio.baseline import shrunk
from perception.audio.frames import Floats
from perception.training.audio.batches import Batches, Draws, Scale, padded, scale_of
from perception.training.audio.data import Clip
from perception.training.audio.sequences import Sequences
from perception.training.experiments.loop import SCORE
from perception.training.experiments.torch_state import dumped, loaded

_TOGETHER = 64
_LARGEST_STEP = 2.0


class SequenceLearner:
    """Trains one network on some of the clips. Implements `Learner`.

    It is judged by no held-out rows: the last epoch is kept, so that they stay held out.
    """

    def __init__(
        self,
        clips: Sequence[Clip],
        heard: Sequence[Sequences],
        rows: NDArray[np.int64],
        network: Callable[[], Any],
        *,
        draws: Draws,
        rate: float,
        decay: float,
        each: bool,
        epochs: int,
        seed: int,
        groups: Sequence[int],
        taught: Sequence[Floats] = (),
        lessons: float = 0.0,
    ) -> None:
        """Make the first weights from the seed.

        Args:
            clips: all of them.
            heard: their versions, as recorded first.
            rows: places of the clips to learn from.
            network: makes the network.
            draws: how clips are drawn and changed.
            rate: peak of the one-cycle learning rate of AdamW.
            decay: weight decay.
            each: whether each number of a vector is scaled by itself.
            epochs: how many there will be.
            seed: of weights and draws.
            groups: how many of the versions are of each kind.
            taught: what a teacher hears in each version (clips x its width).
            lessons: weight of the loss that the network's embedding should tell it too (Hinton et al. 2015,
                "Distilling the Knowledge in a Neural Network", with the teacher's features in place of its answers).
        """
        import torch

        self._heard, self._seed = heard, seed
        self.scale: Scale = scale_of(heard[0], rows, each=each, seed=seed)
        self._batches = Batches(clips, heard, rows, self.scale, draws, groups, taught)
        self._lessons = lessons
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.network = network().to(memory_format=torch.channels_last)
            self._student = _student(self.network.embedding, taught)
        learned = [*self.network.parameters(), *self._student.parameters()]
        self._optimiser = torch.optim.AdamW(learned, lr=rate, weight_decay=decay, foreach=False)
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(
            self._optimiser, rate, total_steps=epochs * self._batches.steps, pct_start=0.2
        )
        self._epoch = 0

    def epoch(self, number: int, tick: Callable[[float], None]) -> Mapping[str, float]:
        """So many batches as are drawn in an epoch."""
        import torch

        random, losses = np.random.default_rng((self._seed, number)), []
        with torch.random.fork_rng():
            torch.manual_seed(int(random.integers(2**31)))
            self.network.train()
            for step in range(self._batches.steps):
                losses.append(self._step(random))
                tick((step + 1) / self._batches.steps)
            self.network.eval()
        self._epoch = number
        return {"train/loss": float(np.mean(losses)), "train/rate": float(self._schedule.get_last_lr()[0])}

    def judge(self) -> Mapping[str, float]:
        """Later epochs are better: the rate sinks to nothing, and no row is spent on choosing."""
        return {SCORE: float(self._epoch)}

    def _step(self, random: np.random.Generator) -> float:
        import torch

        batch = self._batches.draw(random)
        logits, embedding = self.network(batch.vectors, batch.frames)
        loss = -(batch.truth * logits.log_softmax(dim=1)).sum(dim=1).mean()
        if batch.lesson is not None:
            loss = loss + self._lessons * torch.nn.functional.mse_loss(self._student(embedding), batch.lesson)
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), _LARGEST_STEP)
        self._optimiser.step()
        self._schedule.step()
        return float(loss.item())

    def hear(
        self,
        heard: Sequences,
        rows: NDArray[np.int64],
        usual: Floats | None = None,
        count: NDArray[np.int64] | None = None,
    ) -> NDArray[np.float64]:
        """Logits (rows x 7); `usual` and `count`, by row, are of earlier utterances of its speaker, none when None."""
        import torch

        logits = np.empty((len(rows), self._classes), dtype=np.float64)
        for places in _alike(heard.frames[rows]):
            vectors, frames = padded([self._one(heard, rows, place, usual, count) for place in places])
            with torch.inference_mode():
                told, _ = self.network(torch.from_numpy(vectors), torch.from_numpy(frames))
            logits[places] = told.double().numpy()
        return logits

    def _one(
        self,
        heard: Sequences,
        rows: NDArray[np.int64],
        place: int,
        usual: Floats | None,
        count: NDArray[np.int64] | None,
    ) -> Floats:
        baseline = self.scale.mean
        if usual is not None and count is not None:
            baseline = shrunk(usual[place], int(count[place]), self.scale.mean)
        standard: Floats = (heard[int(rows[place])] - baseline) / self.scale.deviation
        return standard

    @property
    def _classes(self) -> int:
        from perception.emotions import EMOTIONS

        return len(EMOTIONS)

    def state(self) -> bytes:
        """Weights, optimiser and schedule."""
        return dumped(
            {
                "network": self.network.state_dict(),
                "student": self._student.state_dict(),
                "optimiser": self._optimiser.state_dict(),
                "schedule": self._schedule.state_dict(),
                "epoch": self._epoch,
            }
        )

    def restore(self, state: bytes) -> None:
        """The inverse of `state`."""
        told = loaded(state)
        self.network.load_state_dict(told["network"])
        self._student.load_state_dict(told["student"])
        self._optimiser.load_state_dict(told["optimiser"])
        self._schedule.load_state_dict(told["schedule"])
        self._epoch = int(told["epoch"])
        self.network.eval()


def _alike(frames: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Places of clips of one length, some at a time: a recurrent network would hear what pads a shorter one."""
    for length in np.unique(frames):
        places = np.flatnonzero(frames == length)
        for start in range(0, len(places), _TOGETHER):
            yield places[start : start + _TOGETHER]


def _student(width: int, taught: Sequence[Floats]) -> Any:
    """From an embedding to what the teacher hears; nothing is learned without one."""
    from torch import nn

    return nn.Linear(width, taught[0].shape[1]) if taught else nn.Identity()
