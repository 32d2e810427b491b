"""The network: a compact residual CNN for 48 x 48 grey faces, and by which name to ask for another."""

from __future__ import annotations

from typing import Any, Literal

from perception.emotions import EMOTIONS
from perception.training.pointwise import pointwise
from perception.training.vision.mini_xception import mini_xception

Architecture = Literal["residual", "mini-xception"]
"""Ours, or a baseline to hold it against."""


def network_of(architecture: Architecture, *, widths: tuple[int, int, int], dropout: float, squeeze: bool) -> Any:
    """A network that takes faces (n x 1 x 48 x 48, 0 to 255) and answers logits and embeddings; see each."""
    if architecture == "mini-xception":
        return mini_xception()
    return face_network(widths=widths, dropout=dropout, squeeze=squeeze)


def face_network(*, widths: tuple[int, int, int] = (48, 96, 160), dropout: float = 0.2, squeeze: bool = False) -> Any:
    """A `torch.nn.Module`: faces (n x 1 x 48 x 48, 0 to 255) to logits (n x 7) and embeddings (n x last width).

    Pre-activation-free residual blocks (He et al. 2016) in three stages at 24, 12 and 6 pixels. Each face is brought
    to mean 0 and deviation 1 inside, so that exposure and contrast of a camera matter little. With `squeeze` each block
    weighs its channels by what the whole face shows (Hu et al. 2018, "Squeeze-and-excitation networks", CVPR).
    """
    import torch
    from torch import nn

    def normalised(layer: Any) -> Any:
        return nn.Sequential(layer, nn.BatchNorm2d(layer.out_channels))

    def convolution(inside: int, outside: int, stride: int = 1) -> Any:
        return normalised(nn.Conv2d(inside, outside, 3, stride=stride, padding=1, bias=False))

    def gate(width: int) -> Any:
        return nn.Sequential(nn.Linear(width, width // 8), nn.ReLU(), nn.Linear(width // 8, width), nn.Sigmoid())

    class Residual(nn.Module):  # type: ignore[misc]
        def __init__(self, inside: int, outside: int, stride: int) -> None:
            super().__init__()
            self.first = convolution(inside, outside, stride)
            self.second = convolution(outside, outside)
            same = inside == outside and stride == 1
            self.skip = nn.Identity() if same else normalised(pointwise(inside, outside, (stride, stride)))
            self.gate = gate(outside) if squeeze else None

        def forward(self, x: Any) -> Any:
            found = self.second(torch.relu(self.first(x)))
            if self.gate:
                found = found * self.gate(found.mean(dim=(2, 3)))[:, :, None, None]
            return torch.relu(found + self.skip(x))

    class FaceNetwork(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            first, second, third = widths
            self.stem = nn.Sequential(convolution(1, 32), nn.ReLU(), nn.MaxPool2d(2))
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
