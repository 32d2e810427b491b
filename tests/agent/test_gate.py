"""The deployment gate is in the graph, not in the documentation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agent import build_graph
from agent.errors import GateClosed
from agent.safety import DeploymentContext
from perception import Frame, Modality

pytestmark = pytest.mark.unit

FRAME = Frame(pixels=np.zeros((48, 48, 3), np.uint8))


@pytest.mark.parametrize("context", ["workplace", "education", "hiring"])
@pytest.mark.parametrize("modality", [Modality.VISION, Modality.AUDIO])
def test_asking_for_a_face_or_voice_sense_cites_the_rule(context: str, modality: Modality) -> None:
    with pytest.raises(GateClosed, match=r"Art\. 5\(1\)\(f\)"):
        build_graph(["chat"], modalities=[modality, Modality.TEXT], deployment=DeploymentContext(context))


def test_a_personal_graph_has_every_sense() -> None:
    assert "sense_raw" in build_graph(["chat"]).nodes


async def test_in_hiring_the_interview_works_on_words_alone(talk: Any) -> None:
    options = {"deployment": DeploymentContext.HIRING}
    async with talk(persona="interview", agent_options=options) as t:
        done = await t.say("I led a team of five.", frame=FRAME)
        assert t.statuses == {"vision": "disabled", "text": "ok"}
        assert done.persona == "interview"


async def test_the_notice_names_what_is_perceived(talk: Any) -> None:
    async with talk() as t:
        for lang, word in (("en", "AI"), ("zh", "AI")):
            assert word in t.agent.notice(lang)
