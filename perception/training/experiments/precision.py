"""Half precision where it pays."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any


def bf16_pays() -> bool:
    """Whether this processor multiplies bf16; where it does not, emulating it takes seven times as long as fp32."""
    import torch

    return bool(torch.cpu._is_avx512_bf16_supported())


def mixed_precision() -> AbstractContextManager[Any]:
    """bf16 autocast where it pays, fp32 elsewhere; so weights are the same bytes on processors of one kind only."""
    import torch

    return torch.autocast("cpu", dtype=torch.bfloat16) if bf16_pays() else nullcontext()
