"""What the OpenAPI document promises, held against the server by schemathesis.

A few examples of each operation run always. `SCHEMATHESIS_EXAMPLES=200 pytest tests/api/test_rest_schema.py` runs that
many, and beside them the systematic cases of the coverage phase.
"""

from __future__ import annotations

import os
import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import httpx
import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    missing_required_header,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)
from schemathesis.transport.serialization import Binary, contains_binary

from agent.testing import ScriptedChatModel
from api.rest.asking import ID_PATTERN
from api.rest.testing import picture, recording, scripted_app
from api.server import server_config

pytestmark = pytest.mark.server

EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "0"))
CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    missing_required_header,
    unsupported_method,
]


def _described() -> schemathesis.BaseSchema:
    schema = schemathesis.openapi.from_dict(scripted_app().openapi())
    config = schema.config
    config.generation.max_examples = EXAMPLES or 20
    config.generation.deterministic = not EXAMPLES
    config.phases.coverage.enabled = bool(EXAMPLES)
    config.phases.examples.enabled = False
    # a body that is wrong and too large as well is refused for its size
    config.checks.negative_data_rejection.expected_statuses.append("413")
    return schema


FILES = [picture(), recording(), b"text\nhello\n", b"", b"\xff\x00"]
schemathesis.openapi.format("binary", st.sampled_from(FILES).map(Binary))
described = _described()


class Target:
    """A server with scripted senses on a thread of its own, and a session that has acknowledged its notice."""

    def __init__(self, folder: Path) -> None:
        app = scripted_app(data_dir=folder, chat=ScriptedChatModel(["Hello there. How are you?"], chunk=1000))
        # that of uvicorn itself, which leaves the signals of a thread alone
        self._server = uvicorn.Server(server_config(app))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._server.run, args=([self._listener],), daemon=True)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        with httpx.Client(base_url=self.url, trust_env=False, timeout=30) as client:
            self.session_id: str = client.post("/v1/sessions", json={}).json()["session_id"]
            consent = {"vision": True, "audio": True, "text": True}
            client.post(f"/v1/sessions/{self.session_id}/notice", json={"consent": consent}).raise_for_status()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(30)


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with Target(tmp_path_factory.mktemp("schema")) as running:
        yield running


@described.parametrize()
@settings(max_examples=EXAMPLES or 20, suppress_health_check=[*HealthCheck], deadline=None)
def test_every_answer_is_as_described(case: schemathesis.Case[Any], target: Target) -> None:
    # three in four examples with a possible session name one that is there, or all would end at its door
    named = str((case.path_parameters or {}).get("session_id", ""))
    if re.fullmatch(ID_PATTERN, named) and len(named) % 4:
        case.path_parameters["session_id"] = target.session_id
    # in a form a number is its digits, which are a text; schemathesis cannot tell where there is a file beside it
    unsure = case.media_type == "multipart/form-data" and contains_binary(case.body)
    checks = [check for check in CHECKS if not (unsure and check is negative_data_rejection)]
    case.call_and_validate(base_url=target.url, checks=checks)
