"""`attune serve` as a person runs it: one line, and a clean end."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytestmark = pytest.mark.server

ENDPOINT = {"ATTUNE_BASE_URL": "http://127.0.0.1:9/v1", "ATTUNE_MODEL": "nobody-answers"}


@contextmanager
def attune(*arguments: str, folder: Path, **environment: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", "from api.cli import main; main()", *arguments]
    environment = {**os.environ, **ENDPOINT, "XDG_CACHE_HOME": str(folder), **environment}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("number", "lang", "said"),
    [
        (signal.SIGINT, "en", "Attune serves on http://127.0.0.1:"),
        (signal.SIGTERM, "zh", "Attune 已在 http://127.0.0.1:"),
    ],
)
def test_it_says_where_it_is_and_stops_when_told(number: signal.Signals, lang: str, said: str, tmp_path: Path) -> None:
    with attune("serve", "--port", "0", folder=tmp_path, ATTUNE_LANG=lang, PYTHONUTF8="1") as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith(said), line
        where = next(word for word in line.split() if word.startswith("http://"))
        with urllib.request.urlopen(f"{where}/health", timeout=30) as answer:
            health = json.load(answer)
        assert health["chat_model"] == "nobody-answers"
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
        assert (process.returncode, out, err) == (0, "", "")


def test_a_port_that_is_taken_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with attune("serve", "--port", port, folder=tmp_path) as process:
            out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, "")
    assert err.count("\n") == 1
    assert f"127.0.0.1:{port}" in err


def test_without_a_chat_model_it_says_how_to_get_one(tmp_path: Path) -> None:
    nothing = {"ATTUNE_BASE_URL": "", "ATTUNE_MODEL": ""}
    with attune("serve", "--port", "0", folder=tmp_path, **nothing) as process:
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, "")
    assert "attune models get" in err
