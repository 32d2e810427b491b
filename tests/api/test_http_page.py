"""The page on HTTP: it names every route, and its examples run as they stand."""

from __future__ import annotations

import asyncio
import re
import shutil
from pathlib import Path

import pytest

from api.rest.testing import picture, rest_server, scripted_app

pytestmark = pytest.mark.server

PAGE = (Path(__file__).parents[2] / "docs" / "http.md").read_text("utf-8")


def test_every_route_is_named_and_none_that_is_not_there() -> None:
    paths = scripted_app().openapi()["paths"]
    there = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    named = set(re.findall(r"`((?:GET|POST) /[^`]*)`", PAGE.partition("## Routes")[2]))
    assert named == there


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("bash")), reason="needs curl and bash")
async def test_the_examples_run_as_they_stand(tmp_path: Path) -> None:
    (tmp_path / "me.png").write_bytes(picture())
    (tmp_path / "reviews.csv").write_text("id,review\n1,Lovely\n2,Broken on arrival\n", "utf-8")
    blocks = re.findall(r"```bash\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) == 6
    # `--fail` ends at the first refusal
    script = "set -euo pipefail\n" + "\n".join(blocks).replace("curl -s", "curl --fail-with-body --noproxy '*' -s")
    async with rest_server() as rest:
        run = await asyncio.create_subprocess_exec(
            "bash",
            "-c",
            script.replace("127.0.0.1:8000", rest.host),
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        said, complaints = await run.communicate()
    assert run.returncode == 0, said[-500:].decode() + complaints.decode()
    text = said.decode()
    for part in ('"reply":"Hello. How are you?"', "event: reply.done", '"steady":', "attune_turn_duration", '"ready"'):
        assert part in text
    assert (tmp_path / "mine.csv").read_text("utf-8-sig").startswith("kind,")
