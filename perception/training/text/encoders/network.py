"""A sentence encoder with a head for emotions."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

from perception.emotions import EMOTIONS
from perception.text.tokens import PADDING, UTTERANCE
from perception.training.text.encoders.recipe import EncoderRecipe


def build_network(encoder: Any, recipe: EncoderRecipe, finer: int) -> Any:
    """A `torch.nn.Module`: `ids` and `parts` (texts x length, see `Tokens`) to logits and vectors.

    The vector of a text is the mean of the states of the utterance's pieces; those of earlier turns are attended to
    and not averaged. The head is linear on the vectors of the middle and the last layer. `forward` returns the logits
    of the seven emotions (texts x 7), of finer labels (texts x `finer`), and both vectors (texts x 2 * width).
    """
    import torch
    from torch import nn

    _freeze(encoder, recipe)

    class Network(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.encoder = _with_lora(encoder, recipe)
            width = encoder.config.hidden_size
            self.dropout = nn.Dropout(recipe.dropout)
            self.head = nn.Linear(2 * width, len(EMOTIONS))
            self.finer = nn.Linear(2 * width, finer) if finer else None
            nn.init.normal_(self.head.weight, std=0.01)
            nn.init.zeros_(self.head.bias)

        def vectors(self, ids: Any, parts: Any) -> Any:
            states = self.encoder(
                input_ids=ids,
                attention_mask=(parts != PADDING).long(),
                token_type_ids=(parts > UTTERANCE).long(),
                output_hidden_states=True,
            ).hidden_states
            own = (parts == UTTERANCE).unsqueeze(2).to(states[-1].dtype)
            size = own.sum(dim=1)
            middle = states[len(states) // 2]
            return torch.cat([(state * own).sum(dim=1) / size for state in (middle, states[-1])], dim=1)

        def forward(self, ids: Any, parts: Any) -> tuple[Any, Any, Any]:
            vectors = self.vectors(ids, parts)
            dropped = self.dropout(vectors)
            return self.head(dropped), self.finer(dropped) if self.finer else None, vectors

    return Network()


def _freeze(encoder: Any, recipe: EncoderRecipe) -> None:
    lowest = encoder.encoder.layer[: recipe.frozen]
    frozen = [encoder] if recipe.head_only else [encoder.embeddings, *lowest]
    for module in frozen:
        module.requires_grad_(requires_grad=False)
    for module in encoder.modules():
        if type(module).__name__ == "Dropout":
            module.p = recipe.dropout


def _with_lora(encoder: Any, recipe: EncoderRecipe) -> Any:
    if not recipe.lora:
        return encoder
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(
        r=recipe.lora, lora_alpha=2 * recipe.lora, target_modules=["query", "key", "value", "dense"], lora_dropout=0.0
    )
    with warnings.catch_warnings():
        # peft asks transformers for an attribute by its old name
        warnings.simplefilter("ignore", FutureWarning)
        return get_peft_model(encoder, config)


def merged(network: Any) -> Any:
    """The network with low-rank updates added into the matrices."""
    if hasattr(network.encoder, "merge_and_unload"):
        network.encoder = network.encoder.merge_and_unload()
    return network


def parameter_groups(network: Any, recipe: EncoderRecipe) -> Iterator[dict[str, Any]]:
    """What learns, with its rate: lower layers learn more slowly; biases and norms do not decay."""
    heads = [network.head, *([network.finer] if network.finer else [])]
    yield from _groups([p for head in heads for p in head.named_parameters()], 5 * recipe.rate, recipe.decay)
    layers: dict[int, list[tuple[str, Any]]] = {}
    for name, parameter in network.encoder.named_parameters():
        if parameter.requires_grad:
            place = int(name.partition("layer.")[2].partition(".")[0] or 0)
            layers.setdefault(place, []).append((name, parameter))
    top = max(layers, default=0)
    for place, found in sorted(layers.items()):
        yield from _groups(found, recipe.rate * recipe.layer_decay ** (top - place), recipe.decay)


def _groups(named: list[tuple[str, Any]], rate: float, decay: float) -> Iterator[dict[str, Any]]:
    matrices = [p for _, p in named if p.ndim > 1]
    others = [p for _, p in named if p.ndim <= 1]
    for parameters, weight in ((matrices, decay), (others, 0.0)):
        if parameters:
            yield {"params": parameters, "lr": rate, "weight_decay": weight}
