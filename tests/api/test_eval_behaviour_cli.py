"""`attune eval behaviour`, with a sense that always says the same."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from api.cli.app import app
from api.errors import InputInvalid
from evals.errors import ItemsInvalid
from perception import EmotionScores, Modality
from perception.errors import ModelMissing
from perception.testing import ScriptedPerceiver

pytestmark = pytest.mark.unit


@pytest.fixture(autouse=True)
def sense(monkeypatch: pytest.MonkeyPatch) -> ScriptedPerceiver:
    sad = ScriptedPerceiver(Modality.TEXT, EmotionScores.of({"sad": 1.0}))
    monkeypatch.setattr("api.behaving.make_perceiver", lambda *_args: sad)
    return sad


def behaviour(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["eval", "behaviour", *arguments])


def test_json_is_the_outcome() -> None:
    result = behaviour("--json", "--category", "sarcasm", "--category", "no_content")
    assert result.exit_code == 0, result.output
    shown = json.loads(result.stdout)
    rates = {each["name"]: each["rate"] for each in shown["categories"]}
    assert rates["sarcasm"] == 1.0
    assert 0.0 < rates["no_content"] < 0.5
    assert shown["models"] == ["scripted-text"]
    assert {each["category"] for each in shown["failures"]} == {"no_content"}
    assert "100%" in result.stderr


@pytest.mark.parametrize(("lang", "head", "why"), [("en", "category", "expected: "), ("zh", "类别", "预期：")])
def test_a_table_and_failures_in_two_languages(lang: str, head: str, why: str) -> None:
    result = behaviour("--lang", lang, "--category", "negation")
    assert head in result.stdout
    assert why not in result.stdout
    assert why in behaviour("--lang", lang, "--category", "negation", "--failures").stdout


def test_only_tests_of_one_language(sense: ScriptedPerceiver) -> None:
    result = behaviour("--written-in", "fr", "--json")
    assert [each["name"] for each in json.loads(result.stdout)["categories"]] == ["unsupported_languages"]
    assert len(sense.seen) == 2


@pytest.mark.parametrize(("least", "code"), [("0.0", 0), ("1.0", 1)])
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_the_exit_code_says_whether_enough_passed(least: str, code: int, form: tuple[str, ...]) -> None:
    result = behaviour("--category", "negation", "--min-pass", least, *form)
    assert result.exit_code == code
    assert result.stdout
    assert ("is below --min-pass 100.0%" in result.stderr) is bool(code)
    assert behaviour("--category", "sarcasm", "--min-pass", "1.0").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        (("--category", "humour"), ItemsInvalid, "there are capitals"),
        (("--written-in", "xx"), ItemsInvalid, "language 'xx'"),
        (("--lang", "fr"), InputInvalid, "en or zh"),
    ],
)
def test_bad_options(arguments: tuple[str, ...], kind: type[Exception], message: str) -> None:
    result = behaviour(*arguments)
    assert isinstance(result.exception, kind)
    assert message in str(result.exception)


def test_a_part_that_is_none_is_refused() -> None:
    assert behaviour("--min-pass", "85").exit_code == 2


def test_no_sense_and_no_model_are_no_bad_behaviour(monkeypatch: pytest.MonkeyPatch, sense: ScriptedPerceiver) -> None:
    def missing() -> None:
        raise ModelMissing("text.onnx", "attune models pull text")

    monkeypatch.setattr(sense, "warm_up", missing)
    assert isinstance(behaviour().exception, ModelMissing)
    monkeypatch.setenv("ATTUNE_TEXT", "")
    result = behaviour()
    assert isinstance(result.exception, InputInvalid)
    assert "ATTUNE_TEXT=embedded" in str(result.exception)


def test_it_is_listed() -> None:
    assert "attune eval behaviour" in CliRunner().invoke(app, ["eval", "list"]).stdout
