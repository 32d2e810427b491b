"""How an encoder learns emotions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True, slots=True)
class EncoderRecipe:
    """How an encoder of a language is fine-tuned."""

    lang: Literal["en", "zh"]
    """What it reads."""
    corpora: str | None = None
    """Name of the corpora it learns from; those of the language when None."""
    encoder: str
    """The pretrained one: `minilm`, `e5`, or a folder as Hugging Face writes it."""
    layers: int = 6
    """How many of its lowest layers are kept."""
    frozen: int = 0
    """The lowest layers that do not learn; word embeddings never do."""
    lora: int = 0
    """Rank of low-rank updates of the attention and feed-forward matrices (Hu et al. 2022, "LoRA", ICLR), in place of
    learning the matrices; 0 for none."""
    head_only: bool = False
    """Whether the encoder stays as it is: a linear classifier on its vectors, the zero-shot baseline of fine-tuning."""
    rate: float = 1e-4
    """Peak learning rate of AdamW at the top layer; it rises over the first 6 % of the steps and falls to nothing."""
    layer_decay: float = 0.9
    """Each layer learns at this part of the rate of the one above (Howard and Ruder 2018, "ULMFiT", ACL)."""
    decay: float = 0.01
    """Weight decay."""
    dropout: float = 0.1
    """Of the vector of a text, and in the encoder."""
    smoothing: float = 0.05
    """Of the labels."""
    balance: float = 0.3
    """Class weight in the loss is (part of the class) ** -balance."""
    finer: float = 0.3
    """Weight of a second loss: the 28 labels of GoEmotions, where a row has them; 0 for none."""
    drawn: int = 10000
    """Rows an epoch; rows come again only when all have come."""
    batch: int = 32
    """Rows a step, of about one length."""
    context: float = 0.5
    """Chance that a row of a dialogue is read with its earlier turns."""
    utterance: int = 64
    """Pieces of an utterance that are read."""
    earlier: int = 48
    """Pieces of all earlier turns together that are read."""
    typos: float = 0.0
    """Part of the rows that is shown with a slip of the keyboard: a letter too few, too many, or out of place."""
    linear: str | None = None
    """Experiment of the n-gram model that it is blended with."""
    mapped: int = 6000
    """Training rows on which the map back to the pretrained encoder's embedding is fitted."""
