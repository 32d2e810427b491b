"""What the policy of a persona makes of observations, step by step."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from api.errors import InputInvalid

if TYPE_CHECKING:
    from memory import CorrectionRecord
    from perception import Affect, Emotion, Observation
    from personas import Policy

MAX_BYTES: Final = 1024 * 1024
"""Of a file of observations."""

_HINT: Final = (
    'it holds {"observations": {"text": {"status": "ok", "scores": {"sad": 0.8, "neutral": 0.2}, "quality": 1}}}, as '
    "`attune perceive --json` prints it"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """What a file of observations holds."""

    observations: tuple[Observation, ...]
    """Of one turn."""
    corrections: tuple[CorrectionRecord, ...] = ()
    """How the person was read wrong before, where the file says so."""


def read_observations(path: Path) -> Given:
    """The observations of one turn, as `attune perceive --json` prints them; only `scores` is needed of each.

    Raises:
        InputInvalid: the file cannot be read, or a value in it is wrong; names it.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputInvalid(f"{path}: larger than {MAX_BYTES // 1024} KiB; give the observations of one turn")
        data = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise InputInvalid(f"{path}: cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InputInvalid(f"{path}: no JSON ({error}); {_HINT}") from error
    shown = data.get("observations") if isinstance(data, dict) else data
    if isinstance(shown, list):
        shown = {one.get("modality"): one for one in shown if isinstance(one, dict)}
    if not isinstance(shown, dict) or not shown:
        raise InputInvalid(f"{path}: no observations; {_HINT}")
    correction = data.get("correction") if isinstance(data, dict) else None
    return Given(
        observations=tuple(_observation(path, sense, one) for sense, one in shown.items()),
        corrections=() if correction is None else (_correction(path, correction),),
    )


def explain(policy: Policy, given: Given) -> dict[str, Any]:
    """Which rules fired, what each changed, the weight of each sense before and after, and the fused result.

    Args:
        policy: Of the persona.
        given: The observations.

    Returns:
        JSON-ready: `rules` (all, each with `fired`), `fired`, `senses`, `before` and `after` (as `Affect.as_dict`).
    """
    from agent.policy import decide, weigh
    from perception.fusion import fuse

    before = fuse(given.observations, trust=policy.weights)
    after = weigh(policy, given.observations, corrections=given.corrections)
    trust = decide(policy, given.observations).trust
    names = {fired.rule for fired in after.fired}
    return {
        "rules": [
            {"id": name, "fired": name in names, **rule.model_dump(mode="json", exclude_none=True)}
            for name, rule in policy.named
        ],
        "fired": [fired.as_dict() for fired in after.fired],
        "senses": [
            {
                "modality": o.modality.value,
                "status": o.status.value,
                "trust_before": policy.weights[o.modality],
                "trust_after": trust[o.modality],
                "weight_before": round(_weight(before, o), 4),
                "weight_after": round(_weight(after, o), 4),
                "reason": next(share.reason for share in after.shares if share.modality is o.modality),
            }
            for o in given.observations
        ],
        "before": before.as_dict(),
        "after": after.as_dict(),
    }


def _weight(affect: Affect, observation: Observation) -> float:
    return next(share.weight for share in affect.shares if share.modality is observation.modality)


def _observation(path: Path, sense: object, one: Any) -> Observation:
    from perception import Modality, Observation

    if sense not in set(Modality):
        raise InputInvalid(f"{path}: observations.{sense}: no such sense; there are {', '.join(Modality)}")
    if not isinstance(one, Mapping):
        raise InputInvalid(f"{path}: observations.{sense}: takes an object, got {one!r}; {_HINT}")
    whole = {
        "status": "ok" if one.get("scores") else "empty",
        "scores": None,
        "quality": 1.0,
        "cues": [],
        "model": "given",
        "latency_ms": 0.0,
        "captured_at": datetime.now(UTC).isoformat(),
        **one,
        "modality": sense,
    }
    whole["cues"] = [{"params": {}, **cue} for cue in whole["cues"]]
    try:
        return Observation.from_dict(whole)
    except (ValueError, TypeError, KeyError) as error:
        raise InputInvalid(f"{path}: observations.{sense}: {error}") from error


def _correction(path: Path, said: Any) -> CorrectionRecord:
    from memory import CorrectionRecord

    if not isinstance(said, Mapping) or not {*said} <= {"read", "emotion"}:
        raise InputInvalid(f'{path}: correction: takes {{"read": "happy", "emotion": "sad"}}, got {said!r}')
    return CorrectionRecord(
        session_id="",
        number=1,
        at=datetime.now(UTC),
        read=_emotion(path, said.get("read")),
        emotion=_emotion(path, said.get("emotion")),
        text="",
        shared=False,
    )


def _emotion(path: Path, name: Any) -> Emotion | None:
    from perception import Emotion

    if name is None:
        return None
    if name not in set(Emotion):
        raise InputInvalid(f"{path}: correction: {name!r} is no emotion; there are {', '.join(Emotion)}")
    return Emotion(name)


def explained_lines(told: Mapping[str, Any], lang: str) -> Sequence[str]:
    """The same for a terminal."""
    from agent.phrases import name_emotion
    from perception import Emotion

    def named(top: str | None) -> str:
        return name_emotion(Emotion(top), lang) if top else _TEXTS["unknown"][lang]

    lines = [_TEXTS["rules"][lang]]
    for rule in told["rules"]:
        mark = "*" if rule["fired"] else "-"
        did = _compact(rule["then"]) if rule["fired"] else _TEXTS["did_not_hold"][lang]
        lines.append(f"  {mark} {rule['id']}: {_compact(rule['if'])} -> {did}")
    if not told["rules"]:
        lines.append(f"  {_TEXTS['none'][lang]}")
    for one in told["fired"]:
        if one["action"] == "override":
            what = _TEXTS[one["rule"]][lang]
            lines.append(f"  * {one['rule']} ({what}): {named(one['before'])} -> {named(one['after'])}")
    lines.append(_TEXTS["senses"][lang])
    lines += (
        f"  {sense['modality']:<7}{sense['trust_before']:.2f} -> {sense['trust_after']:.2f}   "
        f"{sense['weight_before']:.2f} -> {sense['weight_after']:.2f}   {sense['reason']}"
        for sense in told["senses"]
    )
    for key in ("before", "after"):
        affect = told[key]
        conflicts = "".join(f", {conflict['code']}" for conflict in affect["conflicts"])
        sure = f" ({affect['confidence']:.2f})" if affect["confidence"] is not None else ""
        lines.append(f"{_TEXTS[key][lang]}{named(affect['top'])}{sure}{conflicts}")
    return lines


def _compact(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_compact(one)}" for key, one in value.items())
    if isinstance(value, list):
        return "|".join(str(one) for one in value)
    return str(value)


_TEXTS: Final[dict[str, dict[str, str]]] = {
    "rules": {"en": "rules (* applies):", "zh": "规则（* 表示生效）："},
    "none": {"en": "none", "zh": "没有"},
    "did_not_hold": {"en": "does not hold", "zh": "条件不成立"},
    "senses": {
        "en": "senses: trust before and after, weight in the fusion before and after, why",
        "zh": "感官：信任度（前、后），融合权重（前、后），原因",
    },
    "before": {"en": "without the policy: ", "zh": "不用策略："},
    "after": {"en": "with the policy: ", "zh": "用上策略："},
    "unknown": {"en": "unknown", "zh": "不知道"},
    "correction": {"en": "the person set it right", "zh": "本人纠正过"},
    "self_statement": {"en": "the person says so", "zh": "本人这样说"},
}
