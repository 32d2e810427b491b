"""`docs/policy.md` names every key, preset, action and code there is, and no other; its example is run."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from agent.routing import REASONS
from api.cli.app import app
from perception import Emotion, Status
from personas import CONFLICTS, PRESETS, Action, Condition, Evidence, Handoff, Persona, Policy, load_persona

pytestmark = pytest.mark.unit

PAGE = (Path(__file__).parents[2] / "docs" / "policy.md").read_text(encoding="utf-8")


def part(title: str) -> str:
    """What stands under a heading, to the next one."""
    return re.split(r"^##+ ", PAGE.partition(f"# {title}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]


def keys(title: str) -> list[str]:
    """The first column of the table under a heading."""
    return re.findall(r"^\| `([^`]+)` \|", part(title), re.MULTILINE)


def test_every_key_stands_in_the_page_and_every_key_of_the_page_exists() -> None:
    assert keys("The policy") == list(Policy.model_fields)
    assert keys("Conditions") == list(Condition.model_fields)
    assert keys("Actions") == list(Action.model_fields)
    assert keys("Who answers") == ["routing", *_with_evidence()]
    assert set(keys("Reasons")) == {*REASONS, "crisis"}


def _with_evidence() -> list[str]:
    own = list(Handoff.model_fields)
    when = own.index("when") + 1
    return ["handoff", *own[:when], *Evidence.model_fields, *own[when:]]


def test_every_preset_emotion_status_and_conflict_is_as_the_page_says() -> None:
    rows = re.findall(r"^\| `([\w-]+)` \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|", part("Presets"), re.MULTILINE)
    assert {name: [*map(float, weights)] for name, *weights in rows} == {
        name: [*weights.values()] for name, weights in PRESETS.items()
    }
    listed = part("Conditions").partition("Emotions are ")[2]
    emotions, statuses = listed.split("Statuses are ")
    assert re.findall(r"`(\w+)`", emotions) == [*Emotion]
    assert re.findall(r"`(\w+)`", statuses.partition("\n\n")[0]) == [*Status]
    row = next(line for line in part("Actions").splitlines() if line.startswith("| `conflict`"))
    assert set(CONFLICTS) <= set(re.findall(r"`(\w+)`", row))


def test_the_yaml_of_the_page_is_a_persona(tmp_path: Path) -> None:
    blocks = "\n".join(re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))
    path = tmp_path / "p.yaml"
    path.write_text(f"name: p\ntitle: {{en: P}}\nprompt: {{en: p}}\n{blocks}", encoding="utf-8")
    persona = load_persona(path)
    assert set(yaml.safe_load(blocks)) <= set(Persona.model_fields)
    assert (len(persona.perception.rules), len(persona.handoff)) == (2, 1)


def test_the_worked_example_is_what_the_command_prints(tmp_path: Path) -> None:
    worked = part("A worked example")
    path = tmp_path / "smile.json"
    (given,) = re.findall(r"```json\n(.*?)```", worked, re.DOTALL)
    path.write_text(given, encoding="utf-8")
    command, shown = re.findall(r"```console\n\$ attune ([^\n]*)\n(.*?)```", worked, re.DOTALL)[0]
    arguments = [*command.replace("smile.json", str(path)).split(), "--lang", "en"]
    assert CliRunner().invoke(app, arguments).stdout == shown


def explain(path: Path, text: str, *more: str) -> str:
    path.write_text(text, encoding="utf-8")
    done = CliRunner().invoke(app, ["personas", "explain", "chat", "--observations", str(path), *more])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        return str(done.exception)
    return done.stdout


SMILE = (
    '{"observations": {"text": {"scores": {"sad": 0.8, "neutral": 0.2}}, "vision": {"scores": {"happy": 0.9, '
    '"neutral": 0.1}}}, "correction": {"read": "sad", "emotion": "fear"}}'
)


def test_the_whole_is_json_and_chinese_where_asked_for(tmp_path: Path) -> None:
    told = json.loads(explain(tmp_path / "o.json", SMILE, "--json"))
    assert [(rule["id"], rule["fired"]) for rule in told["rules"]] == [("polite-smile", True), ("noisy-voice", False)]
    assert [one["rule"] for one in told["fired"]] == ["polite-smile", "correction"]
    assert (told["after"]["top"], told["persona"]) == ("fear", "chat")
    vision = next(sense for sense in told["senses"] if sense["modality"] == "vision")
    assert (vision["trust_before"], vision["trust_after"]) == (0.4, 0.15)
    assert "本人纠正过" in explain(tmp_path / "o.json", SMILE, "--lang", "zh")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("not json", "no JSON"),
        ("{}", "no observations"),
        ('{"observations": {"smell": {}}}', "observations.smell: no such sense; there are vision, audio, text"),
        ('{"observations": {"text": 3}}', "observations.text: takes an object, got 3"),
        ('{"observations": {"text": {"scores": {"glad": 1}}}}', "observations.text: 'glad' is no emotion"),
        ('{"observations": {"text": {"status": "gone"}}}', "observations.text: 'gone' is not a valid Status"),
        ('{"observations": {"text": {"scores": {"sad": 1}, "quality": 2}}}', "quality of text must be in [0, 1]"),
        ('{"observations": {"text": {}}, "correction": "sad"}', "correction: takes"),
        ('{"observations": {"text": {}}, "correction": {"emotion": "glad"}}', "correction: 'glad' is no emotion"),
    ],
)
def test_a_file_of_observations_that_is_wrong_is_told_so(tmp_path: Path, text: str, expected: str) -> None:
    assert expected in explain(tmp_path / "o.json", text)


def test_a_list_of_observations_will_do(tmp_path: Path) -> None:
    told = explain(tmp_path / "o.json", '[{"modality": "text", "status": "uncertain"}]')
    assert "uncertain" in told
    assert "with the policy: unknown" in told
