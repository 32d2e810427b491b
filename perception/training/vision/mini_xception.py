"""Mini-Xception, the network that many face emotion demos run: a baseline for ours."""

from __future__ import annotations

from typing import Any, Final

from perception.emotions import EMOTIONS
from perception.training.pointwise import pointwise

_STAGES: Final = (16, 32, 64, 128)


def mini_xception() -> Any:
    """A `torch.nn.Module`: faces (n x 1 x 48 x 48, 0 to 255) to logits (n x 7) and embeddings (n x 128).

    As its authors published it (Arriaga, Valdenegro-Toro & Plöger 2017, "Real-time convolutional neural networks for
    emotion and gender classification", arXiv:1710.07557, and their code): pixels from -1 to 1, two plain convolutions,
    four residual modules of depthwise separable ones, a convolution to the classes, and their mean over the face;
    neither dense layers nor dropout. 56,951 numbers are learned; with the running means and variances of its
    normalisation, which are often counted too, it has 58,423.
    """
    import torch
    from torch import nn

    def normalised(layer: Any, outside: int) -> Any:
        # epsilon and momentum are those of Keras, which it was published in
        return nn.Sequential(layer, nn.BatchNorm2d(outside, eps=1e-3, momentum=0.01))

    def plain(inside: int, outside: int) -> Any:
        return nn.Sequential(normalised(nn.Conv2d(inside, outside, 3, bias=False), outside), nn.ReLU())

    def separable(inside: int, outside: int) -> Any:
        depthwise = nn.Conv2d(inside, inside, 3, padding=1, groups=inside, bias=False)
        return normalised(nn.Sequential(depthwise, nn.Conv2d(inside, outside, 1, bias=False)), outside)

    class Module(nn.Module):  # type: ignore[misc]
        def __init__(self, inside: int, outside: int) -> None:
            super().__init__()
            self.skip = normalised(pointwise(inside, outside, (2, 2)), outside)
            self.first, self.second = separable(inside, outside), separable(outside, outside)
            self.pool = nn.MaxPool2d(3, stride=2, padding=1)

        def forward(self, x: Any) -> Any:
            found = self.second(torch.relu(self.first(x)))
            return self.pool(found) + self.skip(x)

    class MiniXception(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            modules = [Module(inside, outside) for inside, outside in zip((8, *_STAGES), _STAGES, strict=False)]
            self.body = nn.Sequential(plain(1, 8), plain(8, 8), *modules)
            self.head = nn.Conv2d(_STAGES[-1], len(EMOTIONS), 3, padding=1)

        def forward(self, faces: Any) -> tuple[Any, Any]:
            found = self.body(faces / 127.5 - 1)
            return self.head(found).mean(dim=(2, 3)), found.mean(dim=(2, 3))

    return MiniXception()
