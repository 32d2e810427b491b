"""The weights that come in the wheel."""

from __future__ import annotations

from pathlib import Path

from perception.errors import ModelMissing

WEIGHTS = Path(__file__).resolve().parent.parent / "weights"
"""The folder of all weights and model cards that ship."""


def shipped_weight(file_name: str) -> Path:
    """Path of a weight file that ships.

    Raises:
        ModelMissing: this installation lacks it.
    """
    path = WEIGHTS / file_name
    if not path.is_file():
        raise ModelMissing(file_name, "pip install --force-reinstall attune-agent")
    return path
