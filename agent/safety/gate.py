"""Where Attune runs decides what it may perceive.

Regulation (EU) 2024/1689 (AI Act), Art. 5(1)(f): no inferring of emotions from biometric data at work and in education;
the Commission's guidelines count recruitment in. Art. 50: people are told that they talk to an AI, and that it
recognises emotions.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final

from agent.errors import GateClosed
from perception import Modality


class DeploymentContext(StrEnum):
    """What Attune is used for."""

    PERSONAL = "personal"
    RESEARCH = "research"
    SUPPORT = "support"
    HEALTHCARE = "healthcare"
    WORKPLACE = "workplace"
    EDUCATION = "education"
    HIRING = "hiring"


TEXT_ONLY: Final = frozenset({DeploymentContext.WORKPLACE, DeploymentContext.EDUCATION, DeploymentContext.HIRING})
"""Contexts in which no emotion may be inferred from faces and voices."""


def allowed_modalities(context: DeploymentContext | str) -> frozenset[Modality]:
    """The senses a deployment may use. Words are no biometric data (Art. 3(34)), so text stays.

    Raises:
        ValueError: `context` is none of `DeploymentContext`.
    """
    return frozenset({Modality.TEXT}) if DeploymentContext(context) in TEXT_ONLY else frozenset(Modality)


def check_gate(context: DeploymentContext | str, modalities: Collection[Modality]) -> None:
    """Refuse senses that the deployment may not use.

    Raises:
        GateClosed: one of `modalities` is not allowed; names the first, and cites the rule.
    """
    allowed = allowed_modalities(context)
    for modality in Modality:
        if modality in modalities and modality not in allowed:
            raise GateClosed(modality.value, DeploymentContext(context).value)


def notice(lang: str, context: DeploymentContext | str, modalities: Collection[Modality]) -> str:
    """What a person reads before anything is perceived: that this is an AI, what it perceives, and what is kept.

    Args:
        lang: `en` or `zh`; English for any other.
        context: where Attune runs.
        modalities: the senses in use; those the context forbids are left out.
    """
    texts = _texts().get(lang) or _texts()["en"]
    used = [m for m in Modality if m in modalities and m in allowed_modalities(context)]
    parts = [texts["ai"]]
    if used:
        senses = texts["join"].join(texts["senses"][modality.value] for modality in used)
        parts += [texts["perceives"].format(senses=senses), texts["consent"], texts["kept"]]
    else:
        parts.append(texts["perceives_nothing"])
    if DeploymentContext(context) in TEXT_ONLY:
        parts.append(texts["text_only"])
    return str(texts["space"]).join(parts)


@cache
def _texts() -> dict[str, Any]:
    import yaml

    loaded: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("notice.yaml").read_text("utf-8"))
    return loaded
