"""The weights that come in the wheel: each is vouched for by its model card."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from perception.errors import CardInvalid, ModelMissing, ModelRefused
from perception.models.cards import Card, read_card
from perception.models.verified import sha256_of

WEIGHTS = Path(__file__).resolve().parent.parent / "weights"
"""The folder of all weights and model cards that ship."""

_REMEDY = "pip install --force-reinstall attune-agent"


def shipped_weight(file_name: str, *, commercial_only: bool = False) -> Path:
    """Path of a weight file that ships, after its hash was compared with its card.

    It is hashed once a process, and again when its size or time changes: 5 MB take about 5 ms.

    Args:
        file_name: in the folder of the weights.
        commercial_only: refuse a file whose card does not allow commercial use.

    Raises:
        ModelMissing: this installation lacks it.
        ModelRefused: it is held back, no card vouches for it, or it is not the file its card describes.
    """
    path = WEIGHTS / file_name
    if not path.is_file():
        raise ModelMissing(file_name, _REMEDY)
    try:
        card = shipped_card(file_name)
    except CardInvalid as error:
        raise ModelRefused(f"the weights {file_name!r} are refused: {error}, or: {_REMEDY}") from error
    if commercial_only and not card.commercial:
        raise ModelRefused(
            f"the weights {file_name!r} ({card.licence}) are held back: "
            "the weights policy is 'commercial'; switch the sense off, or set ATTUNE_WEIGHTS_POLICY=any"
        )
    if _hash(path) != card.files[file_name].sha256:
        raise ModelRefused(f"{str(path)!r} does not have the sha256 that its model card states; get it with: {_REMEDY}")
    return path


def shipped_card(file_name: str) -> Card:
    """The card of a weight file that ships: `<model>.md` is that of each `<model>.<anything>` it lists.

    Raises:
        CardInvalid: no card lists it, or the card cannot be read.
    """
    stem = file_name
    while "." in stem:
        stem = stem.rpartition(".")[0]
        path = WEIGHTS / f"{stem}.md"
        if path.is_file():
            card = _read(path)
            if file_name in card.files:
                return card
    raise CardInvalid(f"no model card in {str(WEIGHTS)!r} lists {file_name!r}; write one by training")


def shipped_licence(file_name: str) -> str:
    """Licence of a weight file that ships, as its card states it; empty when no card does."""
    try:
        return shipped_card(file_name).licence
    except CardInvalid:
        return ""


def commercial(file_name: str) -> bool:
    """Whether the card of a weight file that ships allows commercial use; what no card allows is not allowed."""
    try:
        return shipped_card(file_name).commercial
    except CardInvalid:
        return False


def _hash(path: Path) -> str:
    stat = path.stat()
    return _hash_of(path, stat.st_size, stat.st_mtime_ns)


def _read(path: Path) -> Card:
    stat = path.stat()
    return _card_of(path, stat.st_size, stat.st_mtime_ns)


# health is asked often; size and time tell when a file changed
@lru_cache(maxsize=32)
def _hash_of(path: Path, size: int, mtime_ns: int) -> str:  # noqa: ARG001
    return sha256_of(path)


@lru_cache(maxsize=32)
def _card_of(path: Path, size: int, mtime_ns: int) -> Card:  # noqa: ARG001
    return read_card(path)
