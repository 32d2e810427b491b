"""The gated cross-modal network.

    text ──────────────► query ──┬─ attends to ─ voice tokens ─► g_a · ┐
                                 └─ attends to ─ face tokens  ─► g_v · ┴─► + ─► 7 emotions, 3 polarities

Every sense is projected to one width. The text asks the tokens of the voice and of the face (scaled dot-product
attention, Vaswani et al. 2017), each beside a token of nothing, so that it may take nothing; gates between 0 and 1 say
how much of the answer is added to it (as in gated multimodal units, Arevalo et al. 2017). A sense that is missing
leaves the token of nothing; a text that is missing is a learned vector, so that any subset works.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perception.emotions import EMOTIONS
from perception.observation import Modality

SCORED = len(EMOTIONS) + 1
"""What is known of a sense beside its features: seven log scores and its quality."""
POLARITIES = 3


def gated_network(widths: Mapping[Modality, int], *, width: int = 64, tokens: int = 4, dropout: float = 0.2) -> Any:
    """A `torch.nn.Module`; see the forward for what it takes.

    Args:
        widths: of the features, by sense.
        width: that all are projected to.
        tokens: of a face or a voice.
        dropout: between layers.
    """
    import torch
    from torch import nn

    class Tokens(nn.Module):  # type: ignore[misc]
        """Features and scores of a sense as tokens, the token of nothing first."""

        def __init__(self, features: int) -> None:
            super().__init__()
            self.norm = nn.LayerNorm(features)
            self.features = nn.Linear(features, tokens * width)
            self.scores = nn.Linear(SCORED, width)
            self.nothing = nn.Parameter(torch.zeros(1, 1, width))

        def forward(self, features: Any, scored: Any) -> Any:
            seen = self.features(self.norm(features)).reshape(-1, tokens, width)
            nothing = self.nothing + torch.zeros_like(seen[:, :1])
            return torch.cat([nothing, self.scores(scored)[:, None], seen], dim=1)

    class Asks(nn.Module):  # type: ignore[misc]
        """One query over tokens, of which only the first counts where the sense is missing."""

        def __init__(self) -> None:
            super().__init__()
            self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))

        def forward(self, asking: Any, told: Any, heard: Any) -> Any:
            likeness = (self.key(told) @ self.query(asking)[:, :, None])[:, :, 0] / width**0.5
            first = torch.zeros_like(likeness[0])
            first[0] = 1.0
            silent = (1.0 - heard)[:, None] * (1.0 - first)
            weights = (likeness - 1e4 * silent).softmax(dim=1)
            return (weights[:, None, :] @ self.value(told))[:, 0]

    class Gated(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.vision, self.audio = Tokens(widths[Modality.VISION]), Tokens(widths[Modality.AUDIO])
            self.asks_vision, self.asks_audio = Asks(), Asks()
            self.text = nn.Sequential(nn.Linear(widths[Modality.TEXT] + SCORED, width), nn.GELU())
            self.no_text = nn.Parameter(torch.zeros(1, width))
            self.gates = nn.Linear(3 * width + 6, 2)
            self.after = nn.Sequential(
                nn.LayerNorm(width), nn.Dropout(dropout), nn.Linear(width, width), nn.GELU(), nn.Dropout(dropout)
            )
            self.emotions, self.polarities = nn.Linear(width, len(EMOTIONS)), nn.Linear(width, POLARITIES)

        def forward(self, vision: Any, audio: Any, text: Any, scores: Any, quality: Any) -> tuple[Any, Any]:
            """Features of each sense (n x its width), scores (n x 3 x 7) and quality (n x 3), 0 where it is missing.

            Returns logits of the emotions (n x 7) and of the polarities (n x 3).
            """
            heard = (quality > 0).to(scores.dtype)
            logs = scores.clamp(min=1e-3).log() * heard[:, :, None]
            scored = torch.cat([logs, quality[:, :, None]], dim=2)
            spoken = self.text(torch.cat([text, scored[:, 2]], dim=1))
            said = heard[:, 2:] * spoken + (1.0 - heard[:, 2:]) * self.no_text
            seen = self.asks_vision(said, self.vision(vision, scored[:, 0]), heard[:, 0])
            sound = self.asks_audio(said, self.audio(audio, scored[:, 1]), heard[:, 1])
            gates = self.gates(torch.cat([said, seen, sound, heard, quality], dim=1)).sigmoid()
            fused = said + gates[:, :1] * seen + gates[:, 1:] * sound
            fused = fused + self.after(fused)
            return self.emotions(fused), self.polarities(fused)

    return Gated()
