"""How faces are varied in training: where the camera stands, and its exposure."""

from __future__ import annotations

import math
from typing import Any

from perception.vision.classifier import SIDE


def side_at(progress: float) -> int:
    """Pixels a side of the faces shown at a part of the run: small ones first, which cost a half and teach the coarse.

    Progressive resizing, as in Tan and Le 2021, "EfficientNetV2", ICML; the last fifth sees faces as they are.
    """
    return next(side for until, side in ((0.45, 32), (0.8, 40), (math.inf, SIDE)) if progress < until)


def vary(faces: Any, generator: Any, *, side: int = SIDE) -> Any:
    """Faces (n x 1 x 48 x 48, 0 to 255) as another camera at another moment saw them, `side` pixels wide."""
    import torch

    n = len(faces)

    def uniform(low: float, high: float) -> Any:
        return low + (high - low) * torch.rand(n, generator=generator)

    seen = _moved(faces, uniform, side)
    gamma = uniform(-0.5, 0.5).exp()[:, None, None, None]
    contrast, light = uniform(0.7, 1.3)[:, None, None, None], uniform(-0.15, 0.15)[:, None, None, None]
    seen = ((seen / 255).clamp(1e-4, 1).pow(gamma) - 0.5) * contrast + 0.5 + light
    noise = torch.randn(seen.shape, generator=generator) * uniform(0, 0.02)[:, None, None, None]
    return _erased((seen + noise).clamp(0, 1), uniform) * 255


def _moved(faces: Any, uniform: Any, side: int) -> Any:
    """Mirrored, turned up to 30 degrees and mostly by less, scaled by 0.8 to 1.25, shifted up to 8 %."""
    import torch

    turn = (uniform(-1, 1) + uniform(-1, 1)) * math.pi / 12
    scale = uniform(math.log(0.8), math.log(1.25)).exp()
    mirror = torch.where(uniform(0, 1) < 0.5, -1.0, 1.0)
    cos, sin = turn.cos() / scale, turn.sin() / scale
    top = torch.stack([cos * mirror, -sin, uniform(-0.16, 0.16)], dim=1)
    bottom = torch.stack([sin * mirror, cos, uniform(-0.16, 0.16)], dim=1)
    grid = torch.nn.functional.affine_grid(
        torch.stack([top, bottom], dim=1), [len(faces), 1, side, side], align_corners=False
    )
    return torch.nn.functional.grid_sample(faces, grid, padding_mode="border", align_corners=False)


def _erased(faces: Any, uniform: Any) -> Any:
    """Two in five faces behind a grey rectangle of 6 to 20 pixels a side (random erasing, Zhong et al. 2020, AAAI)."""
    import torch

    # places are told in pixels of a whole face, however many are shown
    along = torch.arange(faces.shape[2]) * (SIDE / faces.shape[2])
    rows, columns = along[None, :, None], along[None, None, :]
    top, left = uniform(0, SIDE - 6)[:, None, None], uniform(0, SIDE - 6)[:, None, None]
    height, width = uniform(6, 20)[:, None, None], uniform(6, 20)[:, None, None]
    inside = (rows >= top) & (rows < top + height) & (columns >= left) & (columns < left + width)
    hidden = inside & (uniform(0, 1) < 0.4)[:, None, None]
    return torch.where(hidden[:, None], uniform(0, 1)[:, None, None, None], faces)
