"""The vision backends as an operator sets them, and as the server and the check-up show them."""

from __future__ import annotations

from pathlib import Path

import pytest
import skimage.data
from PIL import Image
from typer.testing import CliRunner

from agent.testing import ScriptedChatModel
from api.checkup.finding import Finding
from api.checkup.senses import sense_findings
from api.cli.app import app
from api.errors import SettingsInvalid
from api.health import health
from api.runtime import open_agent
from api.senses import make_perceiver
from api.settings import Settings, load_settings
from perception import Modality
from perception.vision.deepface import DeepFaceVision
from perception.vision.mllm import MllmVision
from perception.vision.mllm.testing import ScriptedVisionEndpoint

pytestmark = pytest.mark.server


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DEEPFACE_HOME", str(tmp_path / "deepface"))


def settings(**given: object) -> Settings:
    return Settings.model_validate({"audio": "", "text": "", **given})


def finding(**given: object) -> Finding:
    return next(found for found in sense_findings(settings(**given)) if found.name == "vision")


async def shown(**given: object) -> dict[str, str | None]:
    async with open_agent(settings(**given), chat=ScriptedChatModel(["hello"])) as agent:
        senses: dict[str, dict[str, str | None]] = health(agent)["senses"]
        return senses["vision"]


def test_the_environment_reaches_the_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedVisionEndpoint() as endpoint:
        for name, value in {
            "VISION": "mllm",
            "VISION_URL": endpoint.url,
            "VISION_MODEL": "m",
            "VISION_KEY": "k",
        }.items():
            monkeypatch.setenv(f"ATTUNE_{name}", value)
        found = next(found for found in sense_findings(load_settings()) if found.name == "vision")
        assert (found.level, "mllm-m" in found.state, "endpoint" in found.state) == ("ok", True, True)
        assert endpoint.keys == ["Bearer k"], "a check-up asks once: requests cost money"


def test_each_is_made_by_its_name() -> None:
    assert isinstance(make_perceiver(settings(), Modality.VISION, "deepface"), DeepFaceVision)
    assert isinstance(make_perceiver(settings(), Modality.VISION, "mllm"), MllmVision)


def test_a_check_up_says_what_an_endpoint_lacks() -> None:
    unset = finding(vision="mllm")
    assert (unset.level, "ATTUNE_VISION_URL" in unset.remedy) == ("bad", True)
    with ScriptedVisionEndpoint("refuse") as endpoint:
        refused = finding(vision="mllm", vision_url=endpoint.url, vision_model="m")
    assert (refused.level, "ATTUNE_VISION_KEY" in refused.state) == ("bad", True)


def test_a_check_up_says_what_deepface_lacks() -> None:
    found = finding(vision="deepface")
    assert found.level == "bad"
    assert "DeepFace.build_model" in found.remedy or "attune-agent[deepface]" in found.remedy


async def test_the_server_shows_them_without_asking_the_endpoint() -> None:
    with ScriptedVisionEndpoint() as endpoint:
        seen = await shown(vision="mllm", vision_url=endpoint.url, vision_model="m")
        assert (seen, endpoint.requests) == ({"status": "ok", "model": "mllm-m"}, [])
    assert (await shown(vision="mllm"))["status"] == "model_missing"
    assert (await shown(vision="deepface"))["status"] == "model_missing"


def test_a_detector_nobody_knows_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTUNE_DEEPFACE_DETECTOR", "eyes")
    with pytest.raises(SettingsInvalid, match="ATTUNE_DEEPFACE_DETECTOR='eyes'"):
        load_settings()


def test_no_key_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTUNE_VISION_KEY", "sk-very-secret")
    monkeypatch.setenv("ATTUNE_PORT", "many")
    with pytest.raises(SettingsInvalid) as raised:
        load_settings()
    assert "sk-very-secret" not in f"{raised.value}{Settings(port=1)!r}"


def test_a_terminal_tells_why_and_what_to_do(tmp_path: Path) -> None:
    picture = tmp_path / "face.png"
    Image.fromarray(skimage.data.astronaut()).save(picture)
    with ScriptedVisionEndpoint(
        "normal", "busy", reply="<think>[lips] up</think><answer>happy or sad</answer>"
    ) as endpoint:
        given = {
            "ATTUNE_VISION": "mllm",
            "ATTUNE_VISION_URL": endpoint.url,
            "ATTUNE_VISION_MODEL": "m",
            "COLUMNS": "200",
        }
        unclear, busy = (
            CliRunner().invoke(app, ["perceive", "--image", str(picture)], env=given, catch_exceptions=False).output
            for _ in range(2)
        )
    assert "reasoning: [lips] up" in unclear
    assert "between happy and sad" in unclear
    assert "try again later" in " ".join(busy.split())
