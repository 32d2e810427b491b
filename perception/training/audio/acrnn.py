"""The attention CRNN: log-mel in, convolutions with attention, a recurrent layer, self-attention, seven logits out.

Residual blocks with the attention of Woo et al. (2018), "CBAM: Convolutional Block Attention Module", ECCV; then, as in
Chen et al. (2018), "3-D Convolutional Recurrent Neural Networks with Attention Model for Speech Emotion Recognition",
IEEE SPL 25(10), a bidirectional LSTM and attention over time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from perception.emotions import EMOTIONS
from perception.training.pointwise import pointwise


@dataclass(frozen=True, kw_only=True, slots=True)
class AcrnnShape:
    """How wide the network is."""

    stem: int = 16
    """Channels of the first convolution."""
    channels: tuple[int, int, int, int] = (24, 40, 64, 96)
    """Channels of the four residual blocks; the reference has 64, 128, 256, 512."""
    reduction: int = 8
    """By how much the channel attention narrows."""
    hidden: int = 64
    """Width of each direction of the two recurrent layers, and half that of the projection before them."""
    heads: int = 4
    """Of the self-attention over time."""
    dropout: float = 0.3
    """Before the recurrent layers, between them, and in the last layers."""


def acrnn(bands: int, shape: AcrnnShape) -> Any:
    """Build the network for so many mel bands, a multiple of 32: the convolutions halve them five times.

    Returns:
        A `torch.nn.Module` whose forward takes log-mel (clips x frames x bands) and the number of frames of each clip
        (clips), or None where all frames count: what lies behind them is ignored by the attention and where clips are
        pooled. It returns logits (clips x 7) and an embedding (clips x 2 * hidden). Time is shortened by 4.
    """
    import torch
    from torch import nn

    class Cbam(nn.Module):  # type: ignore[misc]
        def __init__(self, width: int) -> None:
            super().__init__()
            narrow = max(4, width // shape.reduction)
            self.channel = nn.Sequential(nn.Linear(width, narrow), nn.ReLU(), nn.Linear(narrow, width))
            self.place = nn.Conv2d(2, 1, 7, padding=3, bias=False)

        def forward(self, x: Any) -> Any:
            gate = self.channel(x.mean(dim=(2, 3))) + self.channel(x.amax(dim=(2, 3)))
            x = x * gate.sigmoid()[:, :, None, None]
            summary = torch.cat([x.mean(dim=1, keepdim=True), x.amax(dim=1, keepdim=True)], dim=1)
            return x * self.place(summary).sigmoid()

    class Block(nn.Module):  # type: ignore[misc]
        def __init__(self, before: int, width: int, stride: tuple[int, int]) -> None:
            super().__init__()
            self.body = nn.Sequential(
                nn.Conv2d(before, width, 3, stride, padding=1, bias=False),
                nn.BatchNorm2d(width),
                nn.ReLU(),
                nn.Conv2d(width, width, 3, padding=1, bias=False),
                nn.BatchNorm2d(width),
                Cbam(width),
            )
            self.past = nn.Sequential(pointwise(before, width, stride), nn.BatchNorm2d(width))

        def forward(self, x: Any) -> Any:
            return torch.relu(self.body(x) + self.past(x))

    class SelfAttention(nn.Module):  # type: ignore[misc]
        # as nn.MultiheadAttention, whose export fixes the number of frames
        def __init__(self, wide: int) -> None:
            super().__init__()
            self.into, self.out = nn.Linear(wide, 3 * wide), nn.Linear(wide, wide)

        def forward(self, x: Any, inside: Any) -> Any:
            query, key, value = (
                part.unflatten(2, (shape.heads, -1)).transpose(1, 2) for part in self.into(x).chunk(3, dim=2)
            )
            mask = None if inside is None else inside[:, None, None, :]
            mixed = nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
            return self.out(mixed.transpose(1, 2).flatten(2))

    class Acrnn(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            widths = (shape.stem, *shape.channels)
            strides = ((2, 2), (2, 1), (2, 1), (2, 1))  # bands, frames: time is kept for the recurrent layers
            self.stem = nn.Sequential(
                nn.Conv2d(1, shape.stem, 5, (2, 2), padding=2, bias=False), nn.BatchNorm2d(shape.stem), nn.ReLU()
            )
            self.blocks = nn.Sequential(*(Block(a, b, s) for a, b, s in zip(widths, widths[1:], strides, strict=False)))
            wide = self.embedding = 2 * shape.hidden
            self.project = nn.Sequential(
                nn.Linear(shape.channels[-1] * (bands // 32), wide), nn.LayerNorm(wide), nn.GELU()
            )
            self.drop = nn.Dropout(shape.dropout)
            self.recurrent = nn.LSTM(
                wide, shape.hidden, num_layers=2, batch_first=True, bidirectional=True, dropout=shape.dropout
            )
            self.attention = SelfAttention(wide)
            self.norm = nn.LayerNorm(wide)
            self.head = nn.Sequential(
                nn.Linear(wide, wide), nn.GELU(), nn.Dropout(shape.dropout), nn.Linear(wide, len(EMOTIONS))
            )

        def forward(self, mel: Any, frames: Any) -> tuple[Any, Any]:
            x = self.blocks(self.stem(mel.transpose(1, 2)[:, None]))
            x = self.drop(self.project(x.permute(0, 3, 1, 2).flatten(2)))
            x, _ = self.recurrent(x)
            inside = None if frames is None else torch.arange(x.shape[1])[None] < ((frames + 3) // 4)[:, None]
            x = self.norm(x + self.attention(x, inside))
            if inside is None:
                pooled = x.mean(dim=1)
            else:
                pooled = (x * inside[:, :, None]).sum(dim=1) / inside.sum(dim=1, keepdim=True)
            return self.head(pooled), pooled

    return Acrnn()
