"""The first blocks of Whisper's encoder, read from the files that the transcriber uses, as a PyTorch module.

How something is said is in the early blocks; the last ones keep what is said and drop the rest. (Of pooled states of
whisper-base, classified by logistic regression on unseen speakers, those after the third of six blocks told emotions
best, and the last ones worst.)
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
from numpy.typing import NDArray

from perception.training.errors import TrainingDataMissing

POOLED: Final = 2
"""States that are averaged into one vector: 40 ms."""

_TYPES: Final = {0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16}
_LONGEST: Final = 10_000.0


def whisper_blocks(folder: Path, blocks: int) -> Any:
    """Build the module from the folder of a CTranslate2 Whisper model.

    Returns:
        A `torch.nn.Module` whose forward takes Whisper's log-mel of one clip (frames x 80), at least 4 frames, and
        returns the states after the last two of so many blocks, side by side (frames / 4 x 2 * width): two moments at a
        time are averaged.

    Raises:
        TrainingDataMissing: there are no such weights, they are of another format, or have fewer blocks.
    """
    import torch
    from torch import nn
    from torch.nn import functional

    told = read_encoder(folder / "model.bin")
    there = len({name.split("/")[0] for name in told if name.startswith("layer_") and name[6].isdigit()})
    if not 0 < blocks <= there:
        raise TrainingDataMissing(f"{str(folder)!r} has an encoder of {there} blocks; {blocks} were asked for")
    width = int(told["conv1/weight"].shape[0])
    heads = int(told["num_heads"])

    def linear(name: str) -> Any:
        weight = told[f"{name}/weight"]
        made = nn.Linear(weight.shape[1], weight.shape[0])
        return _filled(made, weight, told[f"{name}/bias"])

    def norm(name: str) -> Any:
        return _filled(nn.LayerNorm(width), told[f"{name}/gamma"], told[f"{name}/beta"])

    def conv(name: str, stride: int) -> Any:
        weight = told[f"{name}/weight"]
        made = nn.Conv1d(weight.shape[1], weight.shape[0], weight.shape[2], stride, padding=1)
        return _filled(made, weight, told[f"{name}/bias"])

    class Block(nn.Module):  # type: ignore[misc]
        def __init__(self, place: int) -> None:
            super().__init__()
            attention, ffn = f"layer_{place}/self_attention", f"layer_{place}/ffn"
            self.before, self.between = norm(f"{attention}/layer_norm"), norm(f"{ffn}/layer_norm")
            self.into, self.out = linear(f"{attention}/linear_0"), linear(f"{attention}/linear_1")
            self.wide, self.narrow = linear(f"{ffn}/linear_0"), linear(f"{ffn}/linear_1")

        def forward(self, x: Any) -> Any:
            query, key, value = (
                part.unflatten(2, (heads, -1)).transpose(1, 2) for part in self.into(self.before(x)).chunk(3, dim=2)
            )
            heard = functional.scaled_dot_product_attention(query, key, value)
            x = x + self.out(heard.transpose(1, 2).flatten(2))
            return x + self.narrow(functional.gelu(self.wide(self.between(x))))

    class Blocks(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = conv("conv1", 1), conv("conv2", 2)
            self.blocks = nn.Sequential(*(Block(place) for place in range(blocks)))
            # sines and cosines of periods from 2 pi to 20,000 pi frames, as in the table of 30 s that they replace
            step = math.log(_LONGEST) / (width // 2 - 1)
            self.register_buffer("pace", torch.exp(-step * torch.arange(width // 2)))

        def forward(self, mel: Any) -> Any:
            x = functional.gelu(self.second(functional.gelu(self.first(mel.T[None])))).transpose(1, 2)
            angle = torch.arange(x.shape[1], dtype=torch.float32)[:, None] * self.pace
            before = self.blocks[:-1](x + torch.cat([angle.sin(), angle.cos()], dim=1))
            states = torch.cat([before, self.blocks[-1](before)], dim=2)
            return functional.avg_pool1d(states.transpose(1, 2), POOLED)[0].T

    return Blocks().eval().requires_grad_(False)


def _filled(made: Any, weight: NDArray[Any], bias: NDArray[Any]) -> Any:
    import torch

    with torch.no_grad():
        made.weight.copy_(torch.from_numpy(weight.astype(np.float32)))
        made.bias.copy_(torch.from_numpy(bias.astype(np.float32)))
    return made


def read_encoder(path: Path) -> Mapping[str, NDArray[Any]]:
    """The encoder's tensors in a CTranslate2 file (format 6), by name without `encoder/`.

    Raises:
        TrainingDataMissing: it is not there, or of another format.
    """
    try:
        with path.open("rb") as file:
            return _tensors(file)
    except (OSError, ValueError, KeyError, struct.error) as error:
        raise TrainingDataMissing(
            f"no encoder can be read from {str(path)!r} ({error}); get it with: attune models get whisper-base"
        ) from error


def _tensors(file: IO[bytes]) -> dict[str, NDArray[Any]]:
    if (version := _number(file, "<I")) != 6:
        raise ValueError(f"format {version}, not 6")
    _text(file), _number(file, "<I")
    found = {}
    for _ in range(_number(file, "<I")):
        name = _text(file)
        shape = [_number(file, "<I") for _ in range(_number(file, "<B"))]
        kind, size = _number(file, "<B"), _number(file, "<I")
        if name.startswith("encoder/"):
            found[name.removeprefix("encoder/")] = np.frombuffer(file.read(size), dtype=_TYPES[kind]).reshape(shape)
        else:
            file.seek(size, 1)
    if "conv1/weight" not in found:
        raise ValueError("it has no encoder of a Whisper")
    return found


def _number(file: IO[bytes], kind: str) -> int:
    return int(struct.unpack(kind, file.read(struct.calcsize(kind)))[0])


def _text(file: IO[bytes]) -> str:
    return file.read(_number(file, "<H"))[:-1].decode("ascii")
