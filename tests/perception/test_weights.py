"""The weights that ship: each with a card that states its hash and licence, all together small."""

from __future__ import annotations

import hashlib
from fnmatch import fnmatch
from pathlib import Path

import numpy as np
import pytest

from perception import SAMPLE_RATE, AudioClip, Frame, ModelMissing, Status, Utterance
from perception.audio import EmbeddedAudio
from perception.models.shipped import WEIGHTS, commercial, shipped_licence, shipped_weight
from perception.text import EmbeddedText
from perception.vision import EmbeddedVision

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


def test_the_policy_follows_the_cards_and_the_cards_the_table() -> None:
    table = (WEIGHTS / "LICENSE.md").read_text(encoding="utf-8")
    rows = [line.split("|") for line in table.splitlines() if line.startswith("| `")]
    for path in FILES:
        (stated,) = {row[2].strip() for row in rows if fnmatch(path.name, row[1].strip().strip("`"))}
        assert shipped_licence(path.name) == stated
        assert commercial(path.name) == ("non-commercial" not in stated)


def test_what_no_card_allows_is_not_commercial() -> None:
    assert shipped_licence("text-tlh-1.npz") == ""
    assert not commercial("text-tlh-1.npz")


def test_under_a_commercial_policy_english_stays_and_the_rest_says_why_not() -> None:
    text = EmbeddedText(commercial_only=True)
    text.warm_up()
    assert text.perceive(Utterance(text="I am so happy to see you")).status is Status.OK
    refused = [
        text.perceive(Utterance(text="我很难过")),
        EmbeddedAudio(commercial_only=True).perceive(AudioClip(samples=np.zeros(SAMPLE_RATE, np.float32))),
        EmbeddedVision(commercial_only=True).perceive(Frame(pixels=np.zeros((48, 48, 3), np.uint8), crop=True)),
    ]
    for seen in refused:
        assert (seen.status, seen.scores) == (Status.FAILED, None)
        (cue,) = seen.cues
        assert cue.code == "model_refused"
        assert "weights policy is 'commercial'" in str(cue.params["why"])
