"""Where Attune runs decides which senses it has, and the notice says so."""

from __future__ import annotations

import pytest

from agent.errors import GateClosed
from agent.safety import DeploymentContext, allowed_modalities, check_gate, notice
from perception import Modality

pytestmark = pytest.mark.unit

CLOSED = [DeploymentContext.WORKPLACE, DeploymentContext.EDUCATION, DeploymentContext.HIRING]
OPEN = [context for context in DeploymentContext if context not in CLOSED]


@pytest.mark.parametrize("context", CLOSED)
def test_at_work_in_education_and_in_hiring_only_words_are_read(context: DeploymentContext) -> None:
    assert allowed_modalities(context) == {Modality.TEXT}
    check_gate(context, [Modality.TEXT])
    with pytest.raises(GateClosed, match=r"Art\. 5\(1\)\(f\)") as refused:
        check_gate(context, list(Modality))
    assert (refused.value.sense, refused.value.context) == ("vision", context.value)


@pytest.mark.parametrize("context", OPEN)
def test_elsewhere_every_sense_may_be_used(context: DeploymentContext) -> None:
    assert allowed_modalities(context.value) == set(Modality)
    check_gate(context, list(Modality))


def test_an_unknown_context_is_an_error_and_never_a_permission() -> None:
    with pytest.raises(ValueError, match="casino"):
        allowed_modalities("casino")


@pytest.mark.parametrize(
    ("lang", "ai", "face", "words"),
    [("en", "AI, not a person", "face", "your words"), ("zh", "AI，不是真人", "脸", "你写的话")],
)
def test_the_notice_names_the_ai_and_the_senses_in_use(lang: str, ai: str, face: str, words: str) -> None:
    everything = notice(lang, DeploymentContext.PERSONAL, list(Modality))
    assert ai in everything
    assert face in everything
    assert words in everything
    text_alone = notice(lang, DeploymentContext.PERSONAL, [Modality.TEXT])
    assert face not in text_alone
    assert words in text_alone


def test_the_notice_of_a_workplace_never_promises_to_look() -> None:
    said = notice("en", DeploymentContext.WORKPLACE, list(Modality))
    assert "your face" not in said
    assert "Art. 5(1)(f)" in said
    assert "consent" in notice("en", "personal", []) or "reads no emotions" in notice("en", "personal", [])


def test_the_notice_says_what_is_kept_and_what_is_not() -> None:
    assert "scores of emotion" in notice("en", "support", list(Modality))
    assert "pictures and recordings" in notice("en", "support", list(Modality))
    assert "图片和录音" in notice("zh", "support", list(Modality))
