"""What is built is what is meant: the wheel works alone, the sdist holds the sources and nothing else."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.package

ROOT = Path(__file__).parents[2]
PACKAGES = ("agent", "perception", "personas", "memory", "api", "evals")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist, built with the hatchling at hand."""
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, timeout=280)
    return out


@pytest.mark.parametrize("name", PACKAGES)
def test_each_import_name_has_one_owner(name: str) -> None:
    owners = set(importlib.metadata.packages_distributions().get(name, ["attune-agent"]))
    assert owners == {"attune-agent"}


def test_the_sdist_holds_the_sources_and_nothing_else(built: Path) -> None:
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        tops = {name.split("/")[1] for name in archive.getnames()}
    files = {"README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile", "pyproject.toml", "PKG-INFO"}
    assert tops == {*PACKAGES, "tests", "docs", *files, ".gitignore"}


def test_the_wheel_holds_types_weights_cards_and_data_files(built: Path) -> None:
    (path,) = built.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        size = sum(info.file_size for info in archive.infolist() if "/weights/" in info.filename)
    assert {f"{package}/py.typed" for package in PACKAGES} <= names
    assert {"perception/models/manifest.yaml", "personas/shipped/chat.yaml", "agent/phrases.yaml"} <= names
    assert {"perception/weights/LICENSE.md", "evals/behaviour/items/negation.yaml"} <= names
    assert any(name.startswith("perception/weights/text-en") for name in names)
    assert not any(name.startswith(("tests/", "docs/")) for name in names)
    assert size < 90e6


def test_the_wheel_installs_into_a_clean_environment_and_perceives(built: Path, tmp_path: Path) -> None:
    """Its dependencies are borrowed from this environment, its own sources are not: nothing is downloaded."""
    (wheel,) = built.glob("*.whl")
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    install = ["-m", "pip", "--python", str(venv), "install", "--quiet", "--no-index", "--no-deps", str(wheel)]
    subprocess.run([sys.executable, *install], check=True)
    # a .pth file names a folder; the .pth of our editable installation inside that folder is not followed
    (next(venv.glob("lib/python*/site-packages")) / "borrowed.pth").write_text(f"{Path(pytest.__file__).parents[1]}\n")
    command = [str(venv / "bin" / "attune"), "perceive", "--text", "I am so happy!", "--json"]
    result = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=120, check=False)
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["observations"]["text"]["status"] == "ok"
