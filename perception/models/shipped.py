"""The weights that come in the wheel."""

from __future__ import annotations

from pathlib import Path

from perception.errors import ModelMissing, ModelRefused

WEIGHTS = Path(__file__).resolve().parent.parent / "weights"
"""The folder of all weights and model cards that ship."""


_MARKER = "Licence of the weights:"


def shipped_weight(file_name: str, *, commercial_only: bool = False) -> Path:
    """Path of a weight file that ships.

    Args:
        file_name: in the folder of the weights.
        commercial_only: refuse a file whose card does not allow commercial use.

    Raises:
        ModelMissing: this installation lacks it.
        ModelRefused: it is held back.
    """
    path = WEIGHTS / file_name
    if not path.is_file():
        raise ModelMissing(file_name, "pip install --force-reinstall attune-agent")
    if commercial_only and not commercial(file_name):
        raise ModelRefused(
            f"the weights {file_name!r} ({shipped_licence(file_name) or 'no card states a licence'}) are held back: "
            "the weights policy is 'commercial'; switch the sense off, or set ATTUNE_WEIGHTS_POLICY=any"
        )
    return path


def shipped_licence(file_name: str) -> str:
    """Licence of a weight file that ships, as its card states it; empty when no card does."""
    card = (WEIGHTS / file_name).with_suffix(".md")
    lines = card.read_text(encoding="utf-8").splitlines() if card.is_file() else []
    return next((line.removeprefix(_MARKER).strip(" .*") for line in lines if line.startswith(_MARKER)), "")


def commercial(file_name: str) -> bool:
    """Whether the card of a weight file that ships allows commercial use."""
    licence = shipped_licence(file_name)
    return bool(licence) and "non-commercial" not in licence
