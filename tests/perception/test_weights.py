"""The weights that ship: each with a card that states its hash and licence, all together small."""

from __future__ import annotations

import hashlib
import re
import shutil
from fnmatch import fnmatch
from pathlib import Path

import numpy as np
import pytest

from perception import SAMPLE_RATE, AudioClip, Frame, ModelMissing, ModelRefused, Status, Utterance
from perception.audio import EmbeddedAudio
from perception.models import read_card
from perception.models.shipped import WEIGHTS, commercial, shipped_card, shipped_licence, shipped_weight
from perception.text import EmbeddedText
from perception.vision import EmbeddedVision

pytestmark = pytest.mark.model

FILES = sorted(path for path in WEIGHTS.iterdir() if path.is_file() and path.suffix not in {".md", ".py"})
CARDS = sorted(path for path in WEIGHTS.glob("*.md") if path.name != "LICENSE.md")
LIMIT = 90 * 1024 * 1024


def test_some_weights_ship() -> None:
    assert FILES


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_exactly_one_card_states_size_hash_and_licence(path: Path) -> None:
    stating = [card for card in map(read_card, CARDS) if path.name in card.files]
    assert len(stating) == 1, f"{path.name} is in {len(stating)} cards"
    (card,) = stating
    assert card == shipped_card(path.name)
    assert card.licence
    assert card.files[path.name].bytes == path.stat().st_size
    assert card.files[path.name].sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("path", CARDS, ids=lambda path: path.name)
def test_no_card_without_its_weights_and_none_that_tells_people_something_else(path: Path) -> None:
    card, text = read_card(path), path.read_text(encoding="utf-8")
    assert card.model == path.stem
    assert set(card.files) <= {file.name for file in FILES}
    assert f"Licence of the weights: **{card.licence}**." in text
    for name, file in card.files.items():
        assert f"| `{name}` | {file.bytes:,} | `{file.sha256}` |" in text


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


def test_a_commercial_policy_holds_back_exactly_the_non_commercial() -> None:
    for path in FILES:
        assert shipped_weight(path.name) == path
    kept = {path.name for path in FILES if commercial(path.name)}
    assert kept == {path.name for path in FILES if "non-commercial" not in shipped_licence(path.name)}
    for name in kept:
        shipped_weight(name, commercial_only=True)
    for name in {path.name for path in FILES} - kept:
        with pytest.raises(ModelRefused, match=re.escape(f"{name!r} ({shipped_licence(name)}) are held back")):
            shipped_weight(name, commercial_only=True)


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of shipped weights that a test may spoil."""
    for name in ("text-en-tfidf-3.npz", "text-en-tfidf-3.md", "vision-ferplus-cnn-2.md"):
        shutil.copy(WEIGHTS / name, tmp_path)
    monkeypatch.setattr("perception.models.shipped.WEIGHTS", tmp_path)
    return tmp_path


@pytest.mark.parametrize("commercial_only", [False, True])
def test_a_file_that_is_not_what_its_card_says_is_refused(copied: Path, commercial_only: bool) -> None:
    weights = copied / "text-en-tfidf-3.npz"
    assert shipped_weight(weights.name, commercial_only=commercial_only) == weights
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    with pytest.raises(ModelRefused, match="does not have the sha256 that its model card states; get it with: pip"):
        shipped_weight(weights.name, commercial_only=commercial_only)


def test_a_wrong_hash_in_a_card_is_refused_at_load_and_the_sense_says_so(copied: Path) -> None:
    card = copied / "text-en-tfidf-3.md"
    text = card.read_text(encoding="utf-8")
    card.write_text(re.sub(r"(sha256: )[0-9a-f]{64}", rf"\g<1>{'0' * 63}1", text, count=1), encoding="utf-8")
    sense = EmbeddedText()
    with pytest.raises(ModelRefused, match="sha256"):
        sense.warm_up()
    seen = sense.perceive(Utterance(text="I am so happy to see you"))
    assert (seen.status, seen.scores, [cue.code for cue in seen.cues]) == (Status.FAILED, None, ["model_refused"])


def test_a_file_for_which_no_card_vouches_is_refused(copied: Path) -> None:
    (copied / "text-en-tfidf-3.md").unlink()
    with pytest.raises(ModelRefused, match=r"no model card in .* lists 'text-en-tfidf-3\.npz'"):
        shipped_weight("text-en-tfidf-3.npz")
    assert (shipped_licence("text-en-tfidf-3.npz"), commercial("text-en-tfidf-3.npz")) == ("", False)


def test_a_card_that_cannot_be_read_vouches_for_nothing(copied: Path) -> None:
    (copied / "text-en-tfidf-3.md").write_text("# text-en-tfidf-3\n\nLicence of the weights: **CC0-1.0**.\n")
    with pytest.raises(ModelRefused, match=r"'text-en-tfidf-3\.npz' are refused: .* has no front matter"):
        shipped_weight("text-en-tfidf-3.npz")
    assert not commercial("text-en-tfidf-3.npz")


def test_a_card_may_list_several_files_of_its_model(copied: Path) -> None:
    card = copied / "text-en-tfidf-3.md"
    listed = (
        "  files:\n    text-en-tfidf-3.int8.onnx:\n      bytes: 4\n      sha256: " + hashlib.sha256(b"int8").hexdigest()
    )
    card.write_text(card.read_text(encoding="utf-8").replace("  files:", listed, 1), encoding="utf-8")
    (copied / "text-en-tfidf-3.int8.onnx").write_bytes(b"int8")
    for name in ("text-en-tfidf-3.int8.onnx", "text-en-tfidf-3.npz"):
        assert shipped_weight(name) == copied / name


def test_what_no_card_allows_is_not_commercial() -> None:
    assert shipped_licence("text-tlh-1.npz") == ""
    assert not commercial("text-tlh-1.npz")


def test_under_a_commercial_policy_words_are_read_and_the_rest_says_why_not() -> None:
    text = EmbeddedText(commercial_only=True)
    text.warm_up()
    english, chinese = (text.perceive(Utterance(text=each)) for each in ("I am so happy to see you", "我很难过"))
    assert (english.status, english.model) == (Status.OK, "text-en-minilm-2")
    assert chinese.scores is not None
    assert chinese.model == "text-zh-tfidf-commercial-1"
    with pytest.raises(ModelMissing, match="an encoder of 'zh'"):
        text.embed(["我很难过"])
    refused = [
        EmbeddedAudio(commercial_only=True).perceive(AudioClip(samples=np.zeros(SAMPLE_RATE, np.float32))),
        EmbeddedVision(commercial_only=True).perceive(Frame(pixels=np.zeros((48, 48, 3), np.uint8), crop=True)),
    ]
    for seen in refused:
        assert (seen.status, seen.scores) == (Status.FAILED, None)
        (cue,) = seen.cues
        assert cue.code == "model_refused"
        assert "weights policy is 'commercial'" in str(cue.params["why"])
