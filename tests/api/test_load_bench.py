"""`attune bench load`: a few clients against a real server in a process of its own."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from api.cli.bench import bench_app

pytestmark = pytest.mark.server


def test_a_few_clients_talk_and_come_back_from_a_storm() -> None:
    asked = ["bench", "load", "--sessions", "3", "--seconds", "3", "--think", "0.2", "--storm", "--json"]
    told = CliRunner().invoke(bench_app, asked[1:])
    assert told.exit_code == 0, told.output
    found = json.loads(told.stdout)
    assert found["turns"] >= 3
    assert (found["seq_lost"], found["seq_doubled"], found["errors"]) == (0, 0, {})
    assert found["overhead_ms"]["count"] == found["turns"]
    assert found["overhead_ms"]["p50"] >= found["first_ms"]["p50"] - 1
    storm = found["storm"]
    assert (storm["clients"], storm["resumed"], storm["greeted_again"], storm["hanging"]) == (3, 3, 0, 0)


def test_a_sense_that_nobody_knows_is_named() -> None:
    told = CliRunner().invoke(bench_app, ["load", "--senses", "text,smell"])
    assert told.exit_code != 0
    assert "'smell'" in str(told.exception or told.output)


def test_frames_that_no_client_should_send_are_answered_and_survived() -> None:
    told = CliRunner().invoke(bench_app, ["fuzz", "--frames", "400", "--json"])
    assert told.exit_code == 0, told.output
    found = json.loads(told.stdout)
    assert found["alive"]
    assert "internal" not in found["codes"]
    assert {"bad_json", "bad_frame", "unknown_type"} <= found["codes"].keys()


def test_a_server_that_is_killed_loses_nothing_that_it_told() -> None:
    told = CliRunner().invoke(bench_app, ["kills", "--turns", "6", "--kills", "2", "--clients", "2", "--json"])
    assert told.exit_code == 0, told.output
    found = json.loads(told.stdout)
    assert found["kept"]
    assert found["turns"] >= 6
    assert found["whole"] + found["interrupted"] >= 6
