"""Perceivers by name: listing imports none, an unknown one is named."""

from __future__ import annotations

import subprocess
import sys

import pytest

from perception import Modality, Observation, PerceptionError, Status, UnknownPerceiver, Utterance
from perception import registry as registry_module
from perception.registry import create_perceiver, perceiver, perceiver_names

pytestmark = pytest.mark.unit


@pytest.fixture(autouse=True)
def clean_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry_module, "_decorated", {})


class Stoic:
    """Feels nothing, whatever is said."""

    modality = Modality.TEXT
    model = "stoic-1"

    def __init__(self, *, calm: bool = True) -> None:
        self.calm = calm

    def warm_up(self) -> None:
        pass

    def perceive(self, evidence: Utterance, /) -> Observation:
        return Observation(modality=self.modality, status=Status.UNCERTAIN, model=self.model)


@pytest.mark.parametrize("modality", list(Modality))
def test_each_sense_has_an_embedded_perceiver(modality: Modality) -> None:
    assert "embedded" in perceiver_names(modality)


def test_a_decorated_perceiver_is_found_by_name_and_takes_options() -> None:
    perceiver(Modality.TEXT, "stoic")(Stoic)
    assert "stoic" in perceiver_names(Modality.TEXT)
    assert "stoic" not in perceiver_names(Modality.AUDIO)
    made = create_perceiver(Modality.TEXT, "stoic", calm=False)
    assert isinstance(made, Stoic)
    assert not made.calm


def test_a_decorated_perceiver_hides_an_entry_point_of_its_name() -> None:
    perceiver(Modality.TEXT, "embedded")(Stoic)
    assert perceiver_names(Modality.TEXT).count("embedded") == 1
    assert isinstance(create_perceiver(Modality.TEXT, "embedded"), Stoic)


def test_the_embedded_text_perceiver_comes_from_its_entry_point() -> None:
    assert create_perceiver(Modality.TEXT, "embedded").modality is Modality.TEXT


def test_an_unknown_perceiver_is_named_with_those_there_are() -> None:
    with pytest.raises(
        UnknownPerceiver, match=r"no text perceiver is called 'oracle'; there are: .*embedded"
    ) as caught:
        create_perceiver(Modality.TEXT, "oracle")
    assert isinstance(caught.value, PerceptionError)


def test_listing_imports_no_perceiver() -> None:
    code = (
        "import sys; from perception import Modality, perceiver_names\n"
        "for modality in Modality: perceiver_names(modality)\n"
        "heavy = {'perception.text.perceiver', 'perception.vision', 'onnxruntime', 'sklearn', 'librosa', 'torch'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or None)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
