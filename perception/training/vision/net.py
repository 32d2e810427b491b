"""The network: a compact residual CNN for 48 x 48 grey faces, and how its input is varied in training."""

from __future__ import annotations

import math
from typing import Any

from perception.emotions import EMOTIONS

SIDE = 48
"""Pixels of a face crop, each way."""


def face_network(*, widths: tuple[int, int, int] = (48, 96, 160), dropout: float = 0.2) -> Any:
    """A `torch.nn.Module`: faces (n x 1 x 48 x 48, 0 to 255) to logits (n x 7) and embeddings (n x last width).

    Pre-activation-free residual blocks (He et al. 2016) in three stages at 24, 12 and 6 pixels. Each face is brought
    to mean 0 and deviation 1 inside, so that exposure and contrast of a camera matter little.
    """
    import torch
    from torch import nn

    def convolution(inside: int, outside: int, size: int, stride: int = 1) -> Any:
        layer = nn.Conv2d(inside, outside, size, stride=stride, padding=size // 2, bias=False)
        return nn.Sequential(layer, nn.BatchNorm2d(outside))

    class Residual(nn.Module):  # type: ignore[misc]
        def __init__(self, inside: int, outside: int, stride: int) -> None:
            super().__init__()
            self.first = convolution(inside, outside, 3, stride)
            self.second = convolution(outside, outside, 3)
            same = inside == outside and stride == 1
            self.skip = nn.Identity() if same else convolution(inside, outside, 1, stride)

        def forward(self, x: Any) -> Any:
            return torch.relu(self.second(torch.relu(self.first(x))) + self.skip(x))

    class FaceNetwork(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            first, second, third = widths
            self.stem = nn.Sequential(convolution(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2))
            self.body = nn.Sequential(
                Residual(32, first, 1),
                Residual(first, first, 1),
                Residual(first, second, 2),
                Residual(second, second, 1),
                Residual(second, third, 2),
                Residual(third, third, 1),
            )
            self.drop = nn.Dropout(dropout)
            self.head = nn.Linear(third, len(EMOTIONS))

        def forward(self, faces: Any) -> tuple[Any, Any]:
            centred = faces - faces.mean(dim=(2, 3), keepdim=True)
            deviation = centred.square().mean(dim=(2, 3), keepdim=True).sqrt()
            features = self.body(self.stem(centred / (deviation + 1.0))).mean(dim=(2, 3))
            return self.head(self.drop(features)), features

    return FaceNetwork()


def vary(faces: Any, generator: Any) -> Any:
    """Faces (n x 1 x 48 x 48, 0 to 255) as another camera at another moment might have seen them."""
    import torch

    n = len(faces)

    def uniform(low: float, high: float) -> Any:
        return low + (high - low) * torch.rand(n, generator=generator)

    seen = _moved(faces, uniform)
    soft = torch.nn.functional.interpolate(
        torch.nn.functional.avg_pool2d(seen, 2), scale_factor=2, mode="bilinear", align_corners=False
    )
    seen = torch.where((uniform(0, 1) < 0.15)[:, None, None, None], soft, seen)
    gamma = uniform(-0.5, 0.5).exp()[:, None, None, None]
    contrast, light = uniform(0.7, 1.3)[:, None, None, None], uniform(-0.15, 0.15)[:, None, None, None]
    seen = ((seen / 255).clamp(1e-4, 1).pow(gamma) - 0.5) * contrast + 0.5 + light
    noise = torch.randn(seen.shape, generator=generator) * uniform(0, 0.02)[:, None, None, None]
    return _erased((seen + noise).clamp(0, 1), uniform) * 255


def _moved(faces: Any, uniform: Any) -> Any:
    """Mirrored, turned up to 20 degrees, scaled by 0.8 to 1.25, shifted up to 8 %."""
    import torch

    turn, scale = uniform(-math.pi / 9, math.pi / 9), uniform(math.log(0.8), math.log(1.25)).exp()
    mirror = torch.where(uniform(0, 1) < 0.5, -1.0, 1.0)
    cos, sin = turn.cos() / scale, turn.sin() / scale
    top = torch.stack([cos * mirror, -sin, uniform(-0.16, 0.16)], dim=1)
    bottom = torch.stack([sin * mirror, cos, uniform(-0.16, 0.16)], dim=1)
    grid = torch.nn.functional.affine_grid(torch.stack([top, bottom], dim=1), list(faces.shape), align_corners=False)
    return torch.nn.functional.grid_sample(faces, grid, padding_mode="border", align_corners=False)


def _erased(faces: Any, uniform: Any) -> Any:
    """Half of the faces behind a grey rectangle of 6 to 20 pixels a side, as hands and hair are."""
    import torch

    rows, columns = torch.arange(SIDE)[None, :, None], torch.arange(SIDE)[None, None, :]
    top, left = uniform(0, SIDE - 6)[:, None, None], uniform(0, SIDE - 6)[:, None, None]
    height, width = uniform(6, 20)[:, None, None], uniform(6, 20)[:, None, None]
    inside = (rows >= top) & (rows < top + height) & (columns >= left) & (columns < left + width)
    hidden = inside & (uniform(0, 1) < 0.5)[:, None, None]
    return torch.where(hidden[:, None], uniform(0, 1)[:, None, None, None], faces)
