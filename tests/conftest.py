"""What every test may count on: no network beyond loopback, no real user folders, declared needs."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

NEEDS = {"unit", "model", "server", "train", "package"}
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if not NEEDS & {mark.name for mark in item.iter_markers()}:
            raise pytest.UsageError(f"{item.nodeid} must say what it needs: one of {', '.join(sorted(NEEDS))}")


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """An attempt to leave the machine fails loudly."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6}:
            host = address[0] if isinstance(address, tuple) else address
            if host not in LOOPBACK:
                pytest.fail(f"a test tried to reach {host!r}")
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Data goes to a folder of the test's own, and no setting leaks in from outside."""
    for name in [name for name in os.environ if name.startswith("ATTUNE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ATTUNE_DATA_DIR", str(tmp_path / "data"))


@pytest.fixture(autouse=True)
def own_log() -> Iterator[None]:
    """A command that sets logging up does so for its own test only."""
    root = logging.getLogger()
    names = [None, "agent", "api", "evals", "memory", "perception", "personas"]
    handlers, levels = root.handlers[:], [logging.getLogger(name).level for name in names]
    yield
    root.handlers[:] = handlers
    for name, level in zip(names, levels, strict=True):
        logging.getLogger(name).setLevel(level)
