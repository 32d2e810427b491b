"""An encoder while it learns emotions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perception.text.tokens import Tokens
from perception.training.experiments.precision import mixed_precision
from perception.training.experiments.torch_state import dumped, loaded
from perception.training.text.data import Row
from perception.training.text.encoders.batches import FINER, Batch, Batches
from perception.training.text.encoders.network import build_network, parameter_groups
from perception.training.text.encoders.pretrained import Pretrained
from perception.training.text.encoders.recipe import EncoderRecipe
from perception.training.text.material import targets
from perception.training.text.scores import text_score

_LARGEST_STEP = 1.0
_WARM_UP = 0.06
_TOGETHER = 64


class EncoderLearner:
    """Fine-tunes an encoder. Implements `Learner`."""

    def __init__(
        self,
        pretrained: Pretrained,
        tokens: Tokens,
        train: Sequence[Row],
        dev: Sequence[Row],
        recipe: EncoderRecipe,
        *,
        epochs: int,
        seed: int,
    ) -> None:
        """Put a head on the encoder, its first weights from the seed."""
        import torch

        self._tokens, self._dev, self._recipe, self._seed = tokens, dev, recipe, seed
        self._batches = Batches(train, tokens, recipe, seed=seed)
        asked = recipe.finer > 0 and any(row.finer for row in train)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.network = build_network(pretrained.encoder, recipe, len(FINER) if asked else 0).eval()
        self._optimiser = torch.optim.AdamW(list(parameter_groups(self.network, recipe)), foreach=False)
        steps = epochs * self._batches.steps
        self._schedule = torch.optim.lr_scheduler.LambdaLR(self._optimiser, lambda step: _share(step / steps))

    def epoch(self, number: int, tick: Callable[[float], None]) -> Mapping[str, float]:
        """So many rows as are drawn."""
        import torch

        losses = []
        with torch.random.fork_rng():
            torch.manual_seed(hash((self._seed, number)) % 2**31)
            self.network.train(not self._recipe.head_only)
            for step, batch in enumerate(self._batches.epoch(number)):
                losses.append(self._step(batch))
                tick((step + 1) / self._batches.steps)
            self.network.eval()
        return {"train/loss": float(np.mean(losses)), "train/rate": float(self._schedule.get_last_lr()[0])}

    def _step(self, batch: Batch) -> float:
        import torch
        from torch.nn import functional

        with mixed_precision():
            logits, finer, _ = self.network(batch.ids, batch.parts)
        logits, finer = logits.float(), None if finer is None else finer.float()
        each = functional.cross_entropy(logits, batch.truth, label_smoothing=self._recipe.smoothing, reduction="none")
        loss = (each * batch.weights).mean()
        if finer is not None and bool((asked := batch.finer.any(dim=1)).any()):
            told = functional.binary_cross_entropy_with_logits(finer[asked], batch.finer[asked], reduction="none")
            loss = loss + self._recipe.finer * told.sum(dim=1).mean()
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), _LARGEST_STEP)
        self._optimiser.step()
        self._schedule.step()
        return float(each.detach().mean())

    def judge(self) -> Mapping[str, float]:
        """Accuracy and macro-F1 on the development rows; the score is their mean."""
        return text_score(targets(self._dev), self.read(self._dev, context=self._recipe.context > 0)[0])

    def read(self, rows: Sequence[Row], *, context: bool = True) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Logits (rows x 7) and vectors (rows x 2 * width) of rows, with their earlier turns or without."""
        import torch

        order = np.argsort(self._tokens.lengths([row.text for row in rows]), kind="stable")
        logits: list[Any] = [None] * len(rows)
        vectors: list[Any] = [None] * len(rows)
        for at in range(0, len(order), _TOGETHER):
            places = order[at : at + _TOGETHER]
            some = [rows[i] for i in places]
            contexts = [row.context for row in some] if context and any(row.context for row in some) else ()
            pieces = self._tokens([row.text for row in some], contexts)
            with torch.inference_mode():
                told, _, found = self.network(torch.from_numpy(pieces.ids), torch.from_numpy(pieces.parts))
            for i, one, vector in zip(places, told.numpy(), found.numpy(), strict=True):
                logits[i], vectors[i] = one, vector
        return np.stack(logits), np.stack(vectors)

    def state(self) -> bytes:
        """Weights that learn, optimiser and schedule."""
        learned = {name for name, p in self.network.named_parameters() if p.requires_grad}
        kept = {name: tensor for name, tensor in self.network.state_dict().items() if name in learned}
        return dumped(
            {"network": kept, "optimiser": self._optimiser.state_dict(), "schedule": self._schedule.state_dict()}
        )

    def restore(self, state: bytes) -> None:
        """The inverse of `state`."""
        told = loaded(state)
        self.network.load_state_dict(told["network"], strict=False)
        self._optimiser.load_state_dict(told["optimiser"])
        self._schedule.load_state_dict(told["schedule"])
        self.network.eval()


def _share(done: float) -> float:
    """Of the peak rate, at a part of the steps."""
    return done / _WARM_UP if done < _WARM_UP else max(0.0, (1 - done) / (1 - _WARM_UP))
