"""An encoder as it ships: n-gram logits blended in, calibrated, with the embedding of the sentence beside."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from perception.text.tokens import CONTEXT, PADDING, UTTERANCE, Limits
from perception.training.calibration import Calibration
from perception.training.export import calibrated_head, export_torch, weights_metadata
from perception.training.text.encoders.pretrained import Pretrained

OUTPUTS: Final = ("probabilities", "sentence")
_LEVELS: Final = 127


def export_encoder(
    network: Any,
    pretrained: Pretrained,
    calibration: Calibration,
    path: Path,
    *,
    share: float,
    embedding: NDArray[np.float32],
    limits: Limits,
    told: Mapping[str, str],
) -> Path:
    """Write the ONNX file that `perception.text.EncoderModel` loads.

    It takes `ids` and `parts` (texts x pieces, see `Tokens`) and `linear` (texts x 7), the calibrated logits of the
    n-gram model, zeros without one; it gives calibrated `probabilities` (texts x 7) and `sentence`, an embedding
    (texts x 384) of length 1. The vocabulary travels in the metadata.

    Args:
        network: fine-tuned.
        pretrained: what it was made of.
        calibration: of the blended logits.
        path: the file.
        share: what the linear logits are multiplied by.
        embedding: matrix from the vectors of the network, and a one, to the embedding (2 * width + 1 x 384).
        limits: how much of a text is read.
        told: more metadata.

    Raises:
        ExportFailed: the network cannot be exported.
    """
    vocabulary = {
        "tokenizer": pretrained.tokenizer,
        "tokens": json.dumps(
            {
                "first": pretrained.first,
                "last": pretrained.last,
                "spell_emoji": pretrained.spell_emoji,
                "utterance": limits.utterance,
                "context": limits.context,
            }
        ),
    }
    return export_torch(
        _deployed(network, calibration, share, embedding),
        _example(),
        path,
        input_names=("ids", "parts", "linear"),
        output_names=OUTPUTS,
        metadata={**weights_metadata(path.stem, calibration), **vocabulary, **told},
        dynamic={"ids": {0: "texts", 1: "pieces"}, "parts": {0: "texts", 1: "pieces"}, "linear": {0: "texts"}},
    )


def _deployed(network: Any, calibration: Calibration, share: float, embedding: NDArray[np.float32]) -> Any:
    import torch
    from torch import nn

    class Deployed(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.network, self.calibrated = network, calibrated_head(calibration)
            self.back = nn.Linear(embedding.shape[0] - 1, embedding.shape[1])
            with torch.no_grad():
                self.back.weight.copy_(torch.from_numpy(embedding[:-1].T.copy()))
                self.back.bias.copy_(torch.from_numpy(embedding[-1].copy()))

        def forward(self, ids: Any, parts: Any, linear: Any) -> tuple[Any, Any]:
            logits, _, vectors = self.network(ids, parts)
            return self.calibrated(logits + share * linear), nn.functional.normalize(self.back(vectors), dim=1)

    return Deployed().eval()


def _example() -> tuple[Any, ...]:
    """Inputs of the shape that will be given."""
    import torch

    parts = torch.tensor([[UTTERANCE] * 5 + [CONTEXT] * 4, [UTTERANCE] * 4 + [CONTEXT] * 2 + [PADDING] * 3])
    return torch.randint(5, 1000, (2, 9)), parts, torch.zeros(2, 7)


def with_small_words(encoder: Any) -> Any:
    """The encoder with word embeddings in 8 bits, a scale for each word: they never learn, and are half of the file.

    A scale for the whole table, as the usual tool gives it, would lose 7 % of the cosine between sentences.
    """
    import torch
    from torch import nn

    class SmallWords(nn.Module):  # type: ignore[misc]
        def __init__(self, table: Any) -> None:
            super().__init__()
            scale = table.abs().amax(dim=1, keepdim=True).clamp_min(1e-8) / _LEVELS
            self.register_buffer("levels", (table / scale).round().to(torch.int8))
            self.register_buffer("scale", scale)

        def forward(self, ids: Any) -> Any:
            return self.levels[ids].float() * self.scale[ids]

    embeddings = encoder.embeddings
    if isinstance(embeddings.word_embeddings, nn.Embedding):
        embeddings.word_embeddings = SmallWords(embeddings.word_embeddings.weight.detach())
    return encoder
