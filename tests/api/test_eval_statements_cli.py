"""`attune eval statements`."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from api.cli.app import app
from api.errors import InputInvalid
from evals.statements import evaluate_statements

pytestmark = pytest.mark.unit


def attune(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["eval", "statements", "--split", "dev", *arguments])


def test_a_table_for_people_and_json_for_programs() -> None:
    shown = attune("--lang", "en")
    assert shown.exit_code == 0, shown.exception
    assert shown.stdout.splitlines()[-2].startswith("all ")
    report = json.loads(attune("--json", "--written-in", "zh").stdout)
    assert report["split"] == "dev"
    assert report["overall"]["texts"] == 50
    assert [each["name"] for each in report["by"]["language"]] == ["zh"]


def test_the_words_are_those_of_the_language_asked_for() -> None:
    assert "精确率" in attune("--lang", "zh", "--failures").stdout


def test_a_bar_that_is_not_met_is_exit_code_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert attune("--min-f1", "0.5").exit_code == 0
    # a detector that finds nothing
    blind = {"split": "dev", "find": lambda text, lang: (), "resamples": 0, "seed": 0}
    monkeypatch.setattr(evaluate_statements, "__kwdefaults__", blind)
    failed = attune("--min-f1", "0.9")
    assert failed.exit_code == 1
    assert "F1 0.000 is below --min-f1 0.900" in failed.stderr


@pytest.mark.parametrize("wrong", [("--written-in", "fr"), ("--lang", "fr"), ("--split", "train")])
def test_what_there_is_not_is_named(wrong: tuple[str, str]) -> None:
    refused = attune(*wrong)
    assert isinstance(refused.exception, InputInvalid)
    assert repr(wrong[1]) in str(refused.exception)
