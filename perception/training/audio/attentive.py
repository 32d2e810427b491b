"""A head on frozen encoder states: attention chooses which moments count, their mean and spread are classified.

Attentive statistics pooling: Okabe et al. (2018), "Attentive Statistics Pooling for Deep Speaker Embedding",
Interspeech.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from perception.emotions import EMOTIONS


@dataclass(frozen=True, kw_only=True, slots=True)
class AttentiveShape:
    """How wide the head is."""

    width: int = 128
    """Of the projection of the states, and of the last hidden layer."""
    heads: int = 4
    """Distributions over time; each weighs its part of the projection."""
    dropout: float = 0.4
    """Before and after the last hidden layer; a quarter of it before the projection."""


def attentive(inputs: int, shape: AttentiveShape) -> Any:
    """Build the head.

    Returns:
        A `torch.nn.Module` whose forward takes states (clips x frames x inputs) and the number of frames of each clip
        (clips), or None where all frames count: what lies behind them is ignored. It returns logits (clips x 7) and an
        embedding (clips x width).
    """
    import torch
    from torch import nn

    class Attentive(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            wide = self.embedding = shape.width
            self.project = nn.Sequential(
                nn.Dropout(shape.dropout / 4), nn.Linear(inputs, wide), nn.LayerNorm(wide), nn.GELU()
            )
            self.attention = nn.Sequential(nn.Linear(wide, wide // 2), nn.Tanh(), nn.Linear(wide // 2, shape.heads))
            self.hidden = nn.Sequential(
                nn.LayerNorm(2 * wide), nn.Dropout(shape.dropout), nn.Linear(2 * wide, wide), nn.GELU()
            )
            self.head = nn.Sequential(nn.Dropout(shape.dropout), nn.Linear(wide, len(EMOTIONS)))

        def forward(self, states: Any, frames: Any) -> tuple[Any, Any]:
            x = self.project(states)
            scores = self.attention(x)
            if frames is not None:
                behind = torch.arange(x.shape[1])[None] >= frames[:, None]
                scores = scores.masked_fill(behind[:, :, None], -1e4)
            weights = scores.softmax(dim=1)
            parts = x.unflatten(2, (shape.heads, -1))
            mean = (weights[..., None] * parts).sum(dim=1)
            spread = (weights[..., None] * (parts - mean[:, None]) ** 2).sum(dim=1).clamp_min(1e-5).sqrt()
            pooled = self.hidden(torch.cat([mean.flatten(1), spread.flatten(1)], dim=1))
            return self.head(pooled), pooled

    return Attentive()
