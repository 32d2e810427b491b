"""Tensors as bytes for checkpoints, read back without pickle's powers."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from perception.training.errors import CheckpointInvalid


def dumped(state: Mapping[str, Any]) -> bytes:
    """State dicts of networks and optimisers as bytes."""
    import torch

    stream = io.BytesIO()
    torch.save(dict(state), stream)
    return stream.getvalue()


def loaded(state: bytes) -> dict[str, Any]:
    """The inverse of `dumped`.

    Raises:
        CheckpointInvalid: these are no such bytes.
    """
    import torch

    try:
        told: dict[str, Any] = torch.load(io.BytesIO(state), weights_only=True)
    except Exception as error:  # a damaged archive raises whatever its reader trips over
        raise CheckpointInvalid(f"a checkpoint holds no weights ({error}); train afresh with --fresh") from error
    return told
