"""Half precision where it pays, and a number of threads that stays."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from time import perf_counter
from typing import Any, Final

from perception.processor import processors

_CALLS: Final = 16
_MARGIN: Final = 0.8


@cache
def bf16_pays() -> bool:
    """Whether bf16 is faster here, by a matrix product: processors that have the instructions may run them slowly.

    Where they are emulated they take seven times as long as fp32, on some that list AVX512-BF16 twice as long, on
    others half as long.
    """
    import torch

    if not torch.cpu._is_avx512_bf16_supported():
        return False
    left, right = torch.ones(512, 512), torch.ones(512, 512)
    half = left.bfloat16(), right.bfloat16()
    return _fastest(lambda: half[0] @ half[1]) < _MARGIN * _fastest(lambda: left @ right)


def _fastest(call: Callable[[], object]) -> float:
    """Seconds of the fastest of a few calls, the first ones left out."""
    seconds = []
    for _ in range(_CALLS):
        began = perf_counter()
        call()
        seconds.append(perf_counter() - began)
    return min(seconds[_CALLS // 4 :])


def mixed_precision() -> AbstractContextManager[Any]:
    """bf16 autocast where it pays, fp32 elsewhere; so weights are the same bytes on processors of one kind only."""
    import torch

    return torch.autocast("cpu", dtype=torch.bfloat16) if bf16_pays() else nullcontext()


def pin_threads() -> None:
    """Give PyTorch the threads that this process may use, if it has been imported.

    Sums depend on how many threads share them. Other libraries of a process (CTranslate2, llama.cpp) set the number of
    OpenMP's threads for PyTorch too, and a run would not go on as it began.
    """
    if torch := sys.modules.get("torch"):
        asked = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0]
        torch.set_num_threads(int(asked) if asked.isdecimal() and int(asked) else processors())
