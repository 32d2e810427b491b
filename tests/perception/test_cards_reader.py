"""Reading the front matter of a model card."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from api.settings import Settings
from perception import CardInvalid, ModelError
from perception.models import CardFile, WeightsPolicy, read_card

pytestmark = pytest.mark.unit

HASH = "0123456789abcdef" * 4
GOOD = f"""---
license: cc-by-4.0
attune:
  model: text-xx-1
  licence: CC-BY-4.0
  commercial: true
  files:
    text-xx-1.npz:
      bytes: 7
      sha256: {HASH}
---

# text-xx-1

---
"""


def card(folder: Path, text: str) -> Path:
    path = folder / "text-xx-1.md"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_card_is_read(tmp_path: Path) -> None:
    read = read_card(card(tmp_path, GOOD))
    assert (read.model, read.licence, read.commercial) == ("text-xx-1", "CC-BY-4.0", True)
    assert read.files == {"text-xx-1.npz": CardFile(bytes=7, sha256=HASH)}


def test_line_ends_of_windows_do_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "text-xx-1.md"
    path.write_bytes(GOOD.replace("\n", "\r\n").encode())
    assert read_card(path).model == "text-xx-1"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("---\nlicense", "license", "has no front matter between two lines '---'"),
        (GOOD, "", "has no front matter"),
        (GOOD, "---\nattune:\n  model: x\n", "has no front matter"),
        ("license: cc-by-4.0", "license: [", "cannot be read: "),
        ("attune:", "attuned:", "wrong at attune: Field required"),
        (GOOD, "---\n---\n", "wrong at front matter"),
        (GOOD, "---\njust words\n---\n", "wrong at front matter"),
        (HASH, HASH[:-1], r"wrong at attune\.files\.text-xx-1\.npz\.sha256"),
        (HASH, HASH.upper(), "sha256"),
        ("bytes: 7", "bytes: 0", "bytes: Input should be greater than 0"),
        ("commercial: true", "commercial: 'maybe'", r"attune\.commercial: Input should be a valid boolean"),
        ("  commercial: true\n", "", r"attune\.commercial: Field required"),
        ("commercial: true", "comercial: true", "commercial"),
        ("licence: CC-BY-4.0", "licence: ''", r"attune\.licence"),
        ("licence: CC-BY-4.0", "licence: research, non-commercial", "allows commercial use, yet the licence is 'resea"),
        ("text-xx-1.npz:", "../text-xx-1.npz:", "is no plain file name"),
    ],
)
def test_a_card_that_is_wrong_says_where(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in GOOD
    with pytest.raises(CardInvalid, match=said) as raised:
        read_card(card(tmp_path, GOOD.replace(old, new, 1)))
    assert "text-xx-1.md" in str(raised.value)
    assert "write it again by training" in str(raised.value)


def test_a_file_that_is_not_there_or_no_text_is_a_model_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        read_card(tmp_path / "none.md")
    (tmp_path / "binary.md").write_bytes(b"---\n\xff\xfe\n---\n")
    with pytest.raises(CardInvalid, match="cannot be read"):
        read_card(tmp_path / "binary.md")


def test_settings_and_models_mean_the_same_policy() -> None:
    assert Settings.model_fields["weights_policy"].annotation == WeightsPolicy
    assert get_args(WeightsPolicy) == ("any", "commercial")
