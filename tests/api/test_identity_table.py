"""The table of attempts in docs/access.md: each line names a test that is there, and none is named twice."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "access.md"


def attempts() -> list[tuple[str, str, str]]:
    table = PAGE.read_text().partition("## Attempts")[2]
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table.splitlines() if line[:1] == "|"]
    return [(attempt, answer, test.strip("` |")) for attempt, answer, test in rows[2:]]


def known_tests() -> set[str]:
    found: set[str] = set()
    for path in Path(__file__).parent.glob("test_identity*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                found.add(node.name)
    return found


def test_every_attempt_has_its_own_test() -> None:
    named = [test for *_, test in attempts()]
    assert len(named) >= 50
    assert sorted(set(named) - known_tests()) == []
    assert len(named) == len(set(named))


def test_the_figures_are_those_of_the_code() -> None:
    from api.identity import bodies, gate, limits, rates
    from api.identity.protocol import HEAD_BYTES
    from api.settings import Settings
    from api.wire import MAX_FRAME_BYTES

    told = PAGE.read_text()
    defaults = Settings(_env_file=None)
    for figure in (
        rf"HTTP requests of a key, a minute \| {limits.REQUESTS} ",
        rf"new WebSockets of a key, a minute \| {limits.HANDSHAKES} ",
        rf"turns of a key.* \| {limits.TURNS} ",
        rf"text frames of a socket, a second \| {limits.FRAMES} ",
        rf"wrong keys and tokens of an address, a minute \| {defaults.failed_logins_per_minute} ",
        rf"head of a request \| {HEAD_BYTES // 1000} kB, {defaults.request_timeout:g} s",
        rf"body of a request \| {bodies.BODY_BYTES // 1_000_000} MB, of a form {bodies.FORM_BYTES // 1_000_000} MB",
        rf"{defaults.request_timeout:g} s between pieces, {defaults.body_timeout:g} s in all",
        rf"frame of a WebSocket \| {MAX_FRAME_BYTES // 1_000_000} MB ",
        rf"a WebSocket without a session \| {defaults.start_timeout:g} s ",
        rf"reads nothing of what it is sent \| {gate.ConnectionLimits().stalled_s:g} s",
        rf"connections of an address; in all \| {gate.PER_ADDRESS}; {defaults.connections:,} ",
    ):
        assert re.search(figure, told), figure
    assert rates.PER_ADDRESS == 4
    assert "four times what a key may" in told
