"""The embedding of a sentence out of a network that has learned emotions.

Fine-tuning bends vectors towards emotions: sentences of one feeling draw near whatever they say. A linear map from
the middle and the last layer back to what the pretrained encoder said of the same sentence undoes most of that, and
costs no second network at run time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from perception.text.tokens import Tokens

_RIDGE: Final = 1e-3
_TOGETHER: Final = 64


def sentence_vectors(encoder: Any, tokens: Tokens, texts: Sequence[str]) -> NDArray[np.float32]:
    """What a pretrained encoder says (texts x width): the mean of its last states, of length 1."""
    import torch

    encoder.eval()
    order = np.argsort(tokens.lengths(texts), kind="stable")
    found: list[Any] = [None] * len(texts)
    for at in range(0, len(order), _TOGETHER):
        places = order[at : at + _TOGETHER]
        pieces = tokens([texts[i] for i in places])
        with torch.inference_mode():
            states = encoder(
                input_ids=torch.from_numpy(pieces.ids), attention_mask=torch.from_numpy((pieces.parts > 0).astype(int))
            ).last_hidden_state
        own = torch.from_numpy((pieces.parts > 0).astype(np.float32))[..., None]
        mean = torch.nn.functional.normalize((states * own).sum(dim=1) / own.sum(dim=1), dim=1).numpy()
        for i, vector in zip(places, mean, strict=True):
            found[i] = vector
    return np.stack(found)


def map_back(vectors: NDArray[np.float32], wanted: NDArray[np.float32]) -> NDArray[np.float32]:
    """Ridge regression from vectors and a one (n x m) to sentence vectors (n x width): (m + 1) x width."""
    from sklearn.linear_model import Ridge

    scale = float(vectors.var(axis=0).sum())
    fitted = Ridge(alpha=_RIDGE * scale * len(vectors) / vectors.shape[1]).fit(vectors, wanted)
    return np.vstack([fitted.coef_.T, fitted.intercept_]).astype(np.float32)


def likeness(found: NDArray[np.float32], wanted: NDArray[np.float32]) -> float:
    """Spearman's correlation of the cosines between pairs of sentences, of all pairs of both sets of vectors."""
    from scipy.stats import spearmanr

    upper = np.triu_indices(len(found), 1)
    unit = found / np.linalg.norm(found, axis=1, keepdims=True)
    return float(spearmanr((unit @ unit.T)[upper], (wanted @ wanted.T)[upper]).statistic)
