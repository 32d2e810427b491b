"""Convolutions of one pixel that skip pixels, for the short cuts of residual blocks."""

from __future__ import annotations

from typing import Any


def pointwise(inside: int, outside: int, stride: tuple[int, int]) -> Any:
    """A `torch.nn.Module` like `Conv2d(inside, outside, 1, stride, bias=False)`, with the same parameters.

    It takes every other pixel first and convolves then. With a stride inside, the backward pass of oneDNN writes beyond
    its memory and the process dies (fewer than sixteen channels, channels_last, an odd batch, two threads; PyTorch 2.13
    on AVX512).
    """
    from torch import nn

    down, across = stride

    class Pointwise(nn.Conv2d):  # type: ignore[misc]
        def forward(self, x: Any) -> Any:
            return super().forward(x[..., ::down, ::across])

    return Pointwise(inside, outside, 1, bias=False)
