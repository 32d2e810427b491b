"""The weights that ship: each with a card that states its hash and licence, all together small."""

from __future__ import annotations

import hashlib
from fnmatch import fnmatch
from pathlib import Path

import pytest

from perception import ModelMissing
from perception.models.shipped import WEIGHTS, shipped_weight

pytestmark = pytest.mark.model

FILES = sorted(path for path in WEIGHTS.iterdir() if path.is_file() and path.suffix not in {".md", ".py"})
LIMIT = 90 * 1024 * 1024


def test_some_weights_ship() -> None:
    assert FILES


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_card_states_hash_and_licence(path: Path) -> None:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    cards = [c for c in WEIGHTS.glob("*.md") if digest in c.read_text(encoding="utf-8") and c.name != "LICENSE.md"]
    assert cards, f"no card states sha256 {digest} of {path.name}"
    assert "Licence of the weights: **" in cards[0].read_text(encoding="utf-8")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_licence_table_names_each_file(path: Path) -> None:
    table = (WEIGHTS / "LICENSE.md").read_text(encoding="utf-8")
    patterns = [line.split("|")[1].strip().strip("`") for line in table.splitlines() if line.startswith("| `")]
    assert any(fnmatch(path.name, pattern) for pattern in patterns), f"{path.name} is in no row of LICENSE.md"


def test_all_together_fit_the_wheel() -> None:
    assert sum(path.stat().st_size for path in FILES) <= LIMIT


def test_a_weight_that_does_not_ship_is_missing_with_a_way_to_get_it() -> None:
    with pytest.raises(ModelMissing, match=r"'text-tlh-1\.npz' is not on this machine; get it with: pip install"):
        shipped_weight("text-tlh-1.npz")


def test_no_weight_file_names_a_folder_of_whoever_trained_it() -> None:
    # exporters like to write their stack traces into the model
    for path in [*WEIGHTS.glob("*.onnx"), *WEIGHTS.glob("*.npz")]:
        assert b'File "/' not in path.read_bytes(), path.name
